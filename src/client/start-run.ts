/** Starts a run of a release's workflow, so that Temporal's UI says what it is and lists find it. */
import { isGrpcServiceError, ServiceError, type WorkflowHandle } from '@temporalio/client';
import { TASK_QUEUE } from '../release/names.ts';
import { type SearchValues, searchPairs } from '../release/search-attributes.ts';
import type { ReleaseClient } from './connect.ts';

/** What makes two starts of the same thing different: kept with the run, so that the second one can be compared. */
export type Terms = Readonly<Record<string, string | boolean>>;

export interface Run {
  readonly workflowType: string;
  readonly workflowId: string;
  readonly request: object;
  readonly terms: Terms;
  readonly summary: string;
  readonly listedBy: SearchValues;
  /** Whether one that has ended may be run again. */
  readonly again: boolean;
}

type Started = WorkflowHandle & { readonly firstExecutionRunId: string };

/**
 * Temporal refuses a start with search attributes that are not registered: then it is one without.
 * @throws WorkflowExecutionAlreadyStartedError where one runs, or has ended and may not be run again
 */
export async function startRun(client: ReleaseClient, run: Run): Promise<Started> {
  try {
    return await start(client, run, run.listedBy);
  } catch (error) {
    const reason = error instanceof ServiceError ? error.cause : error;
    if (!isGrpcServiceError(reason) || reason.code !== INVALID_ARGUMENT) throw error;
    return start(client, run, {});
  }
}

/** Of gRPC. */
const INVALID_ARGUMENT = 3;

const start = (
  { temporal }: ReleaseClient,
  { workflowType, workflowId, request, terms, summary, again }: Run,
  listedBy: SearchValues,
): Promise<Started> =>
  temporal.workflow.start(workflowType, {
    workflowId,
    taskQueue: TASK_QUEUE.control,
    args: [request],
    workflowIdReusePolicy: again ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
    // A running one refuses, which is how we know that we attached.
    workflowIdConflictPolicy: 'FAIL',
    staticSummary: summary,
    memo: { terms },
    typedSearchAttributes: searchPairs(listedBy),
  });
