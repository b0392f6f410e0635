/** Tags that protect images, as a release moves them at its end: on a real Temporal server with fake pools. */
import { describe, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { InspectInput } from '../../src/activities/contracts/deploy.ts';
import type { TagKeptInput } from '../../src/activities/contracts/registry.ts';
import { RefusedByServiceError } from '../../src/errors.ts';
import type { GoodRelease } from '../../src/release/environment/good-releases.ts';
import { ROLLBACK_WORKFLOW, TASK_QUEUE } from '../../src/release/names.ts';
import type { KeepPlan } from '../../src/release/plan.ts';
import { digestOf, FakePools } from '../fakes/activities.ts';
import { reportOf, startDeploy, withPools } from './harness.ts';
import { serverForAll } from './server-for-all.ts';

let env: TestWorkflowEnvironment;
serverForAll((server) => {
  ({ env } = server);
});

const GOOD: readonly GoodRelease[] = [
  { number: 8, serves: true, images: [{ repositoryUri: 'registry/shop/api', digest: digestOf('api 8') }] },
  {
    number: 7,
    serves: false,
    images: [
      { repositoryUri: 'registry/shop/api', digest: digestOf('api 7') },
      { repositoryUri: 'registry/shop/worker', digest: digestOf('worker 7') },
    ],
  },
];

/** Pools of an environment that keeps so much; the worker's repository has immutable tags. */
const keeping = (
  keep: KeepPlan,
): { readonly pools: FakePools; readonly seen: { inspected?: InspectInput; tagged?: TagKeptInput } } => {
  const seen: { inspected?: InspectInput; tagged?: TagKeptInput } = {};
  const pools = new FakePools()
    .on('recallGoodReleases', async () => GOOD)
    .on('readSource', async (_input, _call, good) => {
      const reading = await good();
      return { ...reading, spec: { ...reading.spec, keep } };
    })
    .on('inspect', async (input, _call, good) => {
      seen.inspected = input;
      const plan = await good();
      const images = plan.images.map((image) => ({ ...image, isTagged: image.name === 'api' }));
      return { ...plan, keep, ...(keep.tag && { images }) };
    })
    .on('tagKept', async (input) => {
      seen.tagged = input;
    });
  return { pools, seen };
};

const release = (pools: FakePools) => withPools(env, pools, async () => reportOf(await startDeploy(env)));

describe('an environment that protects its images', () => {
  it('tells the plan what a rollback may go to, and tags all of it after the success, `latest` first', async () => {
    const { pools, seen } = keeping({ releases: 2, tag: true });
    const report = await release(pools);
    expect(report).toMatchObject({ verdict: 'succeeded', warnings: [] });
    expect(seen.inspected?.good).toEqual(GOOD);
    expect(seen.tagged).toEqual({
      turn: { app: 'shop', environment: 'production', fence: expect.any(Number) },
      environment: 'production',
      slots: 3,
      images: [
        {
          image: 'api',
          repositoryUri: 'registry/shop/api',
          digests: [digestOf('api'), digestOf('api 8'), digestOf('api 7')],
        },
      ],
    });
    // Asked again at the end: others may have succeeded while this one waited for its turn.
    expect(pools.record('recallGoodReleases', 'inspect', 'moveLatest', 'tagKept')).toEqual([
      'recallGoodReleases 2',
      'inspect production',
      'moveLatest api,worker',
      'recallGoodReleases 2',
      'tagKept api:3',
    ]);
  });

  it.each<['tagKept' | 'moveLatest', string, readonly string[]]>([
    ['tagKept', 'the images were not protected: no', ['moveLatest api,worker', 'tagKept api:3']],
    ['moveLatest', '`latest` was not moved: no', ['moveLatest api,worker', 'tagKept api:3']],
  ])(
    'whose %s fails has a healthy release with a warning; the other label has its turn',
    async (label, warning, calls) => {
      const { pools } = keeping({ releases: 2, tag: true });
      pools.on(label, async () => {
        throw new RefusedByServiceError('no');
      });
      const report = await release(pools);
      expect(report).toMatchObject({ verdict: 'succeeded', warnings: [warning] });
      expect(pools.record('moveLatest', 'tagKept')).toEqual(calls);
      expect(report.steps.find(({ kind }) => kind === 'promote')).toMatchObject({
        state: 'failed',
        detail: 'no',
      });
    },
  );

  it('tags nothing after a release that was rolled back', async () => {
    const { pools } = keeping({ releases: 2, tag: true });
    pools.on('checkHealth', async (input, _call, good) =>
      input.targets.some(({ commit }) => commit !== null)
        ? { failures: [{ name: 'api', summary: '500', evidence: [] }] }
        : good(),
    );
    expect((await release(pools)).verdict).toBe('rolled-back');
    expect(pools.record('tagKept')).toEqual([]);
  });
});

it('an environment that did not ask for it has no tags, and is asked for its good releases once', async () => {
  const { pools } = keeping({ releases: 3, tag: false });
  expect((await release(pools)).verdict).toBe('succeeded');
  expect(pools.record('recallGoodReleases', 'tagKept')).toEqual(['recallGoodReleases 3']);
});

it('a rollback has its plan made, and its images protected, in the same way', async () => {
  const { pools, seen } = keeping({ releases: 1, tag: true });
  pools.on('recallRelease', async (_input, _call, good) => {
    const recalled = await good();
    return { ...recalled, spec: { ...recalled.spec, keep: { releases: 1, tag: true } } };
  });
  const report = await withPools(env, pools, async () =>
    reportOf(
      await env.client.workflow.start(ROLLBACK_WORKFLOW, {
        taskQueue: TASK_QUEUE.control,
        workflowId: `back-${process.pid}`,
        args: [{ environment: 'production' }],
      }),
    ),
  );
  expect(report.verdict).toBe('succeeded');
  expect(seen.inspected?.good).toEqual(GOOD);
  expect(seen.tagged).toMatchObject({ slots: 2, images: [{ image: 'api' }] });
});
