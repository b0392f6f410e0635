/** Rollback of a whole release, on a real Temporal server with fake pools: what is restored, in which order, how it gets stuck. */
import { describe, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { UpdateServicesInput, WaitUntilStableInput } from '../../src/activities/contracts/rollout.ts';
import { RefusedByServiceError, TransientError } from '../../src/errors.ts';
import type { ReleaseStatus } from '../../src/release/verdict.ts';
import {
  type ActivityName,
  baselineOf,
  FakePools,
  nextOf,
  planFor,
  SHA,
  withoutBaselines,
} from '../fakes/activities.ts';
import { reportOf, startDeploy, withPools } from './harness.ts';
import { serverForAll } from './server-for-all.ts';

let env: TestWorkflowEnvironment;
serverForAll((server) => {
  ({ env } = server);
});

const run = (pools: FakePools) => withPools(env, pools, async () => reportOf(await startDeploy(env)));

describe('a failure after the first mutation', () => {
  const crash = {
    name: 'api',
    kind: 'task-failed' as const,
    summary: 'exit 1, twice',
    evidence: ['task stopped'],
  };

  it('says which service it put back is scaled to zero, and does not ask its health', async () => {
    const pools = new FakePools().on('waitUntilStable', async (input) =>
      input.rollouts.some((rollout) => rollout.taskDefinition === nextOf('api'))
        ? { failures: [crash] }
        : { failures: [], empty: ['api'] },
    );
    const report = await run(pools);
    expect(report.verdict).toBe('rolled-back');
    expect(pools.record('checkHealth')).toEqual([]);
    expect(report.services[0]).toMatchObject({ name: 'api', state: 'restored', empty: true });
    expect(report.warnings).toEqual(['api is scaled to zero: it was put back, but nothing runs there']);
  });

  it('puts every touched service back to its baseline, newest wave first, and verifies it', async () => {
    const pools = new FakePools().on('waitUntilStable', async (input, _call, good) =>
      input.rollouts.some((rollout) => rollout.taskDefinition === nextOf('api'))
        ? { failures: [crash] }
        : good(),
    );
    const report = await run(pools);
    expect(report.verdict).toBe('rolled-back');
    expect(report.cause).toEqual({
      kind: 'task-failed',
      step: 'stable:2',
      summary: 'api: exit 1, twice',
      evidence: ['task stopped'],
    });
    expect(pools.record('updateServices', 'waitUntilStable', 'checkHealth', 'moveLatest')).toEqual([
      'updateServices worker=worker:2',
      'waitUntilStable worker=worker:2',
      'updateServices api=api:2',
      'waitUntilStable api=api:2',
      'updateServices api=api:1',
      'waitUntilStable api=api:1',
      'checkHealth api@any',
      'updateServices worker=worker:1',
      'waitUntilStable worker=worker:1',
      'waitUntilStable worker=worker:1,api=api:1',
    ]);
    expect(report.services.map(({ name, state, taskDefinition }) => [name, state, taskDefinition])).toEqual([
      ['api', 'restored', baselineOf('api')],
      ['worker', 'restored', baselineOf('worker')],
    ]);
  });

  it('rolls back when the service is stable but not healthy', async () => {
    const pools = new FakePools().on('checkHealth', async (input, _call, good) =>
      input.targets.some((target) => target.commit !== null)
        ? { failures: [{ name: 'api', summary: '500', evidence: [] }] }
        : good(),
    );
    const report = await run(pools);
    expect(report.verdict).toBe('rolled-back');
    expect(report.cause).toMatchObject({ kind: 'unhealthy', step: 'health:2' });
    expect(pools.record('moveLatest')).toEqual([]);
  });

  it('rolls back the services of a wave whose update was only half done', async () => {
    const pools = new FakePools().on('updateServices', async (input, _call, good) => {
      if (input.updates.some((update) => update.taskDefinition === nextOf('api'))) {
        throw new RefusedByServiceError('AccessDenied');
      }
      return good();
    });
    const report = await run(pools);
    expect(report.verdict).toBe('rolled-back');
    expect(pools.record('updateServices')).toEqual([
      'updateServices worker=worker:2',
      'updateServices api=api:2',
      'updateServices api=api:1',
      'updateServices worker=worker:1',
    ]);
  });

  it('leaves a service alone that somebody else has changed, and restores the others', async () => {
    const pools = new FakePools().on('waitUntilStable', async (input, _call, good) =>
      input.rollouts.some((rollout) => rollout.taskDefinition === nextOf('api'))
        ? { failures: [{ ...crash, kind: 'foreign-change' as const, summary: 'now runs api:9' }] }
        : good(),
    );
    const report = await run(pools);
    expect(report.verdict).toBe('rolled-back');
    expect(report.cause?.kind).toBe('foreign-change');
    expect(pools.record('updateServices').slice(2)).toEqual(['updateServices worker=worker:1']);
    expect(report.services.map(({ name, state }) => [name, state])).toEqual([
      ['api', 'left-alone'],
      ['worker', 'restored'],
    ]);
  });

  it('goes forward all or nothing from where the services were found, and back each for itself from ours', async () => {
    const asked: UpdateServicesInput[] = [];
    const waited: WaitUntilStableInput[] = [];
    const pools = new FakePools()
      .on('updateServices', async (input, _call, good) => {
        asked.push(input);
        return good();
      })
      .on('waitUntilStable', async (input, _call, good) => {
        waited.push(input);
        return input.rollouts.some((rollout) => rollout.taskDefinition === nextOf('api'))
          ? { failures: [crash] }
          : good();
      });
    await run(pools);
    expect(
      asked.map(({ allOrNothing, updates }) => [allOrNothing, updates[0]?.from, updates[0]?.acceptable]),
    ).toEqual([
      [true, [baselineOf('worker')], []],
      [true, [baselineOf('api')], []],
      [false, [nextOf('api'), baselineOf('api')], [baselineOf('api')]],
      [false, [nextOf('worker'), baselineOf('worker')], [baselineOf('worker')]],
    ]);
    expect(waited.map(({ decideAll }) => decideAll)).toEqual([false, false, true, true, true]);
  });

  it('does not touch a service that somebody else changed before its wave: nothing of ours is there to restore', async () => {
    const pools = new FakePools().on('updateServices', async (input) => ({
      rollouts: [],
      untouched: true,
      problems: input.updates.map(({ name }) => ({
        name,
        kind: 'foreign-change' as const,
        summary: `now runs ${name}:9`,
        evidence: [],
      })),
    }));
    const report = await run(pools);
    expect(report.verdict).toBe('failed');
    expect(report.cause).toMatchObject({ kind: 'foreign-change', step: 'update:1' });
    expect(pools.record('updateServices')).toEqual(['updateServices worker=worker:2']);
    expect(report.services.map(({ name, state, detail }) => [name, state, detail])).toEqual([
      ['api', 'untouched', undefined],
      ['worker', 'left-alone', 'now runs worker:9'],
    ]);
  });

  it('is a failure where ECS refuses the first update for good: the release had begun', async () => {
    const pools = new FakePools().on('updateServices', async (input) => ({
      rollouts: [],
      untouched: true,
      problems: input.updates.map(({ name }) => ({
        name,
        kind: 'refused' as const,
        summary: 'AccessDenied',
        evidence: [],
      })),
    }));
    const report = await run(pools);
    expect(report).toMatchObject({ verdict: 'failed', cause: { kind: 'refused', step: 'update:1' } });
  });

  it('leaves a service alone that somebody else changes while it is being restored', async () => {
    const pools = new FakePools().on('waitUntilStable', async (input, _call, good) => {
      const [rollout] = input.rollouts;
      if (rollout?.taskDefinition === nextOf('api')) return { failures: [crash] };
      return rollout?.taskDefinition === baselineOf('api')
        ? { failures: [{ ...crash, kind: 'foreign-change' as const, summary: 'now runs api:9' }] }
        : good();
    });
    const report = await run(pools);
    expect(report.verdict).toBe('rolled-back');
    expect(report.services).toMatchObject([
      { name: 'api', state: 'left-alone', detail: 'now runs api:9' },
      { name: 'worker', state: 'restored' },
    ]);
  });

  it('waits longer after each try that failed', async () => {
    const triedAtMs: number[] = [];
    const pools = new FakePools()
      .plan({ timing: { ...planFor({ environment: 'production', sha: SHA }).timing, pollIntervalMs: 150 } })
      .on('waitUntilStable', async (input, _call, good) => {
        if (!input.rollouts.some(({ name }) => name === 'api')) return good();
        triedAtMs.push(Date.now());
        return triedAtMs.length < 5 ? { failures: [crash] } : good();
      });
    const report = await run(pools);
    expect(report.verdict).toBe('rolled-back');
    // Of the way forward and four tries back: 300, 600 and 1200 ms between them, at least.
    const gaps = triedAtMs.slice(2).map((atMs, index) => atMs - (triedAtMs[index + 1] ?? 0));
    expect(gaps[0]).toBeGreaterThanOrEqual(290);
    expect(gaps[1]).toBeGreaterThanOrEqual(590);
    expect(gaps[2]).toBeGreaterThanOrEqual(1_190);
  });

  it('looks at all services once more before `latest` moves: a change by others since is no success', async () => {
    const pools = new FakePools().on('waitUntilStable', async (input, _call, good) =>
      input.rollouts.length === 2
        ? {
            failures: [
              { ...crash, name: 'worker', kind: 'foreign-change' as const, summary: 'now runs worker:9' },
            ],
          }
        : good(),
    );
    const report = await run(pools);
    expect(report.verdict).toBe('rolled-back');
    expect(report.cause).toMatchObject({ kind: 'foreign-change', step: 'verify' });
    expect(pools.record('moveLatest')).toEqual([]);
    expect(report.services.map(({ name, state }) => [name, state])).toEqual([
      ['api', 'restored'],
      ['worker', 'left-alone'],
    ]);
  });

  describe('looks at all of them once more when all are back', () => {
    const failingForward = (lastLook: (call: number) => readonly (typeof crash)[]) => {
      let looks = 0;
      return new FakePools().on('waitUntilStable', async (input, _call, good) => {
        if (input.rollouts.some(({ taskDefinition }) => taskDefinition === nextOf('api')))
          return { failures: [crash] };
        if (input.rollouts.length < 2) return good();
        looks += 1;
        return { failures: lastLook(looks) };
      });
    };

    it('what somebody else has changed since is theirs, and not called restored', async () => {
      const foreign = { ...crash, kind: 'foreign-change' as never, summary: 'now runs api:9' };
      const pools = failingForward(() => [foreign]);
      const report = await run(pools);
      expect(report.verdict).toBe('rolled-back');
      expect(report.services).toMatchObject([
        { name: 'api', state: 'left-alone', detail: 'now runs api:9' },
        { name: 'worker', state: 'restored' },
      ]);
      expect(pools.record('updateServices').slice(-1)).toEqual(['updateServices worker=worker:1']);
    });

    it('what has failed since is restored again, and looked at again', async () => {
      const pools = failingForward((looks) => (looks === 1 ? [crash] : []));
      const report = await run(pools);
      expect(report.verdict).toBe('rolled-back');
      expect(report.services.every(({ state }) => state === 'restored')).toBe(true);
      expect(pools.record('updateServices', 'waitUntilStable').slice(-4)).toEqual([
        'waitUntilStable worker=worker:1,api=api:1',
        'updateServices api=api:1',
        'waitUntilStable api=api:1',
        'waitUntilStable worker=worker:1,api=api:1',
      ]);
      expect(report.steps.find(({ id }) => id === 'restore:verify')?.state).toBe('succeeded');
    });
  });

  it("tells the judge on the way back what ECS may take the service back to: ours, which is nobody else's", async () => {
    const baselines: (string | null)[][] = [];
    const pools = new FakePools().on('waitUntilStable', async (input, _call, good) => {
      baselines.push(input.rollouts.map(({ baseline }) => baseline));
      return input.rollouts[0]?.taskDefinition === nextOf('api') ? { failures: [crash] } : good();
    });
    await run(pools);
    const forward = [[baselineOf('worker')], [baselineOf('api')]];
    const lastLook = [nextOf('worker'), nextOf('api')];
    expect(baselines).toEqual([...forward, [nextOf('api')], [nextOf('worker')], lastLook]);
  });

  it('says that a first-ever deployment has nothing to go back to, and what it left', async () => {
    const pools = new FakePools()
      .on('prepareRollout', async (_input, _call, good) => withoutBaselines(await good(), 'api'))
      .on('waitUntilStable', async (input, _call, good) =>
        input.rollouts.some((rollout) => rollout.taskDefinition === nextOf('api'))
          ? { failures: [crash] }
          : good(),
      );
    const report = await run(pools);
    expect(report.verdict).toBe('rollback-failed');
    expect(report.services.find((service) => service.name === 'api')).toMatchObject({
      state: 'not-restored',
      detail: `nothing to go back to: it never ran; it was asked to run ${nextOf('api')}`,
    });
    expect(report.services.find((service) => service.name === 'worker')?.state).toBe('restored');
  });

  it('says of an untouched service what it was found on, also where nothing has ever completed', async () => {
    const pools = new FakePools()
      .on('prepareRollout', async (_input, _call, good) => withoutBaselines(await good(), 'api'))
      .on('waitUntilStable', async (input, _call, good) =>
        input.rollouts.some((rollout) => rollout.taskDefinition === nextOf('worker'))
          ? { failures: [{ ...crash, name: 'worker' }] }
          : good(),
      );
    const report = await run(pools);
    expect(report.services.find((service) => service.name === 'api')).toMatchObject({
      state: 'untouched',
      baseline: null,
      taskDefinition: baselineOf('api'),
    });
  });

  const compensations: readonly (readonly [string, ActivityName])[] = [
    ['the update back', 'updateServices'],
    ['waiting for the old version', 'waitUntilStable'],
    ['the health check of the old version', 'checkHealth'],
  ];
  it.each(compensations)('tries again when %s fails for good at first', async (_what, name) => {
    let backwards = 0;
    const pools = new FakePools().on('waitUntilStable', async (input, _call, good) => {
      if (input.rollouts.some((rollout) => rollout.taskDefinition === nextOf('api')))
        return { failures: [crash] };
      // But for the last look at all of them.
      const back = input.rollouts.length === 1 && input.rollouts[0]?.taskDefinition === baselineOf('api');
      if (name !== 'waitUntilStable' || !back) return good();
      backwards += 1;
      return backwards === 1 ? { failures: [{ ...crash, summary: 'the old one is slow' }] } : good();
    });
    if (name === 'updateServices') {
      pools.on(name, async (input, _call, good) => {
        if (!input.updates.some((update) => update.taskDefinition === baselineOf('api'))) return good();
        backwards += 1;
        if (backwards === 1) throw new RefusedByServiceError('AccessDenied');
        return good();
      });
    }
    if (name === 'checkHealth') {
      pools.on(name, async (_input, _call, good) => {
        backwards += 1;
        return backwards === 1 ? { failures: [{ name: 'api', summary: '502', evidence: [] }] } : good();
      });
    }
    const report = await run(pools);
    expect(backwards).toBe(2);
    expect(report.verdict).toBe('rolled-back');
    expect(report.services.every((service) => service.state === 'restored')).toBe(true);
  });

  it('is visibly stuck while a compensation fails, and ends as rollback-failed when the operator gives up', async () => {
    const pools = new FakePools().on('waitUntilStable', async (input, _call, good) =>
      input.rollouts.some((rollout) => rollout.name === 'api') ? { failures: [crash] } : good(),
    );
    const report = await withPools(env, pools, async () => {
      const handle = await startDeploy(env);
      for (;;) {
        const status = await handle.query<ReleaseStatus>('status');
        if (status.stuck !== null) break;
      }
      await handle.signal('give-up', { who: 'Ada', reason: 'by hand' });
      return reportOf(handle);
    });
    expect(report.verdict).toBe('rollback-failed');
    expect(report.services.map(({ name, state }) => [name, state])).toEqual([
      ['api', 'not-restored'],
      ['worker', 'restored'],
    ]);
  });

  describe('says at the end what runs in what it leaves', () => {
    const firstEver = (): FakePools =>
      new FakePools()
        .on('prepareRollout', async (_input, _call, good) => withoutBaselines(await good(), 'api'))
        .on('waitUntilStable', async (input, _call, good) =>
          input.rollouts.some((rollout) => rollout.taskDefinition === nextOf('api'))
            ? { failures: [crash] }
            : good(),
        );

    it('asked once, when all else is done, of that service alone', async () => {
      const pools = firstEver();
      const report = await run(pools);
      expect(report.services.map(({ name, now }) => [name, now])).toEqual([
        ['api', '1 task of shop-api:2 serves'],
        ['worker', undefined],
      ]);
      expect(pools.record().slice(-2)).toEqual(['describeServing shop-api', 'closeRelease rollback-failed']);
      expect(pools.record('describeServing')).toHaveLength(1);
    });

    it('also where it is the change of somebody else', async () => {
      const pools = new FakePools().on('waitUntilStable', async (input, _call, good) =>
        input.rollouts.some((rollout) => rollout.taskDefinition === nextOf('api'))
          ? { failures: [{ ...crash, kind: 'foreign-change' as const }] }
          : good(),
      );
      const report = await run(pools);
      expect(report.verdict).toBe('rolled-back');
      expect(report.services).toMatchObject([
        { name: 'api', state: 'left-alone', now: '1 task of shop-api:2 serves' },
        { name: 'worker', state: 'restored' },
      ]);
    });

    it('nothing where ECS cannot be asked: the verdict does not wait for it', async () => {
      const pools = firstEver().on('describeServing', () => Promise.reject(new TransientError('throttled')));
      const report = await run(pools);
      expect(report.verdict).toBe('rollback-failed');
      expect(report.services.every((service) => !('now' in service))).toBe(true);
      expect(pools.record('describeServing').length).toBeGreaterThan(1);
    });

    it('and asks nothing where everything is back, or the release has succeeded', async () => {
      const good = new FakePools();
      expect((await run(good)).verdict).toBe('succeeded');
      const restored = new FakePools().on('waitUntilStable', async (input, _call, wait) =>
        input.rollouts.some((rollout) => rollout.taskDefinition === nextOf('api'))
          ? { failures: [crash] }
          : wait(),
      );
      expect((await run(restored)).verdict).toBe('rolled-back');
      expect([...good.record('describeServing'), ...restored.record('describeServing')]).toEqual([]);
    });
  });
});
