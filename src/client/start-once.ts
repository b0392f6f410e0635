/**
 * Starts a release unless its commit was released to that environment before: for whoever may be told the same thing
 * twice. People start with `startRelease`, which runs a finished one again.
 */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { DEPLOY_WORKFLOW, deployWorkflowId } from '../release/names.ts';
import type { ReleaseClient } from './connect.ts';
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
