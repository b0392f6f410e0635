/** Releases whose histories are kept: one for each verdict that the engine gives today. */
import {
  CheckFailedError,
  RefusedByServiceError,
  TransientError,
  UnsafePlanError,
} from '../../src/errors.ts';
import type { Verdict } from '../../src/release/verdict.ts';
import { FakePools, nextOf, withoutBaselines } from '../fakes/activities.ts';

export interface Scenario {
  readonly name: string;
  readonly verdict: Verdict;
  readonly pools: () => FakePools;
}

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
    name: 'rollback-failed',
    verdict: 'rollback-failed',
    pools: () =>
      crashing().on('prepareRollout', async (_input, _call, good) => withoutBaselines(await good())),
  },
];
