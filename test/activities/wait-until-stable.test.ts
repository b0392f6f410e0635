import { beforeEach, describe, expect, it } from '@jest/globals';
import { CancelledFailure, sleep } from '@temporalio/activity';
import type { StabilityResult, WaitUntilStableInput } from '../../src/activities/contracts/rollout.ts';
import { createWaitUntilStable } from '../../src/activities/wait-until-stable.ts';
import type { Ecs } from '../../src/aws/ecs.ts';
import { timing } from '../release/views.ts';
import { attempt, createWorld, type World } from './world.ts';

let world: World;
let before: string;
let next: string;
beforeEach(() => {
  world = createWorld();
  before = world.ecs.addTaskDefinition('shop', { app: 'x:1' });
  next = world.ecs.addTaskDefinition('shop', { app: 'x:2' });
});

/** Services on their way from `before` to `next`. */
const rollOut = (...names: string[]): WaitUntilStableInput => {
  for (const name of names) {
    world.ecs.addService(name, before);
    world.ecs.updateByOther(name, next);
  }
  return {
    cluster: 'shop',
    timing,
    decideAll: false,
    rollouts: names.map((name) => ({
      name,
      service: name,
      taskDefinition: next,
      deploymentId: world.ecs.primary(name).id ?? '',
      started: true,
      startedAtMs: world.ports.now(),
      baseline: before,
    })),
  };
};

