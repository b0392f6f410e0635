/** Marks: kept before the first change, taken away at the end, and repaired by the next release when nobody did. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { ReleaseMark } from '../../src/activities/contracts/control.ts';
import type { UpdateServicesInput } from '../../src/activities/contracts/rollout.ts';
import { createMarkActivities } from '../../src/activities/release-marks.ts';
import { RefusedByServiceError } from '../../src/errors.ts';
import { createFolderStore } from '../../src/store/folder-store.ts';
import type { Store } from '../../src/store/store.ts';
import { baselineOf, digestOf, FakePools, nextOf, withoutBaselines } from '../fakes/activities.ts';
import { markOf } from '../fakes/marks.ts';
import { reportOf, startDeploy, statusWhen, tell, withPools } from './harness.ts';
import { serverForAll } from './server-for-all.ts';

let env: TestWorkflowEnvironment;
serverForAll((server) => {
  ({ env } = server);
});

const run = (pools: FakePools) => withPools(env, pools, async () => reportOf(await startDeploy(env)));

const OUTWARD = ['openRelease', 'prepareRollout', 'updateServices', 'moveLatest', 'closeRelease'] as const;

/** A release that was terminated while its second wave rolled out. */
const broken = (releaseId: string): ReleaseMark => markOf(releaseId, ['worker', 'api']);

/** A broken-off release of which some services cannot go back, and whose marks were taken away. */
const stuckRepair = (isRefused: (input: UpdateServicesInput) => boolean) => {
  const repaired: (readonly string[])[] = [];
  const pools = new FakePools()
    .on('takeTurn', async () => [broken('deploy/shop/1/run')])
    .on('closeRelease', async (input) => {
      repaired.push(input.report.repaired.map(({ releaseId }) => releaseId));
    })
    .on('updateServices', async (input, _call, good) => {
      if (isRefused(input)) throw new RefusedByServiceError('the old image is gone');
      return good();
    });
  return { pools, repaired };
};

/** Of a broken-off release: it cannot be undone. */
const migration = {
  releaseId: 'deploy/shop/1/run',
  cluster: 'shop',
  migration: {
    service: 'worker',
    container: 'worker',
    command: ['up'],
    reversible: false,
    timeoutMs: 60_000,
  },
  service: 'shop-worker',
  taskDefinition: nextOf('worker'),
  pollIntervalMs: 20,
  mayStart: true,
} as const;

/** Its three activities for marks as they are, over a store of one test. */
const withRealMarks = (pools: FakePools, store: Store): FakePools => {
  const marks = createMarkActivities({
    store,
    fateOf: async () => ({ kind: 'broken-off', movedLatest: false }),
  });
  return pools
    .on('takeTurn', (input) => marks.takeTurn(input))
    .on('openRelease', (input) => marks.openRelease(input))
    .on('closeRelease', (input) => marks.closeRelease(input));
};

describe('marks in a real store', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-marks-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('that others have left are put right once each, and go; the next release finds none', async () => {
    const store = createFolderStore(folder);
    const pools = withRealMarks(new FakePools(), store);
    const left = createMarkActivities({ store, fateOf: async () => ({ kind: 'running' }) });
    for (const id of ['deploy/shop/1/run', 'deploy/shop/2/run']) {
      await left.openRelease(broken(id));
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    const first = await run(pools);
    expect(first.verdict).toBe('succeeded');
    expect(first.warnings.map((line) => line.split(' ')[1])).toEqual([
      'deploy/shop/2/run',
      'deploy/shop/1/run',
    ]);
    const second = await run(pools);
    expect(second).toMatchObject({ verdict: 'succeeded', warnings: [] });
    expect(pools.record('openRelease')).toHaveLength(2);
  });
});

