/** `gc` on a real Temporal server: what control says, done by the deploy pool, and answered to who asked. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { DeregisterUnusedInput } from '../../src/activities/contracts/gc.ts';
import { createDeregisterUnused } from '../../src/activities/deregister-unused.ts';
import { createEnvironmentMemory } from '../../src/activities/environment-memory.ts';
import { createRecallReferences } from '../../src/activities/recall-references.ts';
import { recordsIn } from '../../src/activities/release-records.ts';
import { takeTurn, turnsIn } from '../../src/activities/turns.ts';
import { whileHeld } from '../../src/activities/while-held.ts';
import { collectGarbage, type ReleaseClient } from '../../src/client/index.ts';
import { RefusedByServiceError, TransientError } from '../../src/errors.ts';
import { GC_WORKFLOW, TASK_QUEUE } from '../../src/release/names.ts';
import type { GcReport, GcRequest } from '../../src/release/requests/gc-request.ts';
import { createFolderStore } from '../../src/store/folder-store.ts';
import { createWorld, planOf, servicePlan } from '../activities/world.ts';
import { FakePools, nextOf } from '../fakes/activities.ts';
import { commit, outcome, Scene } from '../release/environment/scenes.ts';
import { withPools } from './harness.ts';
import { serverForAll } from './server-for-all.ts';

let env: TestWorkflowEnvironment;
let client: ReleaseClient;
serverForAll((server) => {
  ({ env, client } = server);
});

let counter = 0;

/** As `temporal workflow start` does it: any id, any JSON. */
const execute = (input: unknown): Promise<GcReport> => {
  counter += 1;
  return env.client.workflow.execute(GC_WORKFLOW, {
    taskQueue: TASK_QUEUE.control,
    workflowId: `gc-${process.pid}-${counter}`,
    args: [input as GcRequest],
  });
};

const run = (pools: FakePools, input: unknown = { environment: 'production' }): Promise<GcReport> =>
  withPools(env, pools, () => execute(input));

const ask = (pools: FakePools, more: Partial<GcRequest> = {}): Promise<GcReport> =>
  withPools(env, pools, () => collectGarbage(client, { app: 'shop', environment: 'production', ...more }));

const REPORT: GcReport = {
  app: 'shop',
  environment: 'production',
  dryRun: false,
  keep: 5,
  deregistered: ['api:1'],
  kept: [{ why: 'release 1', revisions: ['api:2'] }],
  stopped: null,
};

const heldBy = (number: number): FakePools =>
  new FakePools().on('recallReferences', async (_input, _call, good) => ({
    ...(await good()),
    holder: { number, releaseId: 'deploy/shop/production/abc/run' },
  }));

describe('gc', () => {
  it('hands what control says to the deploy pool, with a day as the least age, and answers what came of it', async () => {
    const handed: DeregisterUnusedInput[] = [];
    const pools = new FakePools().on('deregisterUnused', async (input, _call, good) => {
      handed.push(input);
      return good();
    });
    expect(await run(pools)).toEqual(REPORT);
    expect(pools.record()).toEqual(['recallReferences production', 'deregisterUnused 7']);
    expect(handed).toEqual([
      {
        turn: { app: 'shop', environment: 'production', fence: 7 },
        cluster: 'shop',
        services: [{ name: 'api', service: 'shop-api' }],
        families: ['api'],
        needed: [{ taskDefinition: nextOf('api'), why: 'release 1' }],
        minimumAgeMs: 24 * 3_600_000,
        dryRun: false,
      },
    ]);
  });

  it('takes what is asked for', async () => {
    const asked: unknown[] = [];
    const pools = new FakePools().on('recallReferences', async (input, _call, good) => {
      asked.push(input);
      return good();
    });
    const input = { environment: 'staging', app: 'shop', keep: 3, minimumAgeMs: 60_000, dryRun: true };
    expect(await run(pools, input)).toMatchObject({ environment: 'staging', keep: 3, dryRun: true });
    expect(asked).toEqual([{ environment: 'staging', app: 'shop', keep: 3 }]);
    expect(pools.record('deregisterUnused')).toEqual(['deregisterUnused 7 dry']);
  });

  it('has nothing to do where nothing was released', async () => {
    const pools = new FakePools().on('recallReferences', async (_input, _call, good) => ({
      ...(await good()),
      scope: null,
      needed: [],
    }));
    expect(await run(pools)).toEqual({ ...REPORT, deregistered: [], kept: [] });
    expect(pools.record('deregisterUnused')).toEqual([]);
  });

  it('outlives trouble that passes', async () => {
    const pools = new FakePools()
      .on('recallReferences', async (_input, call, good) => {
        if (call === 1) throw new TransientError('the store is away');
        return good();
      })
      .on('deregisterUnused', async (_input, call, good) => {
        if (call === 1) throw new TransientError('ECS is away');
        return good();
      });
    expect(await run(pools)).toEqual(REPORT);
  });

  it('ends at once where its input is none', async () => {
    const pools = new FakePools();
    await expect(run(pools, { environment: 7 })).rejects.toMatchObject({
      cause: { type: 'ConfigurationError', message: expect.stringContaining('"environment" must be a text') },
    });
    expect(pools.record()).toEqual([]);
  });
});