/** The fake, with some of its reads replaced. */
const ecsWith = (reads: Partial<Ecs>): Ecs =>
  new Proxy<Ecs>(world.ecs, {
    get(target, key) {
      const member: unknown = Reflect.get(reads, key) ?? Reflect.get(target, key, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });

const nothing = (): void => undefined;
const wait = (input: WaitUntilStableInput, details?: unknown): Promise<StabilityResult> =>
  attempt(details === undefined ? 1 : 2, details).run(createWaitUntilStable(world.ports), input);

describe('waitUntilStable', () => {
  it('looks every poll interval until all are stable', async () => {
    const input = rollOut('api', 'web');
    world.during.push(
      nothing,
      () => world.ecs.complete('api'),
      () => world.ecs.complete('web'),
    );
    expect(await wait(input)).toEqual({ failures: [] });
    expect(world.slept).toEqual([timing.pollIntervalMs, timing.pollIntervalMs, timing.pollIntervalMs]);
    expect(world.ecs.callsOf('updateService')).toEqual([]);
  });

  it('asks for all services at once, and for the stopped tasks of unfinished ones only', async () => {
    const input = rollOut('api', 'web');
    world.ecs.complete('api');
    world.during.push(() => world.ecs.complete('web'));
    await wait(input);
    expect(world.ecs.callsOf('describeServices')).toEqual([
      { cluster: 'shop', services: ['api', 'web'] },
      { cluster: 'shop', services: ['api', 'web'] },
    ]);
    expect(world.ecs.callsOf('stoppedTasks')).toEqual([{ cluster: 'shop', service: 'web' }]);
  });

  it('ends with the first failure and its evidence, without waiting for the others', async () => {
    const input = rollOut('api', 'web');
    world.during.push(() => world.ecs.stopTask('web', { containers: [{ name: 'app', exitCode: 127 }] }));
    expect(await wait(input)).toEqual({
      failures: [
        {
          name: 'web',
          kind: 'task-failed',
          summary: 'container app exited with code 127 (the command cannot be run)',
          evidence: [
            expect.stringMatching(/app: exit code 127/),
            'container app, task 0: no log lines in CloudWatch Logs',
          ],
        },
      ],
    });
    expect(world.slept).toHaveLength(1);
  });

  it('takes no crash loop for stable that somebody scales to zero: the crash is read', async () => {
    const input = rollOut('api');
    world.during.push(() => {
      world.ecs.stopTask('api', { containers: [{ name: 'app', exitCode: 3 }] });
      world.ecs.change('api', { desiredCount: 0 });
      world.ecs.complete('api');
    });
    expect(await wait(input)).toMatchObject({
      failures: [{ name: 'api', kind: 'task-failed', summary: expect.stringMatching(/code 3/) }],
    });
  });

  it('names those that are scaled to zero', async () => {
    const input = rollOut('api', 'web');
    world.ecs.change('api', { desiredCount: 0 });
    world.ecs.complete('api');
    world.ecs.complete('web');
    expect(await wait(input)).toEqual({ failures: [], empty: ['api'] });
  });

  it("recognises ECS's own rollback, though an SDK waiter would call it stable", async () => {
    const input = rollOut('api');
    world.during.push(
      () => world.ecs.rollBack('api'),
      () => world.ecs.complete('api'),
    );
    expect(await wait(input)).toMatchObject({ failures: [{ kind: 'deployment-failed' }] });
  });

  it('notices when one that was stable is taken away while the others are waited for', async () => {
    const input = rollOut('api', 'web');
    world.ecs.complete('api');
    world.during.push(nothing, () => {
      world.ecs.updateByOther('api', world.ecs.addTaskDefinition('shop', { app: 'theirs' }));
      world.ecs.complete('web');
    });
    expect(await wait(input)).toMatchObject({ failures: [{ name: 'api', kind: 'foreign-change' }] });
  });

  it('shows where each service stands in its heartbeat', async () => {
    const input = rollOut('api', 'web');
    world.ecs.complete('api');
    world.during.push(() => world.ecs.complete('web'));
    const { run, beats } = attempt();
    await run(createWaitUntilStable(world.ports), input);
    expect(beats[1]).toMatchObject({
      services: {
        api: { phase: 'stable', detail: '' },
        web: {
          phase: 'starting',
          detail: '0/2 new running, 2 old left',
          tasks: { old: { running: 2, desired: 2 }, new: { running: 0, desired: 2, pending: 2 } },
        },
      },
    });
  });

  it('shows what load balancers think of the targets, without waiting for them', async () => {
    const input = rollOut('api');
    world.ecs.change('api', { loadBalancers: [{ targetGroupArn: 'tg/api' }] });
    const target = (state: string) => ({ id: '10.0.0.1', port: 80, state, reason: null, description: null });
    world.targets.set('tg/api', ['healthy', 'initial', 'draining'].map(target));
    world.during.push(nothing, () => world.ecs.complete('api'));
    const { run, beats } = attempt();
    await run(createWaitUntilStable(world.ports), input);
    expect(beats.at(-1)).toMatchObject({ services: { api: { targets: { healthy: 1, total: 2 } } } });
    expect(beats[1]).not.toMatchObject({ services: { api: { targets: expect.anything() } } });
  });

  it('says nothing of targets where there are none yet', async () => {
    const input = rollOut('api');
    world.ecs.change('api', { loadBalancers: [{ targetGroupArn: 'tg/api' }] });
    world.during.push(nothing, () => world.ecs.complete('api'));
    const { run, beats } = attempt();
    await run(createWaitUntilStable(world.ports), input);
    expect(JSON.stringify(beats)).not.toContain('targets');
  });

  it('asks load balancers for few services at once, and not at each look; one that fails shows none', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `s${index}`);
    const input = rollOut(...names);
    for (const name of names) world.ecs.change(name, { loadBalancers: [{ targetGroupArn: `tg/${name}` }] });
    const asked: string[] = [];
    const loadBalancers = {
      ...world.ports.loadBalancers,
      targetHealth: (group: string) => {
        asked.push(group);
        return Promise.reject(new Error('Rate exceeded'));
      },
    };
    world.during.push(nothing, () => {
      for (const name of names) world.ecs.complete(name);
    });
    const { run, beats } = attempt();
    expect(await run(createWaitUntilStable({ ...world.ports, loadBalancers }), input)).toEqual({
      failures: [],
    });
    expect(asked).toHaveLength(10);
    expect(new Set(asked).size).toBe(10);
    expect(JSON.stringify(beats)).not.toContain('targets');
  });

  it('stays small with a hundred services of which each has much to say', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `service-with-a-long-name-${index}`);
    const input = { ...rollOut(...names), decideAll: true };
    world.during.push(
      () => {
        for (const name of names)
          world.ecs.stopTask(name, {
            stoppedReason: 'x'.repeat(2_000),
            containers: [{ name: 'app', exitCode: 1 }],
          });
      },
      () => {
        for (const name of names) world.ecs.complete(name);
      },
    );
    const { run, beats } = attempt();
    await run(createWaitUntilStable(world.ports), input);
    const longest = Math.max(
      ...beats.map((beat) => JSON.stringify((beat as { services: object }).services).length),
    );
    expect(longest).toBeGreaterThan(10_000);
    expect(longest).toBeLessThan(60_000);
  });

  it('counts on where a worker died: no second stall time', async () => {
    const input = rollOut('api');
    const { run, beats } = attempt();
    const polls = timing.stallTimeoutMs / timing.pollIntervalMs - 5;
    for (let poll = 0; poll < polls; poll += 1) world.during.push(nothing);
    world.during.push(() => {
      throw new Error('the worker dies');
    });
    await expect(run(createWaitUntilStable(world.ports), input)).rejects.toThrow('the worker dies');
    world.slept.length = 0;
    expect(await wait(input, beats.at(-1))).toMatchObject({ failures: [{ kind: 'stalled' }] });
    expect(world.slept).toHaveLength(4);
  });

  it('starts anew without a memory to go by', async () => {
    const input = rollOut('api');
    world.during.push(() => world.ecs.complete('api'));
    expect(await wait(input, null)).toEqual({ failures: [] });
  });

  it('throws what it could not see, for Temporal to try again', async () => {
    const input = rollOut('api');
    world.ecs.fault('describeServices', 2, 'throttle');
    await expect(wait(input)).rejects.toMatchObject({ type: 'Transient', retryable: true });
  });

  it('ends at once when it is cancelled', async () => {
    const input = rollOut('api');
    const { run, cancel, beats } = attempt();
    const running = run(createWaitUntilStable({ ...world.ports, sleep }), input);
    while (beats.length === 0) await new Promise(setImmediate);
    const startedAtMs = Date.now();
    cancel();
    await expect(running).rejects.toBeInstanceOf(CancelledFailure);
    expect(Date.now() - startedAtMs).toBeLessThan(1_000);
  });

  it('shows a first failure at once, before it is proof', async () => {
    const input = rollOut('api');
    world.during.push(
      () => world.ecs.stopTask('api', { containers: [{ name: 'app', exitCode: 1 }] }),
      () => world.ecs.complete('api'),
    );
    const { run, beats } = attempt();
    await run(createWaitUntilStable(world.ports), input);
    expect(beats).toContainEqual(
      expect.objectContaining({
        services: {
          api: expect.objectContaining({
            phase: 'starting',
            detail: '0/2 new running, 2 old left; container app exited with code 1',
          }),
        },
      }),
    );
  });

  it('says in its heartbeat that it has failed while it still reads the logs', async () => {
    const input = rollOut('api');
    world.during.push(() => world.ecs.stopTask('api', { containers: [{ name: 'app', exitCode: 127 }] }));
    const { run, beats } = attempt();
    await run(createWaitUntilStable(world.ports), input);
    expect(beats.at(-1)).toMatchObject({
      services: { api: { phase: 'failed', detail: expect.stringMatching(/code 127/) } },
    });
  });

  it("goes by ECS's own account of a deployment that looks completed, and reads it once", async () => {
    const input = rollOut('api', 'web');
    const [api] = input.rollouts;
    world.ecs.recordDeployment(api?.deploymentId ?? '', { status: 'IN_PROGRESS' });
    world.during.push(
      () => world.ecs.complete('api'),
      () => world.ecs.recordDeployment(api?.deploymentId ?? '', { status: 'SUCCESSFUL' }),
      nothing,
      () => world.ecs.complete('web'),
    );
    expect(await wait(input)).toEqual({ failures: [] });
    expect(
      world.ecs
        .callsOf('serviceDeployment')
        .filter((call) => (call as { service: string }).service === 'api'),
    ).toHaveLength(2);
  });

  it('knows from it who put the service back', async () => {
    const input = rollOut('api');
    const [{ deploymentId } = { deploymentId: '' }] = input.rollouts;
    world.ecs.recordDeployment(deploymentId, {
      status: 'ROLLBACK_SUCCESSFUL',
      reason: 'Service deployment rolled back by user.',
    });
    world.during.push(() => world.ecs.updateByOther('api', before));
    expect(await wait(input)).toMatchObject({
      failures: [{ kind: 'stopped', evidence: [expect.stringMatching(/^ECS: .* rolled back by user/)] }],
    });
  });

  it('tries again later when the account cannot be read for now', async () => {
    const input = rollOut('api');
    world.ecs.complete('api');
    world.ecs.fault('serviceDeployment', 1, 'throttle');
    await expect(wait(input)).rejects.toMatchObject({ type: 'Transient' });
  });

  it('goes on with a memory that an older worker left', async () => {
    const input = rollOut('api');
    world.during.push(() => world.ecs.complete('api'));
    const old = { services: {}, memory: { api: { seen: true, mostNew: 1, fewestOld: 2, progressAtMs: 1 } } };
    expect(await wait(input, old)).toMatchObject({ failures: [{ kind: 'stalled' }] });
  });

  describe('with many services', () => {
    const names = Array.from({ length: 20 }, (_, index) => `s${index}`);

    it('beats while it looks, with what is known, and reads some at a time', async () => {
      const input = rollOut(...names);
      const { run, beats } = attempt(2, {
        services: { s0: { phase: 'starting', detail: '1/2' } },
        memory: {},
        failed: {},
      });
      let open = 0;
      let mostOpen = 0;
      const beatsAt: number[] = [];
      const stoppedTasks = async () => {
        open += 1;
        mostOpen = Math.max(mostOpen, open);
        beatsAt.push(beats.length);
        await new Promise(setImmediate);
        open -= 1;
        return [];
      };
      world.during.push(() => {
        for (const name of names) world.ecs.complete(name);
      });
      await run(createWaitUntilStable({ ...world.ports, ecs: ecsWith({ stoppedTasks }) }), input);
      expect(mostOpen).toBe(5);
      expect(beatsAt[0]).toBe(1);
      expect(beats[0]).toMatchObject({ services: { s0: { phase: 'starting', detail: '1/2' } } });
    });

    it('goes on when one could not be looked at this time, with all that is known of it', async () => {
      const input = rollOut('api', 'web');
      world.ecs.fault('stoppedTasks', 3, 'throttle');
      world.during.push(nothing, nothing, () => {
        world.ecs.complete('api');
        world.ecs.complete('web');
      });
      const { run, beats } = attempt();
      expect(await run(createWaitUntilStable(world.ports), input)).toEqual({ failures: [] });
      const unseen = beats.find((beat) => JSON.stringify(beat).includes('could not be looked at')) as {
        services: object;
        memory: Record<string, { seen: boolean; lookedAtMs: number }>;
      };
      expect(unseen.services).toMatchObject({
        api: {
          phase: 'not-visible',
          detail: 'could not be looked at this time: stoppedTasks: ThrottlingException',
        },
        web: { phase: 'starting', detail: '0/2 new running, 2 old left' },
      });
      expect(unseen.memory.api).toMatchObject({ seen: true, lookedAtMs: 1_000_000 });
      expect(unseen.memory.web).toMatchObject({ lookedAtMs: 1_000_000 + timing.pollIntervalMs });
    });

    it('does not call one stable that it could not look at', async () => {
      const input = rollOut('api', 'web');
      world.ecs.complete('api');
      world.ecs.complete('web');
      for (const { deploymentId } of input.rollouts) world.ecs.recordDeployment(deploymentId, {});
      world.ecs.fault('serviceDeployment', 1, 'throttle');
      expect(await wait(input)).toEqual({ failures: [] });
      expect(world.slept).toEqual([timing.pollIntervalMs]);
    });

    it('throws when nobody could be looked at who had to be, and leaves what it saw of the others', async () => {
      const input = rollOut('api', 'web');
      for (const { deploymentId } of input.rollouts) world.ecs.recordDeployment(deploymentId, {});
      world.ecs.fault('stoppedTasks', 3, 'throttle');
      world.during.push(() => world.ecs.complete('web'), nothing);
      world.ecs.fault('stoppedTasks', 4, 'throttle');
      const { run, beats } = attempt();
      await expect(run(createWaitUntilStable(world.ports), input)).rejects.toMatchObject({
        type: 'Transient',
      });
      expect(beats.at(-1)).toMatchObject({
        memory: {
          web: { recordedSuccess: true, lookedAtMs: world.ports.now() },
          api: { seen: true, lookedAtMs: 1_000_000 },
        },
      });
    });

    it('throws at once what will not pass', async () => {
      const input = rollOut('api', 'web');
      world.ecs.fault('stoppedTasks', 1, 'deny');
      await expect(wait(input)).rejects.toMatchObject({ type: 'RefusedByService' });
    });
  });

  describe('of a rollback', () => {
    const all = (...names: string[]): WaitUntilStableInput => ({ ...rollOut(...names), decideAll: true });
    const crash = (name: string) => () =>
      world.ecs.stopTask(name, { containers: [{ name: 'app', exitCode: 127 }] });

    it('waits for every service, also after one has failed, and tells of all that have', async () => {
      const input = all('api', 'web', 'worker');
      world.during.push(crash('web'), () => world.ecs.complete('api'), crash('worker'));
      const { failures } = await wait(input);
      expect(failures.map(({ name }) => name)).toEqual(['web', 'worker']);
      expect(world.slept).toHaveLength(3);
      expect(world.ecs.callsOf('describeServices').at(-1)).toEqual({
        cluster: 'shop',
        services: ['api', 'worker'],
      });
    });

    it('remembers who has failed when its worker dies', async () => {
      const input = all('api', 'web');
      world.during.push(crash('web'), () => {
        throw new Error('the worker dies');
      });
      const { run, beats } = attempt();
      await expect(run(createWaitUntilStable(world.ports), input)).rejects.toThrow('the worker dies');
      world.ecs.complete('api');
      world.ecs.complete('web');
      expect(await wait(input, beats.at(-1))).toMatchObject({
        failures: [{ name: 'web', kind: 'task-failed' }],
      });
    });
  });
});
