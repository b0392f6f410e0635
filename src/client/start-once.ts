/**
 * Starts a release unless its commit was released to that environment before: for whoever may be told the same thing
 * twice. People start with `startRelease`, which runs a finished one again.
 */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { DEPLOY_WORKFLOW, deployWorkflowId, TASK_QUEUE } from '../release/names.ts';
import type { ReleaseClient } from './connect.ts';
import { type StartRequest, summaryOf } from './start-release.ts';

export interface OnceStarted {
  readonly workflowId: string;
  /** Whether this call has started it, it ran already, or it had ended; as far back as Temporal remembers. */
  readonly state: 'started' | 'running' | 'ended';
}

/** Errors: those of Temporal's client. */
export async function startReleaseOnce(
  { temporal }: ReleaseClient,
  request: StartRequest,
): Promise<OnceStarted> {
  const workflowId = deployWorkflowId(request.app, request.environment, request.sha);
  try {
    await temporal.workflow.start(DEPLOY_WORKFLOW, {
      workflowId,
      taskQueue: TASK_QUEUE.control,
      args: [request],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      staticSummary: summaryOf(request),
      memo: { terms: {} },
    });
    return { workflowId, state: 'started' };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const { status } = await temporal.workflow.getHandle(workflowId).describe();
    return { workflowId, state: status.name === 'RUNNING' ? 'running' : 'ended' };
  }
}
