/**
 * Asks what a release of a commit would do: a short workflow that control and the deploy pool answer. Nothing is changed,
 * and no release is started.
 */
import { randomUUID } from 'node:crypto';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import {
  ConfigurationError,
  RefusedByServiceError,
  type SlipwayError,
  type SlipwayErrorOptions,
  TransientError,
} from '../errors.ts';
import { PLAN_WORKFLOW, planWorkflowId, TASK_QUEUE } from '../release/names.ts';
import type { ReleasePreview } from '../release/preview/preview.ts';
import type { ReleaseClient } from './connect.ts';
import { NoControlWorkerError, NoDeployWorkerError, RefusedByReleaseError } from './errors.ts';
import { rootFailure, toldBeside } from './failure-causes.ts';
import type { StartRequest } from './start-release.ts';

const TAKEN_WITHIN_MS = 15_000;

/** A repository that is fetched for the first time, and a hundred services. */
const ANSWERED_WITHIN_MS = 10 * 60_000;

/**
 * @throws ConfigurationError, RefusedByReleaseError (in the words in which the release itself would end before it is
 * planned), RefusedByServiceError, TransientError, NoControlWorkerError, NoDeployWorkerError
 */
export async function planRelease(
  { temporal }: ReleaseClient,
  request: StartRequest,
  takenWithinMs = TAKEN_WITHIN_MS,
): Promise<ReleasePreview> {
  const { app, environment, sha } = request;
  const handle = await temporal.workflow.start(PLAN_WORKFLOW, {
    workflowId: planWorkflowId(app, environment, randomUUID()),
    taskQueue: TASK_QUEUE.control,
    args: [request],
    // Nobody waits for it after that.
    workflowExecutionTimeout: ANSWERED_WITHIN_MS,
    staticSummary: `${app} → ${environment} · ${sha.slice(0, 12)}: what a release would do`,
  });
  const watch = watchTaken(handle, takenWithinMs);
  try {
    return (await Promise.race([handle.result(), watch.nobody])) as ReleasePreview;
  } catch (error) {
    throw watch.givenUp() ?? asOurs(error, handle.workflowId);
  } finally {
    watch.end();
  }
}

interface Watch {
  readonly nobody: Promise<never>;
  /** That it was ended is told by its result as well, and perhaps first. */
  readonly givenUp: () => NoControlWorkerError | undefined;
  readonly end: () => void;
}

/** Rejects where no worker has taken the workflow by then; it is ended, as its answer would be of another time. */
function watchTaken(handle: WorkflowHandle, withinMs: number): Watch {
  let timer: NodeJS.Timeout | undefined;
  let givenUp: NoControlWorkerError | undefined;
  const nobody = new Promise<never>((_resolve, reject) => {
    const look = async (): Promise<void> => {
      // Started and scheduled: these two events come from the server itself.
      if ((await handle.describe()).historyLength > 2) return;
      givenUp = new NoControlWorkerError(
        `no control worker took ${handle.workflowId} within ${Math.round(withinMs / 1_000)} s`,
        { advice: 'Start one (slipway worker control) and ask again.' },
      );
      await handle.terminate('no control worker took it').catch(() => undefined);
      reject(givenUp);
    };
    timer = setTimeout(() => void look().catch(reject), withinMs);
  });
  // Whoever has had an answer does not wait for this one.
  nobody.catch(() => undefined);
  return { nobody, givenUp: () => givenUp, end: () => clearTimeout(timer) };
}

type OurError = new (message: string, options?: SlipwayErrorOptions) => SlipwayError;

/** By the stable `type` of the failure. */
const OURS: Readonly<Record<string, OurError>> = {
  ConfigurationError,
  UnsafePlan: RefusedByReleaseError,
  RefusedByService: RefusedByServiceError,
  Transient: TransientError,
  NoDeployWorker: NoDeployWorkerError,
};

function asOurs(error: unknown, workflowId: string): unknown {
  if (!(error instanceof WorkflowFailedError)) return error;
  const failure = rootFailure(error);
  const Ours = OURS[failure?.type ?? ''];
  if (failure && Ours) {
    return new Ours(failure.message, { cause: error, ...toldBeside(failure) });
  }
  const why = failure?.message ?? error.cause?.message ?? error.message;
  return new TransientError(`the plan could not be made: ${why}`, {
    cause: error,
    advice: toldBeside(failure).advice ?? `What happened: temporal workflow show --workflow-id ${workflowId}`,
  });
}
