/**
 * Starts a release, or attaches to the one that already brings this commit to this environment.
 */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { DEPLOY_WORKFLOW, deployWorkflowId, TASK_QUEUE } from '../release/names.ts';
import type { ReleaseRequest } from '../release/plan.ts';
import type { ReleaseClient } from './connect.ts';

/** `sha` is the full one (40 hex digits), so that one commit has one workflow id. */
export type StartRequest = ReleaseRequest & { readonly app: string };

export interface StartedRelease {
  readonly workflowId: string;
  readonly runId: string;
  /** True where the release was running already and nothing was started. */
  readonly attached: boolean;
}

export async function startRelease(client: ReleaseClient, request: StartRequest): Promise<StartedRelease> {
  const workflowId = deployWorkflowId(request.app, request.environment, request.sha);
  try {
    const handle = await client.temporal.workflow.start(DEPLOY_WORKFLOW, {
      workflowId,
      taskQueue: TASK_QUEUE.control,
      args: [request],
      // A finished release may be run again; a running one refuses, which is how we know that we attached.
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      staticSummary: `${request.app} → ${request.environment} · ${request.sha.slice(0, 12)}`,
    });
    return { workflowId, runId: handle.firstExecutionRunId, attached: false };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const running = await client.temporal.workflow.getHandle(workflowId).describe();
    return { workflowId, runId: running.runId, attached: true };
  }
}
