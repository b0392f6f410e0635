/** Runs the checks of one commit without a release, and waits for what came of them. */
import {
  ApplicationFailure,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { ConfigurationError } from '../errors.ts';
import {
  type ChecksReport,
  type ChecksRequest,
  type ChecksStatus,
  readChecksReport,
  readChecksRequest,
} from '../release/checks.ts';
import { CHECKS_WORKFLOW, checksWorkflowId, STATUS_QUERY, TASK_QUEUE } from '../release/names.ts';
import type { ReleaseClient } from './connect.ts';
import { ChecksFailedError } from './errors.ts';
import type { FoundRelease } from './find-release.ts';
import type { StartedRelease } from './start-release.ts';

export interface StartChecksRequest extends ChecksRequest {
  readonly app: string;
  /**
   * Also where the commit was checked before. Whoever acts on messages that may come twice, such as webhooks, leaves it
   * out.
   */
  readonly again?: boolean;
}

/**
 * Who calls it for a pull request has decided that its code may run: never by itself for one of a fork.
 *
 * @returns `attached` where they run already – or, without `again`, have run: nothing was started
 * @throws ConfigurationError for an input that means nothing
 */
export async function startChecks(
  { temporal }: ReleaseClient,
  { again = false, ...wanted }: StartChecksRequest,
): Promise<StartedRelease> {
  const { request, problem } = readChecksRequest(wanted);
  if (problem !== null) throw new ConfigurationError(problem);
  const { app } = wanted;
  const { sha, pullRequest } = request;
  const workflowId = checksWorkflowId(app, sha);
  const pull = pullRequest === undefined ? '' : ` · pull request ${pullRequest}`;
  try {
    const handle = await temporal.workflow.start(CHECKS_WORKFLOW, {
      workflowId,
      taskQueue: TASK_QUEUE.control,
      args: [request],
      workflowIdReusePolicy: again ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      staticSummary: `${app} · checks of ${sha.slice(0, 12)}${pull}`,
    });
    return { workflowId, runId: handle.firstExecutionRunId, attached: false };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const { runId } = await temporal.workflow.getHandle(workflowId).describe();
    return { workflowId, runId, attached: true };
  }
}

/** Answered by a control worker; fails where none is there within `timeoutMs`. */
export const checksStatus = (
  { temporal }: ReleaseClient,
  { workflowId, runId }: FoundRelease,
  timeoutMs = 5_000,
): Promise<ChecksStatus> =>
  temporal.withDeadline(Date.now() + timeoutMs, () =>
    temporal.workflow.getHandle(workflowId, runId).query<ChecksStatus>(STATUS_QUERY),
  );

/** @throws ChecksFailedError where they ended without a report (terminated, for example) */
export async function waitForChecks(
  { temporal }: ReleaseClient,
  { workflowId, runId }: FoundRelease,
): Promise<ChecksReport> {
  try {
    const report = readChecksReport(await temporal.workflow.getHandle(workflowId, runId).result());
    if (report) return report;
  } catch (error) {
    const isGone = error instanceof WorkflowNotFoundError;
    if (!isGone && !(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    const report = cause instanceof ApplicationFailure ? readChecksReport(cause.details?.[0]) : undefined;
    if (report) return report;
    const why = cause instanceof Error ? cause.message : error.message;
    throw new ChecksFailedError(`${workflowId} ended without a report: ${why}`, { cause: error });
  }
  throw new ChecksFailedError(`${workflowId} ended without a report`);
}
