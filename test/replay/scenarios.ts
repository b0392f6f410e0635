/** Releases whose histories are kept: one for each verdict that the engine gives today. */
import type { WorkflowHandle } from '@temporalio/client';
import {
  CheckFailedError,
  RefusedByServiceError,
  TransientError,
  UnsafePlanError,
} from '../../src/errors.ts';
import type { Verdict } from '../../src/release/verdict.ts';
import { baselineOf, FakePools, nextOf, untilCancelled, withoutBaselines } from '../fakes/activities.ts';
import { answerRelease } from '../fakes/environment.ts';
import { markOf } from '../fakes/marks.ts';
import { statusWhen, tell } from '../workflow/harness.ts';

export interface Scenario {
  readonly name: string;
  readonly verdict: Verdict;
  readonly pools: () => FakePools;
  /** What people say while it runs. */
  readonly people?: (handle: WorkflowHandle) => Promise<unknown>;
}

const ada = { who: 'ada', reason: 'traffic is odd' };

const crashing = (): FakePools =>
  new FakePools().on('waitUntilStable', async (input, _call, good) =>
    input.rollouts.some((rollout) => rollout.taskDefinition === nextOf('api'))
      ? {
          failures: [
            {
              name: 'api',
              kind: 'task-failed' as const,
              summary: 'exit 1, twice',
              evidence: ['task stopped'],
            },
          ],
        }
      : good(),
  );

export const SCENARIOS: readonly Scenario[] = [
  { name: 'succeeded', verdict: 'succeeded', pools: () => new FakePools() },
  {
    name: 'succeeded-after-retries',
    verdict: 'succeeded',
    pools: () =>
      new FakePools().on('updateServices', async (_input, call, good) => {
        if (call === 1) throw new TransientError('ThrottlingException');
        return good();
      }),
  },
  {
    name: 'failed-check',
    verdict: 'failed',
    pools: () =>
      new FakePools().on('runCheck', async () => {
        throw new CheckFailedError('lint: exit 1');
      }),
  },
  {
    name: 'refused',
    verdict: 'refused',
    pools: () =>
      new FakePools().on('inspect', async () => {
        throw new UnsafePlanError('stuck for ever');
      }),
  },
  {
    name: 'superseded',
    verdict: 'superseded',
    pools: () =>
      new FakePools().on('tellEnvironment', async ({ arrival }, _call, good) => {
        if (!arrival.ready) return good();
        await answerRelease(arrival.entrant.releaseId, {
          kind: 'superseded',
          number: 1,
          by: 2,
          why: 'by release 2 (cccccccccccc)',
        });
      }),
  },
  { name: 'rolled-back', verdict: 'rolled-back', pools: crashing },
  {
    name: 'rolled-back-after-a-stuck-compensation',
    verdict: 'rolled-back',
    pools: () =>
      crashing().on('updateServices', async (_input, call, good) => {
        if (call === 3) throw new RefusedByServiceError('AccessDenied');
        return good();
      }),
  },
  {
    name: 'rollback-failed-on-a-first-deployment',
    verdict: 'rollback-failed',
    pools: () =>
      crashing().on('prepareRollout', async (_input, _call, good) => withoutBaselines(await good())),
  },
  {
    name: 'rollback-failed-after-a-skip',
    verdict: 'rollback-failed',
    pools: () =>
      crashing().on('updateServices', async (input, _call, good) => {
        if (input.updates.some((update) => update.taskDefinition === baselineOf('api'))) {
          throw new RefusedByServiceError('AccessDenied');
        }
        return good();
      }),
    people: async (handle) => {
      await statusWhen(handle, ({ stuck }) => stuck !== null);
      await handle.signal('retry', ada);
      await statusWhen(handle, ({ stuck }) => stuck !== null);
      await tell(handle, 'skip', { ...ada, service: 'api' });
    },
  },
  {
    name: 'rolled-back-by-an-operator-after-a-pause',
    verdict: 'rolled-back',
    pools: () =>
      new FakePools().on('waitUntilStable', async (input, _call, good) =>
        input.rollouts.some((rollout) => rollout.taskDefinition === nextOf('api'))
          ? untilCancelled()
          : good(),
      ),
    people: async (handle) => {
      await handle.signal('pause', ada);
      await tell(handle, 'resume', ada);
      await statusWhen(handle, ({ steps }) =>
        steps.some(({ id, state }) => id === 'stable:2' && state === 'running'),
      );
      await tell(handle, 'rollback', ada);
    },
  },
  {
    name: 'aborted',
    verdict: 'aborted',
    pools: () => new FakePools().on('runCheck', untilCancelled),
    people: async (handle) => {
      await statusWhen(handle, ({ steps }) =>
        steps.some(({ kind, state }) => kind === 'check' && state === 'running'),
      );
      await tell(handle, 'abort', ada);
    },
  },
  {
    name: 'aborted-as-nobody-approved',
    verdict: 'aborted',
    pools: () => new FakePools().plan({ approval: { deadlineMs: 200 } }),
  },
  {
    name: 'succeeded-with-all-that-an-environment-can-ask-for',
    verdict: 'succeeded',
    pools: () =>
      new FakePools().plan({
        approval: { deadlineMs: 600_000 },
        migration: {
          service: 'worker',
          container: 'worker',
          command: ['up'],
          reversible: false,
          timeoutMs: 1_000,
        },
        bake: { durationMs: 1_000, alarms: ['errors'], logs: [] },
      }),
    people: async (handle) => {
      await statusWhen(handle, ({ hold }) => hold?.kind === 'approval');
      await tell(handle, 'approve', ada);
    },
  },
  {
    name: 'rolled-back-by-decision-after-a-migration',
    verdict: 'rolled-back',
    pools: () =>
      crashing().plan({
        migration: {
          service: 'worker',
          container: 'worker',
          command: ['up'],
          reversible: false,
          timeoutMs: 1_000,
        },
      }),
    people: async (handle) => {
      await statusWhen(handle, ({ hold }) => hold?.kind === 'decision');
      await tell(handle, 'rollback', ada);
    },
  },
  {
    name: 'succeeded-after-a-repair',
    verdict: 'succeeded',
    pools: () =>
      new FakePools().on('takeTurn', async ({ app, environment }) => [
        markOf('deploy/shop/1/run', ['api'], { app, environment }),
      ]),
  },
];