describe('the mark of a release', () => {
  it('is kept before the first change, with the baselines, and the report takes it away', async () => {
    const kept: ReleaseMark[] = [];
    const pools = new FakePools().on('openRelease', async (mark, _call, good) => {
      kept.push(mark);
      return good();
    });
    const report = await run(pools);
    expect(report.verdict).toBe('succeeded');
    expect(pools.record(...OUTWARD)).toEqual([
      'prepareRollout api,worker',
      'openRelease worker,api',
      'updateServices worker=worker:2',
      'updateServices api=api:2',
      'moveLatest api,worker',
      'closeRelease succeeded',
    ]);
    expect(kept[0]?.waves.map(({ targets }) => targets[0]?.baseline.restoreTo)).toEqual([
      baselineOf('worker'),
      baselineOf('api'),
    ]);
    expect(kept[0]?.latest.map(({ digest }) => digest?.startsWith('sha256:'))).toEqual([true, true]);
  });

  it('that cannot be kept keeps the release from changing anything', async () => {
    const pools = new FakePools().on('openRelease', async () => {
      throw new RefusedByServiceError('the store is read-only');
    });
    const report = await run(pools);
    expect(report.verdict).toBe('failed');
    expect(report.cause?.summary).toBe('the store is read-only');
    expect(pools.record('updateServices')).toEqual([]);
  });

  it('that cannot be taken away is a warning, not another verdict', async () => {
    const pools = new FakePools().on('closeRelease', async () => {
      throw new RefusedByServiceError('the store is read-only');
    });
    const report = await run(pools);
    expect(report.verdict).toBe('succeeded');
    expect(report.warnings).toEqual([expect.stringContaining('the store is read-only')]);
  });

  it('of a release that failed before any change does not exist, but its report is kept', async () => {
    const pools = new FakePools().on('pushImage', async () => {
      throw new RefusedByServiceError('no');
    });
    await run(pools);
    expect(pools.record(...OUTWARD)).toEqual(['closeRelease failed']);
  });
});

