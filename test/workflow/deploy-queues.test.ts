/** An environment with deploy workers of its own is looked at and changed by them alone, on a real Temporal server. */
import { describe, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { describeRelease, type PendingActivity, type ReleaseClient } from '../../src/client/index.ts';
import { deployQueue, ROLLBACK_WORKFLOW, TASK_QUEUE } from '../../src/release/names.ts';
import { type ActivityName, FakePools, nextOf } from '../fakes/activities.ts';
import { markOf } from '../fakes/marks.ts';
import { reportOf, startDeploy, withPoolOn, withPools } from './harness.ts';
import { serverForAll } from './server-for-all.ts';

let env: TestWorkflowEnvironment;
serverForAll((server) => {
  ({ env } = server);
});

const OURS: readonly ActivityName[] = [
  'inspect',
  'copyImage',
  'prepareRollout',
  'runMigration',
  'updateServices',
  'waitUntilStable',
  'checkHealth',
  'watchBake',
  'moveLatest',
  'describeServing',
];

const WHERE = { cluster: 'shop', deployQueue: 'production' };

/** What all pools but one's own deploy workers do; `on` says where the environment is. */
const common = (queue = WHERE.deployQueue): FakePools =>
  new FakePools().on('readSource', async (_input, _call, good) => {
    const reading = await good();
    return { ...reading, spec: { ...reading.spec, ...WHERE, deployQueue: queue } };
  });

const own = (): FakePools => new FakePools().plan({ ...WHERE });

const names = (pools: FakePools): ReadonlySet<string> =>
  new Set(pools.calls.map(({ name }) => name).filter((name) => OURS.includes(name)));

const withBoth = <T>(shared: FakePools, theirs: FakePools, work: () => Promise<T>): Promise<T> =>
  withPools(env, shared, () => withPoolOn(env, deployQueue('production'), theirs, work));

describe('a release of an environment with a deploy queue of its own', () => {
  it('is looked at, copied to and changed on that queue only', async () => {
    const migration = {
      service: 'api',
      container: 'api',
      command: ['migrate'],
      reversible: true,
      timeoutMs: 1_000,
    } as const;
    const image = {
      image: 'api',
      architecture: 'arm64',
      repositoryUri: 'other/shop/api',
      digest: 'sha256:v',
    } as const;
    const promotion = { environment: 'staging', number: 12, images: [image] };
    const bake = { durationMs: 1_000, alarms: ['errors'], logs: [] };
    const [shared, theirs] = [common(), new FakePools().plan({ ...WHERE, migration, promotion, bake })];
    const report = await withBoth(shared, theirs, async () => reportOf(await startDeploy(env)));
    expect(report.verdict).toBe('succeeded');
    expect([...names(theirs)].toSorted()).toEqual(
      OURS.filter((name) => name !== 'describeServing').toSorted(),
    );
    expect([...names(shared)]).toEqual([]);
    // Its images are built by whoever builds.
    expect(shared.record('buildImage')).toEqual(['buildImage worker']);
  });

  it('goes back, and is described at the end, on that queue only', async () => {
    const theirs = own().on('waitUntilStable', async (input, _call, good) =>
      input.rollouts.some((rollout) => rollout.taskDefinition === nextOf('api'))
        ? { failures: [{ name: 'api', kind: 'foreign-change' as const, summary: 'api:9', evidence: [] }] }
        : good(),
    );
    const shared = common();
    const report = await withBoth(shared, theirs, async () => reportOf(await startDeploy(env)));
    expect(report.verdict).toBe('rolled-back');
    expect(theirs.record('updateServices').at(-1)).toBe('updateServices worker=worker:1');
    expect(theirs.record('describeServing')).toEqual(['describeServing shop-api']);
    expect([...names(shared)]).toEqual([]);
  });

  it('is brought back by a rollback release on that queue only', async () => {
    const [shared, theirs] = [common(), own()];
    shared.on('recallRelease', async (_input, _call, good) => {
      const recalled = await good();
      return { ...recalled, spec: { ...recalled.spec, ...WHERE } };
    });
    const report = await withBoth(shared, theirs, async () =>
      reportOf(
        await env.client.workflow.start(ROLLBACK_WORKFLOW, {
          taskQueue: TASK_QUEUE.control,
          workflowId: `rollback-${process.pid}`,
          args: [{ environment: 'production' }],
        }),
      ),
    );
    expect(report.verdict).toBe('succeeded');
    expect(names(theirs).size).toBeGreaterThan(4);
    expect([...names(shared)]).toEqual([]);
  });

  it('keeps in its mark which queue that was', async () => {
    const marks: unknown[] = [];
    const shared = common().on('openRelease', async ({ cluster, deployQueue: queue }) => {
      marks.push({ cluster, queue });
    });
    await withBoth(shared, own(), async () => reportOf(await startDeploy(env)));
    expect(marks).toEqual([{ cluster: 'shop', queue: 'production' }]);
  });
});

describe('a release that was broken off', () => {
  const left = 'updateServices api=api:1';

  it('on the common queue is put right there, by one that goes to a queue of its own', async () => {
    const [shared, theirs] = [common(), own()];
    shared.on('takeTurn', async () => [markOf('deploy/shop/production/x/run', ['api'])]);
    const report = await withBoth(shared, theirs, async () => reportOf(await startDeploy(env)));
    expect(report.verdict).toBe('succeeded');
    expect(shared.record('updateServices')).toEqual([left]);
    expect(theirs.record('updateServices')).toEqual([
      'updateServices worker=worker:2',
      'updateServices api=api:2',
    ]);
  });

  it('on a queue of its own is put right there, by one that goes to the common queue', async () => {
    const [shared, theirs] = [new FakePools(), new FakePools()];
    const clusters: string[] = [];
    theirs.on('updateServices', async ({ cluster }, _call, good) => {
      clusters.push(cluster);
      return good();
    });
    shared.on('takeTurn', async () => [
      { ...markOf('deploy/shop/production/x/run', ['api']), cluster: 'elsewhere', deployQueue: 'production' },
    ]);
    const report = await withBoth(shared, theirs, async () => reportOf(await startDeploy(env)));
    expect(report.verdict).toBe('succeeded');
    expect(theirs.record('updateServices')).toEqual([left]);
    expect(clusters).toEqual(['elsewhere']);
    expect(shared.record('updateServices')).toEqual([
      'updateServices worker=worker:2',
      'updateServices api=api:2',
    ]);
  });
});

it('a release says which queue it waits for, and that nobody asks there for work', async () => {
  await withPools(env, common('nobody'), async () => {
    const handle = await startDeploy(env);
    const { workflowId } = handle;
    const { runId } = await handle.describe();
    const client = { temporal: env.client } as ReleaseClient;
    const waiting = async (): Promise<PendingActivity> => {
      for (;;) {
        const { pending } = await describeRelease(client, { workflowId, runId });
        const found = pending.find(({ type }) => type === 'inspect');
        if (found) return found;
      }
    };
    expect(await waiting()).toMatchObject({
      taskQueue: 'slipway-deploy-nobody',
      worker: '',
      isPolled: false,
    });
    await handle.terminate('the test is over');
  });
});
