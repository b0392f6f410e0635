/**
 * Finds a release that was started before: by its workflow id, or the newest of an environment.
 */
import { WorkflowNotFoundError } from '@temporalio/client';
import { DEPLOY_WORKFLOW } from '../release/names.ts';
import type { ReleaseClient } from './connect.ts';
import { ReleaseNotFoundError } from './errors.ts';

export interface FoundRelease {
  readonly workflowId: string;
  readonly runId: string;
}

/** @throws ReleaseNotFoundError */
export async function findRelease(client: ReleaseClient, workflowId: string): Promise<FoundRelease> {
  try {
    const found = await client.temporal.workflow.getHandle(workflowId).describe();
    return { workflowId, runId: found.runId };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new ReleaseNotFoundError(`there is no release ${workflowId}`, { cause: error });
  }
}

/** The release of an environment that was started last, running ones first. @throws ReleaseNotFoundError */
export async function newestRelease(
  client: ReleaseClient,
  app: string | undefined,
  environment: string,
): Promise<FoundRelease> {
  const ours = `WorkflowType = '${DEPLOY_WORKFLOW}'`;
  for (const query of [`${ours} AND ExecutionStatus = 'Running'`, ours]) {
    for await (const run of client.temporal.workflow.list({ query })) {
      const [, itsApp, itsEnvironment] = run.workflowId.split('/');
      if (itsEnvironment === environment && (app === undefined || itsApp === app)) {
        return { workflowId: run.workflowId, runId: run.runId };
      }
    }
  }
  const which = app === undefined ? environment : `${app} in ${environment}`;
  throw new ReleaseNotFoundError(`no release of ${which} was found`, {
    advice: 'Start one with `slipway deploy`, or give the workflow id.',
  });
}