describe('a release that was broken off', () => {
  it('is put right by the next one before that records its own baselines, newest wave first', async () => {
    const repaired: (readonly string[])[] = [];
    const pools = new FakePools()
      .on('takeTurn', async () => [broken('deploy/shop/1/run')])
      .on('closeRelease', async (input) => {
        repaired.push(input.report.repaired.map(({ releaseId }) => releaseId));
      });
    const report = await run(pools);
    expect(report.verdict).toBe('succeeded');
    expect(pools.record('updateServices', 'prepareRollout')).toEqual([
      'updateServices api=api:1',
      'updateServices worker=worker:1',
      'prepareRollout api,worker',
      'updateServices worker=worker:2',
      'updateServices api=api:2',
    ]);
    expect(repaired).toEqual([['deploy/shop/1/run']]);
    expect(report.warnings).toEqual([
      expect.stringMatching(/deploy\/shop\/1\/run was broken off.*api restored/),
    ]);
    expect(
      report.steps.filter(({ kind }) => kind === 'repair').map(({ id, state }) => `${id} ${state}`),
    ).toEqual([
      'repair succeeded',
      'repair:1.2 succeeded',
      'repair:1.1 succeeded',
      'repair:1.verify succeeded',
    ]);
  });

  it('twice over is put right from the newest to the oldest', async () => {
    const pools = new FakePools().on('takeTurn', async () => [broken('old/run'), broken('new/run')]);
    const report = await run(pools);
    expect(report.warnings.map((line) => line.split(' ')[1])).toEqual(['new/run', 'old/run']);
  });

  it('with a first-ever deployment does not keep later releases out for ever', async () => {
    const mark = broken('first/run');
    const pools = new FakePools().on('takeTurn', async () => [
      {
        ...mark,
        waves: mark.waves.map((wave) => ({
          ...wave,
          targets: withoutBaselines({ targets: wave.targets, latest: [] }).targets,
        })),
      },
    ]);
    const report = await run(pools);
    expect(report.verdict).toBe('succeeded');
    expect(pools.record('updateServices')).toEqual([
      'updateServices worker=worker:2',
      'updateServices api=api:2',
    ]);
  });

  it('that cannot be put right is stuck for all to see; given up, it is left as it is and keeps nobody out', async () => {
    const { pools, repaired } = stuckRepair(({ allOrNothing }) => !allOrNothing);
    const report = await withPools(env, pools, async () => {
      const handle = await startDeploy(env);
      await statusWhen(handle, ({ stuck }) => /api:.*worker:/.test(stuck ?? ''));
      await tell(handle, 'give-up', { who: 'ada' });
      return reportOf(handle);
    });
    expect(report.verdict).toBe('succeeded');
    expect(report.warnings).toEqual([
      expect.stringMatching(/api not-restored \(the old image is gone; left as it is by ada \(give-up\)\)/),
    ]);
    expect(repaired).toEqual([['deploy/shop/1/run']]);
  });

  it('moves `latest` back only where it still names what that release had moved it to', async () => {
    const latest = [
      { image: 'api', repositoryUri: 'registry/shop/api', digest: digestOf('old'), next: digestOf('theirs') },
    ];
    const moved: unknown[] = [];
    const pools = new FakePools()
      .on('takeTurn', async () => [{ ...broken('deploy/shop/1/run'), latest }])
      .on('moveLatest', async ({ images }) => {
        moved.push(images[0]);
      });
    await run(pools);
    expect(moved[0]).toEqual({
      image: 'api',
      repositoryUri: 'registry/shop/api',
      digest: digestOf('old'),
      onlyFrom: digestOf('theirs'),
    });
  });

  it('after a migration that cannot be undone is waited for, and a person decides', async () => {
    const pools = new FakePools().on('takeTurn', async () => [{ ...broken('deploy/shop/1/run'), migration }]);
    const starts: boolean[] = [];
    pools.on('runMigration', async ({ mayStart }, _call, good) => {
      starts.push(mayStart);
      return good();
    });
    const report = await withPools(env, pools, async () => {
      const handle = await startDeploy(env);
      const { hold } = await statusWhen(handle, (status) => status.hold?.kind === 'decision');
      expect(hold?.reason).toContain('has run a migration that cannot be undone');
      expect(pools.record('updateServices')).toEqual([]);
      await tell(handle, 'give-up', { who: 'ada', reason: 'we mend it forward' });
      return reportOf(handle);
    });
    expect(starts).toEqual([false]);
    expect(report.verdict).toBe('succeeded');
    expect(report.warnings[0]).toContain('left as it is by ada (give-up): we mend it forward');
    expect(pools.record('updateServices')).toEqual([
      'updateServices worker=worker:2',
      'updateServices api=api:2',
    ]);
  });

  it.each(['abort', 'cancel'] as const)(
    'after such a migration is left as it is by %s: nobody has decided to roll back over it, and the mark stays',
    async (how) => {
      const repaired: (readonly string[])[] = [];
      const pools = new FakePools()
        .on('takeTurn', async () => [{ ...broken('deploy/shop/1/run'), migration }])
        .on('closeRelease', async (input) => {
          repaired.push(input.report.repaired.map(({ releaseId }) => releaseId));
        });
      const report = await withPools(env, pools, async () => {
        const handle = await startDeploy(env);
        await statusWhen(handle, (status) => status.hold?.kind === 'decision');
        if (how === 'abort') expect(await tell(handle, 'abort')).toMatch(/^it ends; the earlier release/);
        else await handle.cancel();
        return reportOf(handle);
      });
      expect(report.verdict).toBe('aborted');
      expect(pools.record('updateServices', 'prepareRollout')).toEqual([]);
      expect(repaired).toEqual([[]]);
    },
  );

  it.each(['abort', 'cancel'] as const)(
    'and is stuck does not keep a release that is told to end: by %s, also after a pause; the mark stays',
    async (how) => {
      const { pools, repaired } = stuckRepair(({ updates }) =>
        updates.every(({ name }) => name !== 'worker'),
      );
      const report = await withPools(env, pools, async () => {
        const handle = await startDeploy(env);
        await statusWhen(handle, ({ stuck }) => /api:/.test(stuck ?? ''));
        await tell(handle, 'pause');
        if (how === 'abort') expect(await tell(handle, 'abort')).toMatch(/left to the next one/);
        else await handle.cancel();
        return reportOf(handle);
      });
      expect(report.verdict).toBe('aborted');
      expect(pools.record('prepareRollout')).toEqual([]);
      expect(repaired).toEqual([[]]);
    },
  );

  it('is put right to its end even when the new release is aborted meanwhile', async () => {
    const pools = new FakePools()
      .on('takeTurn', async () => [broken('deploy/shop/1/run')])
      .on('waitUntilStable', async (_input, call, good) => {
        if (call === 1) await new Promise((resolve) => setTimeout(resolve, 500));
        return good();
      });
    const report = await withPools(env, pools, async () => {
      const handle = await startDeploy(env);
      await statusWhen(handle, ({ steps }) => steps.some(({ id }) => id === 'repair:1.2'));
      await tell(handle, 'abort', { who: 'ada' });
      return reportOf(handle);
    });
    expect(report.verdict).toBe('aborted');
    expect(pools.record('updateServices', 'prepareRollout')).toEqual(
      expect.arrayContaining(['updateServices api=api:1', 'updateServices worker=worker:1']),
    );
    expect(pools.record('prepareRollout')).toEqual([]);
  });
});