describe('who asks for it', () => {
  it('gets the report', async () => {
    expect(await ask(new FakePools())).toEqual(REPORT);
  });

  it('is refused while a release has the turn, but may look', async () => {
    const pools = heldBy(12);
    await expect(ask(pools)).rejects.toMatchObject({
      type: 'NotNow',
      message:
        'release 12 has the turn of production: nothing was cleared away beside it (deploy/shop/production/abc)',
    });
    expect(pools.record('deregisterUnused')).toEqual([]);
    expect(await ask(heldBy(12), { dryRun: true })).toMatchObject({ dryRun: true });
  });

  it('is refused beside another one of the same environment', async () => {
    let begun: (() => void) | undefined;
    const running = new Promise<void>((resolve) => {
      begun = resolve;
    });
    let end: (() => void) | undefined;
    const pools = new FakePools().on('deregisterUnused', async (_input, _call, good) => {
      begun?.();
      await new Promise<void>((resolve) => {
        end = resolve;
      });
      return good();
    });
    await withPools(env, pools, async () => {
      const wish = { app: 'shop', environment: 'production' };
      const first = collectGarbage(client, wish);
      await running;
      await expect(collectGarbage(client, wish)).rejects.toMatchObject({
        type: 'NotNow',
        message: 'another gc of production runs already',
      });
      end?.();
      expect(await first).toEqual(REPORT);
    });
  });

  it('hears what has failed, and what to do about it', async () => {
    const pools = new FakePools().on('deregisterUnused', async () => {
      throw new RefusedByServiceError('ecs:ListServices: AccessDeniedException', {
        advice: 'give the role …',
      });
    });
    await expect(ask(pools)).rejects.toMatchObject({
      type: 'GcFailed',
      message: 'gc/shop/production has failed: ecs:ListServices: AccessDeniedException',
      advice: 'give the role …',
    });
  });

  it('hears that nobody takes it', async () => {
    await expect(collectGarbage(client, { app: 'shop', environment: 'lonely' }, 200)).rejects.toMatchObject({
      type: 'NoControlWorker',
    });
    await env.client.workflow.getHandle('gc/shop/lonely').terminate();
  });
});

it('a release that takes its turn meanwhile ends it: the real activities over a real store', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-gc-'));
  try {
    const store = createFolderStore(folder);
    const place = { app: 'shop', environment: 'production' };
    const world = createWorld();
    const tags = ['release', 'service', 'app', 'environment'].map((key) => ({
      key: `slipway:${key}`,
      value: { release: 'r', service: 'api', ...place }[key] ?? '',
    }));
    const arns = Array.from({ length: 5 }, () =>
      world.ecs.addTaskDefinition('api', { app: 'x' }, {}, [...tags]),
    );
    const [, , , , serving = ''] = arns;
    world.ecs.addService('api', serving);
    const scene = new Scene().arrive('deploy/a/run', commit(1));
    const first = scene.state.turn;
    if (!first) throw new Error('nobody has the turn');
    await takeTurn(store, place, first);
    await recordsIn(store).keep({
      number: first.number,
      releaseId: first.releaseId,
      plan: planOf([servicePlan('api')]),
      images: [],
      taskDefinitions: { api: serving },
    });
    scene.end('deploy/a/run', outcome());
    const memory = createEnvironmentMemory({
      store,
      fateOf: async () => ({ kind: 'reported', report: {} as never }),
    });
    for (const entry of scene.entries) await memory.keepEntry({ ...place, entry });
    // After the first two, at the pause before the third, the next release takes its turn.
    const second = scene.arrive('deploy/b/run', commit(2)).state.turn;
    let sleeps = 0;
    const ports = {
      ...world.ports,
      turns: turnsIn(store),
      now: () => world.ports.now() + 48 * 3_600_000,
      sleep: async () => {
        sleeps += 1;
        if (sleeps === 2 && second) await takeTurn(store, place, second);
      },
    };
    const pools = new FakePools()
      .on(
        'recallReferences',
        createRecallReferences({
          store,
          recallEnvironment: memory.recallEnvironment,
          appNamed: (app) => app ?? 'shop',
        }),
      )
      .on('deregisterUnused', (input) => createDeregisterUnused(whileHeld(ports, input.turn))(input));
    const report = await ask(pools);
    expect(report).toMatchObject({
      deregistered: ['api:1', 'api:2'],
      kept: [{ why: 'release 1, which serves', revisions: ['api:5'] }],
      stopped: {
        kind: 'turn-taken',
        text: 'release 2 has the turn of the environment by now: deploy/b/run',
      },
    });
    expect(world.ecs.active('api')).toEqual(arns.slice(2));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
