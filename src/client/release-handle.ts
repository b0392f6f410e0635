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
  return (
    (await newest(client, app, environment, "ExecutionStatus = 'Running'")) ??
    (await newest(client, app, environment)) ??
    notFound(`no release of ${which(app, environment)} was found`)
  );
}

/** The one that runs, of several the one that was started last. @throws ReleaseNotFoundError where none runs */
export async function runningRelease(
  client: ReleaseClient,
  app: string | undefined,
  environment: string,
): Promise<FoundRelease> {
  return (
    (await newest(client, app, environment, "ExecutionStatus = 'Running'")) ??
    notFound(`no release of ${which(app, environment)} is running`)
  );
}

/** The newest that ended in anything but success; undefined where every one that Temporal still knows succeeded. */
export async function newestEndedRelease(
  client: ReleaseClient,
  app: string | undefined,
  environment: string,
): Promise<FoundRelease | undefined> {
  return newest(client, app, environment, "ExecutionStatus != 'Running' AND ExecutionStatus != 'Completed'");
}

async function newest(
  client: ReleaseClient,
  app: string | undefined,
  environment: string,
  status?: string,
): Promise<FoundRelease | undefined> {
  const query = [`WorkflowType = '${DEPLOY_WORKFLOW}'`, ...(status === undefined ? [] : [status])].join(
    ' AND ',
  );
  for await (const run of client.temporal.workflow.list({ query })) {
    const [, itsApp, itsEnvironment] = run.workflowId.split('/');
    if (itsEnvironment === environment && (app === undefined || itsApp === app)) {
      return { workflowId: run.workflowId, runId: run.runId };
    }
  }
  return undefined;
}

const which = (app: string | undefined, environment: string): string =>
  app === undefined ? environment : `${app} in ${environment}`;

function notFound(message: string): never {
  throw new ReleaseNotFoundError(message, {
    advice: 'Start one with `slipway deploy`, or give the workflow id.',
  });
}
