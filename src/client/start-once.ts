/**
 * Starts a release unless its commit was released to that environment before, and checks unless it was checked before: for
 * whoever may be told the same thing twice. People start with `startRelease` and `startChecks`, which run finished ones
 * again.
 */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { DEPLOY_WORKFLOW, deployWorkflowId } from '../release/names.ts';
import { type StartChecksRequest, startChecks, waitForChecks } from './checks.ts';
import type { ReleaseClient } from './connect.ts';
import { ChecksFailedError } from './errors.ts';
import type { FoundRelease } from './find-release.ts';
import { type StartRequest, summaryOf } from './start-release.ts';
import { startRun } from './start-run.ts';

export interface OnceStarted {
  readonly workflowId: string;
  /** Whether this call has started it, it ran already, or it had ended; as far back as Temporal remembers. */
  readonly state: 'started' | 'running' | 'ended';
}

/** Errors: those of Temporal's client. */
export async function startReleaseOnce(client: ReleaseClient, request: StartRequest): Promise<OnceStarted> {
  const { app, environment, sha } = request;
  const workflowId = deployWorkflowId(app, environment, sha);
  try {
    await startRun(client, {
      workflowType: DEPLOY_WORKFLOW,
      workflowId,
      request,
      terms: {},
      summary: summaryOf(request),
      listedBy: { app, environment, commit: sha },
      again: false,
    });
    return { workflowId, state: 'started' };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const { status } = await client.temporal.workflow.getHandle(workflowId).describe();
    return { workflowId, state: status.name === 'RUNNING' ? 'running' : 'ended' };
  }
}

/**
 * A newer push ends the checks of the commit before; where the branch is pushed back to that one, they have to be run after
 * all. A message that comes again is told from such a push by its time: it is older than the run that it has started.
 * @param askedAtMs when that happened which asks for the checks. Errors: those of Temporal's client.
 */
export async function startChecksOnce(
  client: ReleaseClient,
  request: Omit<StartChecksRequest, 'again'>,
  askedAtMs: number,
): Promise<OnceStarted> {
  const first = await startChecks(client, request);
  const { workflowId, runId } = first;
  if (!first.attached) return { workflowId, state: 'started' };
  const { status, startTime } = await client.temporal.workflow.getHandle(workflowId, runId).describe();
  if (status.name === 'RUNNING') return { workflowId, state: 'running' };
  const isLater = askedAtMs > startTime.getTime();
  if (!isLater || !(await wereCancelled(client, first))) return { workflowId, state: 'ended' };
  const second = await startChecks(client, { ...request, again: true });
  return { workflowId, state: second.attached ? 'running' : 'started' };
}

async function wereCancelled(client: ReleaseClient, run: FoundRelease): Promise<boolean> {
  try {
    return (await waitForChecks(client, run)).verdict === 'cancelled';
  } catch (error) {
    if (error instanceof ChecksFailedError) return false;
    throw error;
  }
}
