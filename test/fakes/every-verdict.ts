/** For each verdict pools that lead to it, with one service `api` whose rollout is what goes wrong. */
import { Context } from '@temporalio/activity';
import { CheckFailedError, RefusedByServiceError } from '../../src/errors.ts';
import type { TurnAnswer } from '../../src/release/environment/queue.ts';
import type { Verdict } from '../../src/release/verdict.ts';
import { FakePools, nextOf, untilCancelled, withoutBaselines } from './activities.ts';
import { answerRelease } from './environment.ts';

/** The new version of `api` does not get stable; whatever comes after it does. */
export const crashing = (summary = 'api: exit code 1', evidence: readonly string[] = []): FakePools =>
  new FakePools().on('waitUntilStable', async (input, _call, good) =>
    input.rollouts.some(({ taskDefinition }) => taskDefinition === nextOf('api'))
      ? { failures: [{ name: 'api', kind: 'task-failed' as const, summary, evidence: [...evidence] }] }
      : good(),
  );

/** Its way back is refused: a person is needed. */
export const stuck = (): FakePools =>
  crashing().on('updateServices', (input, _call, good) =>
    input.updates.some(({ name, taskDefinition }) => name === 'api' && taskDefinition !== nextOf('api'))
      ? Promise.reject(new RefusedByServiceError('no such image'))
      : good(),
  );

/** The rollout takes until somebody stops it. */
export const slow = (): FakePools =>
  new FakePools().on('waitUntilStable', async (input, _call, good) =>
    input.rollouts.some(({ taskDefinition }) => taskDefinition === nextOf('api')) ? untilCancelled() : good(),
  );

const answering = (answer: TurnAnswer): FakePools =>
  new FakePools().on('tellEnvironment', async ({ arrival: { entrant } }) =>
    answerRelease(entrant.releaseId, answer),
  );

export const POOLS_FOR: Readonly<Record<Verdict, () => FakePools>> = {
  succeeded: () => new FakePools(),
  failed: () => new FakePools().on('runCheck', () => Promise.reject(new CheckFailedError('2 failed'))),
  'rolled-back': () => crashing(),
  // It never ran before: there is nothing to go back to.
  'rollback-failed': () =>
    crashing().on('prepareRollout', async (_input, _call, good) => withoutBaselines(await good(), 'api')),
  superseded: () => answering({ kind: 'superseded', number: 2, why: 'by release 3', by: 3 }),
  aborted: () =>
    new FakePools().on('runCheck', async () => {
      const { client, info } = Context.current();
      const { workflowId, runId } = info.workflowExecution ?? { workflowId: '', runId: '' };
      await client.workflow.getHandle(workflowId, runId).signal('abort', { who: 'ada' });
      return untilCancelled();
    }),
  refused: () => answering({ kind: 'refused', number: 2, why: 'the environment is frozen' }),
};
