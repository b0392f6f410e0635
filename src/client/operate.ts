/**
 * Says something to a running release: as an update, which a control worker answers at once – or refuses, with words
 * that say why. What may be said when is decided by src/release/operator.ts.
 */
import {
  ApplicationFailure,
  isGrpcDeadlineError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { OperatorAction, OperatorNote } from '../release/operator.ts';
import { shellWord, slipwayCommand } from '../release/shell-word.ts';
import type { ReleaseClient } from './connect.ts';
import { NoControlWorkerError, RefusedByReleaseError, ReleaseNotFoundError } from './errors.ts';
import type { FoundRelease } from './find-release.ts';

/**
 * Resolves with what the release answered. `note.id` makes a repetition harmless.
 * @throws RefusedByReleaseError, ReleaseNotFoundError (also where it has ended), NoControlWorkerError
 */
export async function operate(
  client: ReleaseClient,
  release: FoundRelease,
  action: OperatorAction,
  note: OperatorNote,
  timeoutMs = 15_000,
): Promise<string> {
  const handle = client.temporal.workflow.getHandle(release.workflowId, release.runId);
  try {
    return await client.temporal.withDeadline(Date.now() + timeoutMs, () =>
      handle.executeUpdate<string, [OperatorNote]>(action, { args: [note] }),
    );
  } catch (error) {
    throw asOurs(error, release, action, note, timeoutMs);
  }
}

function asOurs(
  error: unknown,
  { workflowId }: FoundRelease,
  action: OperatorAction,
  note: OperatorNote,
  timeoutMs: number,
): unknown {
  if (error instanceof WorkflowUpdateFailedError) {
    const { cause } = error;
    if (cause instanceof ApplicationFailure && cause.type === 'NotNow') {
      return new RefusedByReleaseError(`${workflowId} does not take ${action}: ${cause.message}`, {
        cause: error,
        advice: `How it stands: ${slipwayCommand('why', [workflowId])}`,
      });
    }
    const why = cause?.message ?? error.message;
    return new RefusedByReleaseError(`${workflowId} did not take ${action}: ${why}`, {
      cause: error,
      advice:
        'A release that was started by an older Slipway does not know every word: temporal workflow signal reaches it.',
    });
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isGrpcDeadlineError(error)) {
    const signal = `temporal workflow signal --workflow-id ${shellWord(workflowId)} --name ${action} --input ${shellWord(JSON.stringify(note))}`;
    return new NoControlWorkerError(
      `no control worker answered for ${workflowId} within ${Math.round(timeoutMs / 1_000)} s; ${action} may still arrive, or may not`,
      {
        cause: error,
        advice: `Start one (slipway worker control) and ask again, or leave the message for it: ${signal}`,
      },
    );
  }
  if (error instanceof WorkflowNotFoundError) {
    return new ReleaseNotFoundError(
      `${workflowId} has ended, or there is no such release: nothing takes ${action}`,
      {
        cause: error,
        advice: `How it ended: ${slipwayCommand('why', [workflowId])}`,
      },
    );
  }
  return error;
}
