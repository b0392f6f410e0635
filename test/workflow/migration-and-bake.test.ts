/** A one-off task before the services and a watch after them: what a failure of either means for the release. */
import { describe, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { RefusedByServiceError } from '../../src/errors.ts';
import type { MigrationPlan } from '../../src/release/plan.ts';
import { FakePools, nextOf, untilCancelled } from '../fakes/activities.ts';
import { reportOf, startDeploy, statusWhen, tell, withPools } from './harness.ts';
import { serverForAll } from './server-for-all.ts';

let env: TestWorkflowEnvironment;
serverForAll((server) => {
  ({ env } = server);
});

const run = (
  pools: FakePools,
  people: (handle: WorkflowHandle) => Promise<unknown> = async () => undefined,
) =>
  withPools(env, pools, async () => {
    const handle = await startDeploy(env);
    await people(handle);
    return reportOf(handle);
  });

const migration = (reversible: boolean): MigrationPlan => ({
  service: 'worker',
  container: 'worker',
  command: ['./migrate', 'up'],
  reversible,
  timeoutMs: 60_000,
});

const failingApi = (reversible: boolean): FakePools =>
  new FakePools()
    .plan({ migration: migration(reversible) })
    .on('waitUntilStable', async (input, _call, good) =>
      input.rollouts.some((rollout) => rollout.taskDefinition === nextOf('api'))
        ? {
            failures: [{ name: 'api', kind: 'task-failed' as const, summary: 'exit 1, twice', evidence: [] }],
          }
        : good(),
    );

describe('a migration', () => {
  it('runs once, after the mark and before the first service, with the new task definition', async () => {
    const pools = new FakePools().plan({ migration: migration(true) });
    const asked: string[] = [];
    pools.on('runMigration', async (input, _call, good) => {
      asked.push(input.taskDefinition, input.service, input.cluster);
      return good();
    });
    const report = await run(pools);
    expect(report.verdict).toBe('succeeded');
    expect(pools.record('openRelease', 'runMigration', 'updateServices').slice(0, 3)).toEqual([
      'openRelease worker,api',
      'runMigration ./migrate up',
      'updateServices worker=worker:2',
    ]);
    expect(asked).toEqual([nextOf('worker'), 'shop-worker', 'shop']);
  });

  it.each([true, false])(
    'that fails (reversible: %s) ends the release before any service is touched',
    async (reversible) => {
      const pools = new FakePools()
        .plan({ migration: migration(reversible) })
        .on('runMigration', async () => ({
          taskArn: 'arn:task/1',
          exitCode: 3,
          ran: true,
          failure: { summary: 'container worker exited with code 3', evidence: ['  no such column'] },
        }));
      const report = await run(pools);
      expect(report.verdict).toBe('failed');
      expect(report.cause).toMatchObject({
        kind: 'migration-failed',
        step: 'migrate',
        evidence: ['  no such column'],
      });
      expect(pools.record('updateServices')).toEqual([]);
      expect(report.warnings).toEqual(['the migration was run, and is not undone: ./migrate up']);
    },
  );

  it.each([true, false])(
    'that is stopped in its midst is looked for again before anything is said (it ran: %s)',
    async (ran) => {
      const starts: boolean[] = [];
      const pools = new FakePools()
        .plan({ migration: migration(true) })
        .on('runMigration', async (input, _call, good) => {
          starts.push(input.mayStart);
          return input.mayStart ? untilCancelled() : { ...(await good()), ran };
        });
      const report = await run(pools, async (handle) => {
        while (starts.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
        await tell(handle, 'abort', { who: 'ada' });
      });
      expect(starts).toEqual([true, false]);
      expect(report.verdict).toBe('aborted');
      expect(report.warnings).toEqual(ran ? ['the migration was run, and is not undone: ./migrate up'] : []);
      expect(pools.record('updateServices')).toEqual([]);
    },
  );

  it('that was not even started leaves nothing to warn of', async () => {
    const pools = new FakePools().plan({ migration: migration(false) }).on('runMigration', async () => ({
      taskArn: null,
      exitCode: null,
      ran: false,
      failure: { summary: 'no room for the task', evidence: [] },
    }));
    const report = await run(pools);
    expect(report).toMatchObject({
      verdict: 'failed',
      warnings: [],
      cause: { kind: 'migration-not-started' },
    });
  });

  it('that can be undone lets a later failure roll back by itself', async () => {
    const report = await run(failingApi(true));
    expect(report.verdict).toBe('rolled-back');
  });

  const waits = (handle: WorkflowHandle) => statusWhen(handle, ({ hold }) => hold?.kind === 'decision');

  it('that cannot be undone makes a later failure wait for a person, who may roll back', async () => {
    const pools = failingApi(false);
    const report = await run(pools, async (handle) => {
      const { cause, hold } = await waits(handle);
      expect(cause?.summary).toBe('api: exit 1, twice');
      expect(hold?.reason).toContain('cannot be undone');
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(pools.record('updateServices')).toHaveLength(2);
      expect(await tell(handle, 'pause')).toMatch(/^NotNow: /);
      expect(await tell(handle, 'rollback', { who: 'ada' })).toContain('go back');
    });
    expect(report.verdict).toBe('rolled-back');
    expect(pools.record('updateServices')).toHaveLength(4);
  });

  it('or leave everything as it is', async () => {
    const pools = failingApi(false);
    const report = await run(pools, async (handle) => {
      await waits(handle);
      await tell(handle, 'give-up', { who: 'ada', reason: 'we mend it forward' });
    });
    expect(report.verdict).toBe('rollback-failed');
    expect(pools.record('updateServices')).toHaveLength(2);
    expect(report.services.map(({ state, detail }) => [state, detail])).toEqual([
      ['not-restored', 'left as it is by ada (give-up): we mend it forward'],
      ['not-restored', 'left as it is by ada (give-up): we mend it forward'],
    ]);
  });

  it('asks nobody when somebody has already stopped the release', async () => {
    let stopped = false;
    const pools = failingApi(false).on('updateServices', async (input, _call, good) => {
      if (!input.updates.some((update) => update.taskDefinition === nextOf('api'))) return good();
      while (!stopped) await new Promise((resolve) => setTimeout(resolve, 20));
      throw new RefusedByServiceError('AccessDenied');
    });
    const report = await run(pools, async (handle) => {
      while (!pools.record().includes('updateServices api=api:2')) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await tell(handle, 'rollback', { who: 'ada' });
      stopped = true;
    });
    expect(report.verdict).toBe('rolled-back');
  });

  it('or cancel the workflow, which means what an abort means', async () => {
    const report = await run(failingApi(false), async (handle) => {
      await waits(handle);
      await handle.cancel();
    });
    expect(report.verdict).toBe('rolled-back');
  });
});

describe('a bake time', () => {
  const bake = { durationMs: 1_000, alarms: ['errors'], logs: [] };

  it('is watched after all waves and before `latest` moves, and the report says what was seen', async () => {
    const pools = new FakePools().plan({ bake });
    const report = await run(pools);
    expect(report.verdict).toBe('succeeded');
    expect(pools.record('checkHealth', 'watchBake', 'moveLatest')).toEqual([
      expect.stringContaining('checkHealth api'),
      'watchBake worker,api',
      'moveLatest api,worker',
    ]);
    expect(report.watched).toEqual(['alarm errors: OK in 3 looks']);
  });

  it('with a breach rolls everything back', async () => {
    const pools = new FakePools().plan({ bake }).on('watchBake', async () => ({
      breaches: [{ summary: 'alarm errors is in ALARM', evidence: ['threshold crossed'] }],
      watched: ['alarm errors: ALARM in 1 of 2 looks'],
    }));
    const report = await run(pools);
    expect(report.verdict).toBe('rolled-back');
    expect(report.cause).toEqual({
      kind: 'bake-breach',
      step: 'bake',
      summary: 'alarm errors is in ALARM',
      evidence: ['threshold crossed'],
    });
    expect(report.watched).toEqual(['alarm errors: ALARM in 1 of 2 looks']);
    expect(pools.record('moveLatest')).toEqual([]);
    expect(report.services.map(({ state }) => state)).toEqual(['restored', 'restored']);
  });
});
