/**
 * Asks an environment how it stands, and freezes it. An environment exists from its first release or freeze on.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ApplicationFailure,
  isGrpcDeadlineError,
  isGrpcServiceError,
  WithStartWorkflowOperation,
  type Workflow,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { EnvironmentStatus } from '../release/environment/status.ts';
import {
  ENVIRONMENT_WORKFLOW,
  environmentSummary,
  environmentWorkflowId,
  STATUS_QUERY,
  TASK_QUEUE,
} from '../release/names.ts';
import { shellWord, slipwayCommand } from '../release/shell-word.ts';
import type { ReleaseClient } from './connect.ts';
import { NoControlWorkerError, RefusedByReleaseError, ReleaseNotFoundError } from './errors.ts';

export interface EnvironmentName {
  readonly app: string;
  readonly environment: string;
}

/** What comes with a freeze; `until` is ISO 8601 with a zone, absent: until somebody ends it. */
export interface FreezeWish {
  readonly reason: string;
  readonly who: string;
  readonly until?: string;
}

const ANSWER_WITHIN_MS = 15_000;

/** @throws ReleaseNotFoundError where nothing was ever released to it, NoControlWorkerError */
export async function environmentStatus(
  client: ReleaseClient,
  name: EnvironmentName,
  timeoutMs = ANSWER_WITHIN_MS,
): Promise<EnvironmentStatus> {
  const handle = client.temporal.workflow.getHandle(idOf(name));
  try {
    return await client.temporal.withDeadline(Date.now() + timeoutMs, () =>
      handle.query<EnvironmentStatus>(STATUS_QUERY),
    );
  } catch (error) {
    throw asOurs(error, name, timeoutMs);
  }
}

/** Resolves with what the environment answered. @throws RefusedByReleaseError, NoControlWorkerError */
export const freezeEnvironment = (
  client: ReleaseClient,
  name: EnvironmentName,
  wish: FreezeWish,
): Promise<string> => update(client, name, 'freeze', [wish]);

/** Resolves with what the environment answered. @throws NoControlWorkerError */
export const unfreezeEnvironment = (client: ReleaseClient, name: EnvironmentName): Promise<string> =>
  update(client, name, 'unfreeze', []);

/** Starts the environment where there is none yet. */
async function update(
  { temporal }: ReleaseClient,
  name: EnvironmentName,
  action: 'freeze' | 'unfreeze',
  args: [FreezeWish?],
): Promise<string> {
  const untilMs = Date.now() + ANSWER_WITHIN_MS;
  for (;;) {
    const startWorkflowOperation = new WithStartWorkflowOperation(ENVIRONMENT_WORKFLOW, {
      workflowId: idOf(name),
      taskQueue: TASK_QUEUE.control,
      args: [name],
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: environmentSummary(name.app, name.environment),
    });
    try {
      return await temporal.withDeadline(untilMs, () =>
        temporal.workflow.executeUpdateWithStart<Workflow, string, [FreezeWish?]>(action, {
          args,
          startWorkflowOperation,
        }),
      );
    } catch (error) {
      if (!isBetweenRuns(error)) throw asOurs(error, name, ANSWER_WITHIN_MS);
      await sleep(BETWEEN_RUNS_MS);
    }
  }
}

/**
 * It has come just when the environment stepped into its next run, and was not taken (`unexpected workflow task
 * failure`: what came in between made Temporal undo the step).
 */
const isBetweenRuns = (error: unknown): boolean =>
  isGrpcServiceError(error) && error.code === FAILED_PRECONDITION;

/** Of gRPC. */
const FAILED_PRECONDITION = 9;
const BETWEEN_RUNS_MS = 100;

const START_ONE = 'Start one (slipway worker control) and ask again.';

const hasCode = (error: unknown, code: number): boolean =>
  error instanceof Error &&
  ((isGrpcServiceError(error) && error.code === code) || hasCode(error.cause, code));

const idOf = ({ app, environment }: EnvironmentName): string => environmentWorkflowId(app, environment);

function asOurs(error: unknown, { app, environment }: EnvironmentName, timeoutMs: number): unknown {
  if (error instanceof WorkflowNotFoundError) {
    return new ReleaseNotFoundError(`nothing was released to ${environment} of ${app} yet`, {
      cause: error,
      advice: `Release something: ${slipwayCommand('deploy', [environment], [`--app ${shellWord(app)}`])}`,
    });
  }
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
    return new RefusedByReleaseError(error.cause.message, { cause: error });
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isGrpcDeadlineError(error)) {
    return new NoControlWorkerError(
      `no control worker answered for ${environment} of ${app} within ${Math.round(timeoutMs / 1_000)} s`,
      { cause: error, advice: START_ONE },
    );
  }
  // The server has given up before we did: it knows that nobody polls.
  if (hasCode(error, FAILED_PRECONDITION)) {
    return new NoControlWorkerError(`no control worker answers for ${environment} of ${app}`, {
      cause: error,
      advice: START_ONE,
    });
  }
  return error;
}
