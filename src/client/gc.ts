/** Clears an environment's unused task definitions away, and waits for what came of it. */
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import { ConfigurationError } from '../errors.ts';
import { GC_WORKFLOW, gcWorkflowId, TASK_QUEUE } from '../release/names.ts';
import type { GcReport, GcRequest } from '../release/requests/gc-request.ts';
import { shellWord } from '../release/shell-word.ts';
import type { ReleaseClient } from './connect.ts';
import { GcFailedError, NoControlWorkerError, RefusedByReleaseError } from './errors.ts';
import { rootFailure, toldBeside } from './failure-causes.ts';

export type GcWish = GcRequest & { readonly app: string };

const TAKEN_WITHIN_MS = 15_000;

/**
 * One at a time for each environment. @throws RefusedByReleaseError where a release has the turn or another one runs
 * already, NoControlWorkerError (it is started all the same, and runs when there is one), ConfigurationError,
 * GcFailedError
 */
export async function collectGarbage(
  { temporal }: ReleaseClient,
  wish: GcWish,
  takenWithinMs = TAKEN_WITHIN_MS,
): Promise<GcReport> {
  const { app, environment } = wish;
  const workflowId = gcWorkflowId(app, environment);
  try {
    const handle = await temporal.workflow.start(GC_WORKFLOW, {
      workflowId,
      taskQueue: TASK_QUEUE.control,
      args: [wish],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      staticSummary: `${app} → ${environment}: clears unused task definitions away`,
    });
    return await resultOf(handle, workflowId, takenWithinMs);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new RefusedByReleaseError(`another gc of ${environment} runs already`, {
      cause: error,
      advice: `Wait for it: temporal workflow result --workflow-id ${shellWord(workflowId)}`,
    });
  }
}

async function resultOf(
  handle: WorkflowHandle,
  workflowId: string,
  takenWithinMs: number,
): Promise<GcReport> {
  let timer: NodeJS.Timeout | undefined;
  const nobody = new Promise<never>((_resolve, reject) => {
    const look = async (): Promise<void> => {
      // Started and scheduled: these two events come from the server itself.
      if ((await handle.describe()).historyLength > 2) return;
      reject(
        new NoControlWorkerError(`no control worker took ${workflowId} within ${takenWithinMs / 1_000} s`, {
          advice: `Start one (slipway worker control): it runs then. Or end it: temporal workflow terminate --workflow-id ${shellWord(workflowId)}`,
        }),
      );
    };
    timer = setTimeout(() => void look().catch(reject), takenWithinMs);
  });
  try {
    return (await Promise.race([handle.result(), nobody])) as GcReport;
  } catch (error) {
    throw asOurs(error, workflowId);
  } finally {
    clearTimeout(timer);
  }
}

function asOurs(error: unknown, workflowId: string): unknown {
  if (!(error instanceof WorkflowFailedError)) return error;
  const failure = rootFailure(error);
  const message = failure?.message ?? error.message;
  if (failure?.type === 'refused') return new RefusedByReleaseError(message, { cause: error });
  if (failure?.type === 'ConfigurationError') return new ConfigurationError(message, { cause: error });
  const { advice } = toldBeside(failure);
  return new GcFailedError(`${workflowId} has failed: ${message}`, {
    cause: error,
    ...(advice === undefined ? {} : { advice }),
  });
}
