/** The release that has the turn: terminated in the middle, or without anybody who works on it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { takeTurn } from '../../../src/activities/turns.ts';
import { TASK_QUEUE } from '../../../src/release/names.ts';
import { runCli } from '../../cli/fake-terminal.ts';
import { commit, entrant } from '../../release/environment/scenes.ts';
import { reportOf, startServer, statusWhen } from '../harness.ts';
import { gate, heldUntil, RealScene } from './real-scene.ts';

let server: TestWorkflowEnvironment;
let scene: RealScene;
beforeAll(async () => {
  server = await startServer();
  process.env.TEMPORAL_ADDRESS = server.address;
});
afterAll(async () => {
  delete process.env.TEMPORAL_ADDRESS;
  await server?.teardown();
});
beforeEach(async () => {
  scene = await RealScene.create(server);
});
afterEach(() => scene.close());

/** Signals by which the environment was told whether anybody works on the holder. */
const attendances = async (): Promise<number> => {
  const { events } = await scene.handle.fetchHistory();
  return (events ?? []).filter(
    (event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'attendance',
  ).length;
};

/** Why a release waits for its turn, as soon as it does so. */
const whyWaiting = async (handle: WorkflowHandle, contains: string): Promise<string> => {
  const detailOf = ({ steps }: Awaited<ReturnType<typeof statusWhen>>): string =>
    steps.find(({ kind }) => kind === 'turn')?.detail ?? '';
  return detailOf(await statusWhen(handle, (status) => detailOf(status).includes(contains)));
};

describe('a holder that was terminated in mid-rollout', () => {
  it('leaves an environment that needs repair; its stale activity changes nothing, and the next one puts all right', async () => {
    const [reached, wake, mid, goOn] = [gate(), gate(), gate(), gate()];
    /** What became of it. */
    const woken: string[] = [];
    const { ecs } = scene.world;
    const look = ecs.describeServices.bind(ecs);
    // The first one to come to `api` has looked at it, and falls asleep directly before its call.
    let asleep = false;
    ecs.describeServices = async (cluster, services) => {
      const views = await look(cluster, services);
      if (asleep || !services.includes('shop-api')) return views;
      asleep = true;
      reached.open();
      await heldUntil(wake.passed);
      return views;
    };
    scene.pools
      .on('updateServices', async (input) => {
        const isFirst = input.updates.some(({ taskDefinition }) => taskDefinition.endsWith('api:2'));
        try {
          const result = await scene.updateServices(input);
          if (isFirst) woken.push('went on');
          return result;
        } catch (error) {
          woken.push((error as Error).name);
          throw error;
        }
      })
      .on('waitUntilStable', async ({ rollouts }, _call, good) => {
        const isNext = rollouts.some(({ taskDefinition }) => taskDefinition.endsWith('worker:3'));
        if (isNext) {
          mid.open();
          await heldUntil(goOn.passed);
        }
        return good();
      });
    await scene.withoutDeployPool(async () => {
      const stop = await scene.startDeployPool();
      const first = await scene.deploy(1);
      await reached.passed;
      await first.terminate('somebody wants the next one to go first');
      const broken = await scene.statusWhen(({ needsRepair }) => needsRepair !== null);
      expect(broken).toMatchObject({ turn: null, needsRepair: { number: 1 }, serving: null });
      const text = (await runCli(['status', scene.environment, '--app', scene.app])).stdout;
      expect(text).toContain('‼ needs repair: release 1 ended without a word');

      const next = await scene.deploy(2);
      await mid.passed;
      // It wakes up while the next one is in the middle of its own rollout.
      wake.open();
      while (woken.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(woken).toEqual(['StaleTurn']);
      goOn.open();
      const report = await reportOf(next);
      expect(report).toMatchObject({ verdict: 'succeeded', number: 2 });
      expect(report.repaired.map(({ releaseId }) => releaseId)).toEqual([
        expect.stringContaining(first.workflowId),
      ]);
      expect(scene.changes).toEqual([
        'shop-worker worker:2',
        // Put right, what had not been moved yet as well.
        'shop-api api:1',
        'shop-worker worker:1',
        'shop-worker worker:3',
        'shop-api api:3',
      ]);
      const clean = await scene.statusWhen(({ ledger }) => ledger.length === 2);
      expect(clean).toMatchObject({ turn: null, needsRepair: null, serving: { number: 2 } });
      expect(clean.ledger.map(({ number, verdict, repaired }) => [number, verdict, repaired])).toEqual([
        [2, 'succeeded', true],
        [1, 'broken-off', false],
      ]);
      await stop();
    });
  });
});

describe('a release that is held before its turn', () => {
  it('is said to be so by `slipway status`, which asks it itself', async () => {
    scene.asks = { approval: { deadlineMs: 600_000 } };
    await scene.withoutDeployPool(async () => {
      const stop = await scene.startDeployPool();
      const held = await scene.deploy(1);
      await statusWhen(held, ({ hold }) => hold?.kind === 'approval');
      const status = ['status', scene.environment, '--app', scene.app, '--no-ecs'];
      const text = (await runCli(status)).stdout;
      expect(text).toMatch(/ release 1 .* is held before its turn\n/);
      expect(text).toContain(`slipway approve ${held.workflowId}\n`);
      const { turn, joined } = JSON.parse((await runCli([...status, '--json'])).stdout);
      expect({ turn, joined }).toMatchObject({ turn: null, joined: [{ hold: { kind: 'approval' } }] });
      await held.signal('deny');
      expect((await reportOf(held)).verdict).toBe('aborted');
      await stop();
    });
  });
});

describe('a holder that was terminated after its last words', () => {
  it('has ended as it said: there is nothing to repair', async () => {
    const [kept, goOn] = [gate(), gate()];
    scene.pools.on('closeRelease', async (input) => {
      await scene.marks.closeRelease(input);
      kept.open();
      await heldUntil(goOn.passed);
    });
    await scene.withoutDeployPool(async () => {
      const stop = await scene.startDeployPool();
      const first = await scene.deploy(1);
      await kept.passed;
      await first.terminate('it takes so long to end');
      const { ledger, needsRepair, serving } = await scene.statusWhen(({ ledger: now }) => now.length === 1);
      goOn.open();
      expect({ needsRepair, serving }).toMatchObject({ needsRepair: null, serving: { number: 1 } });
      expect(ledger).toMatchObject([{ number: 1, verdict: 'succeeded' }]);
      await stop();
    });
  });
});

describe('a holder that is under way', () => {
  it('does not keep its control worker from ending; another one goes on watching it', async () => {
    const [reached, goOn] = [gate(), gate()];
    scene.pools.on('waitUntilStable', async (_input, call, good) => {
      reached.open();
      if (call === 1) await heldUntil(goOn.passed);
      return good();
    });
    const stop = await scene.startDeployPool();
    const { handle, leftAtMs } = await scene.withoutDeployPool(async () => {
      const started = await scene.deploy(1);
      await reached.passed;
      return { handle: started, leftAtMs: Date.now() };
    });
    expect(Date.now() - leftAtMs).toBeLessThan(10_000);
    await scene.withoutDeployPool(async () => {
      goOn.open();
      expect((await reportOf(handle)).verdict).toBe('succeeded');
      await scene.statusWhen(({ ledger }) => ledger.length === 1);
    });
    await stop();
  });
});

describe('a holder that nobody works on', () => {
  /** Ends the deploy pool when the first release has made its mark: what comes next lies in the queue. */
  const standStill = async (meanwhile = async (): Promise<void> => {}): Promise<WorkflowHandle> => {
    const [marked, goOn] = [gate(), gate()];
    let first = true;
    scene.pools.on('openRelease', async (mark) => {
      await scene.marks.openRelease(mark);
      if (!first) return;
      first = false;
      marked.open();
      await goOn.passed;
    });
    const stop = await scene.startDeployPool();
    const holder = await scene.deploy(1);
    await marked.passed;
    await meanwhile();
    await stop();
    goOn.open();
    return holder;
  };

  it('keeps its turn, everybody is told, and it goes on when its pool comes back', async () => {
    await scene.withoutDeployPool(async () => {
      const goOn = gate();
      scene.pools.on('waitUntilStable', async (_input, call, good) => {
        if (call === 1) await heldUntil(goOn.passed);
        return good();
      });
      const startedAtMs = Date.now();
      const holder = await standStill();
      const { turn } = await scene.statusWhen((status) => status.turn?.unattended !== undefined);
      expect(turn).toMatchObject({
        number: 1,
        unattended: { queue: TASK_QUEUE.deploy, kind: 'activity', sinceMs: expect.any(Number) },
      });
      expect(turn?.unattended?.sinceMs).toBeGreaterThan(startedAtMs - 1);
      const { stdout } = await runCli(['status', scene.environment, '--app', scene.app]);
      expect(stdout).toMatch(
        /‼ needs attention: release 1 has the turn, and no worker polls slipway-deploy since \d/,
      );

      const back = await scene.startDeployPool();
      await scene.statusWhen((status) => status.turn !== null && status.turn.unattended === undefined);
      const second = await scene.deploy(2);
      expect(await whyWaiting(second, 'comes first')).toBe('release 1 (000000000001) comes first');
      goOn.open();
      expect((await reportOf(holder)).verdict).toBe('succeeded');
      expect((await reportOf(second)).verdict).toBe('succeeded');
      const { ledger } = await scene.statusWhen((status) => status.ledger.length === 2);
      expect(ledger.map(({ verdict }) => verdict)).toEqual(['succeeded', 'succeeded']);
      // One word when it was left alone, one when it was not any more: nothing else.
      expect(await attendances()).toBe(2);
      await back();
    });
  });

  it('is told to those that wait, and whoever watches them hears it', async () => {
    await scene.withoutDeployPool(async () => {
      let second: WorkflowHandle | undefined;
      // Its plan is made already when the pool goes.
      const holder = await standStill(async () => {
        second = await scene.deploy(2);
        await scene.statusWhen(({ joined }) => joined.some(({ phase }) => phase === 'ready'));
      });
      if (!second) throw new Error('the second one was not started');
      const why = await whyWaiting(second, 'nobody works on it');
      expect(why).toMatch(
        /^release 1 \(000000000001\) comes first, and nobody works on it: no worker polls slipway-deploy since /,
      );
      const watched = await runCli(['watch', second.workflowId, '--timeout', '2']);
      expect(watched.stderr).toContain('nobody works on it: no worker polls slipway-deploy');

      // An operator who wants the next one to go first: the turn passes on, and is unattended there too.
      await holder.terminate('the next one first');
      const passed = await scene.statusWhen(
        ({ turn }) => turn?.number === 2 && turn.unattended !== undefined,
      );
      expect(passed.needsRepair).toMatchObject({ number: 1 });
      const stop = await scene.startDeployPool();
      expect(await reportOf(second)).toMatchObject({ verdict: 'succeeded', repaired: [{}] });
      expect((await scene.statusWhen(({ turn }) => turn === null)).needsRepair).toBeNull();
      await stop();
    });
  });

  it('is nobody whose worker takes its time', async () => {
    scene.pools.on('waitUntilStable', async (_input, call, good) => {
      if (call === 1) await heldUntil(new Promise((resolve) => setTimeout(resolve, 3_000)));
      return good();
    });
    await scene.withoutDeployPool(async () => {
      const stop = await scene.startDeployPool();
      expect((await reportOf(await scene.deploy(1))).verdict).toBe('succeeded');
      expect(await attendances()).toBe(0);
      await stop();
    });
  });

  it('may also be one whose workflow tasks fail over and over', async () => {
    await scene.withoutDeployPool(async () => {
      const { app, environment } = scene;
      const unknown = await server.client.workflow.start('no such workflow', {
        taskQueue: TASK_QUEUE.control,
        workflowId: `deploy/${app}/${environment}/unknown`,
        workflowTaskTimeout: 1_000,
      });
      const releaseId = `${unknown.workflowId}/${unknown.firstExecutionRunId}`;
      const arrival = { entrant: entrant(releaseId, commit(1)), rules: null, ready: true };
      await server.client.workflow.signalWithStart('environment', {
        workflowId: scene.handle.workflowId,
        taskQueue: TASK_QUEUE.control,
        args: [{ app, environment }],
        signal: 'arrival',
        signalArgs: [arrival],
      });
      const { turn } = await scene.statusWhen((status) => status.turn !== null);
      if (!turn) throw new Error('nobody has the turn');
      const { commit: line } = entrant(releaseId, commit(1));
      await takeTurn(scene.store, { app, environment }, { ...turn, commit: line });
      const failing = await scene.statusWhen((status) => status.turn?.unattended !== undefined);
      expect(failing.turn?.unattended).toMatchObject({ queue: TASK_QUEUE.control, kind: 'failing' });
      await unknown.terminate();
      await scene.statusWhen((status) => status.turn === null);
    });
  });
});
