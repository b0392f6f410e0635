/**
 * Finds a release that was started before: by its workflow id, or the newest of an environment.
 */
import { type WorkflowExecutionInfo, WorkflowNotFoundError } from '@temporalio/client';
import { RELEASE_WORKFLOWS } from '../release/names.ts';
import { searchKey } from '../release/search-attributes.ts';
import { shellWord, slipwayCommand } from '../release/shell-word.ts';
import type { ReleaseClient } from './connect.ts';
import { ReleaseNotFoundError } from './errors.ts';

export interface FoundRelease {
  readonly workflowId: string;
  readonly runId: string;
}

export interface ListedRelease extends FoundRelease {
  readonly startedAtMs: number;
}

const RUNNING = "ExecutionStatus = 'Running'";

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
    (await newest(client, app, environment, RUNNING)) ??
    (await newest(client, app, environment)) ??
    notFound(app, environment)
  );
}

/** All that run, the one that was started last first: they wait for each other before they change anything. */
export async function runningReleases(
  client: ReleaseClient,
  app: string | undefined,
  environment: string,
): Promise<readonly ListedRelease[]> {
  const running: ListedRelease[] = [];
  for await (const run of listed(client, app, environment, RUNNING)) running.push(run);
  return running;
}

/** The newest that ended in anything but success; undefined where every one that Temporal still knows succeeded. */
export async function newestEndedRelease(
  client: ReleaseClient,
  app: string | undefined,
  environment: string,
): Promise<FoundRelease | undefined> {
  return newest(client, app, environment, "ExecutionStatus != 'Running' AND ExecutionStatus != 'Completed'");
}

/**
 * Releases of the same environment that have ended with a report since then, the first one first. Of an id that
 * somebody chose, no environment is known: none.
 */
export async function endedSince(
  client: ReleaseClient,
  workflowId: string,
  sinceMs: number,
): Promise<readonly FoundRelease[]> {
  const { app, environment } = placeOf(workflowId);
  if (environment === undefined) return [];
  const since = `ExecutionStatus IN ('Completed', 'Failed') AND CloseTime >= '${new Date(sinceMs).toISOString()}'`;
  const found: FoundRelease[] = [];
  for await (const run of listed(client, app, environment, since)) {
    found.unshift({ workflowId: run.workflowId, runId: run.runId });
  }
  return found;
}

async function newest(
  client: ReleaseClient,
  app: string | undefined,
  environment: string,
  status?: string,
): Promise<FoundRelease | undefined> {
  for await (const { workflowId, runId } of listed(client, app, environment, status)) {
    return { workflowId, runId };
  }
  return undefined;
}

/** Newest first; what Temporal lists lags behind a little. */
async function* listed(
  client: ReleaseClient,
  app: string | undefined,
  environment: string,
  status?: string,
): AsyncGenerator<ListedRelease> {
  const query = [
    `WorkflowType IN (${RELEASE_WORKFLOWS.map((type) => `'${type}'`).join(', ')})`,
    ...(status === undefined ? [] : [status]),
  ].join(' AND ');
  for await (const run of client.temporal.workflow.list({ query })) {
    const its = placeOfRun(run);
    if (its.environment === environment && (app === undefined || its.app === app)) {
      yield { workflowId: run.workflowId, runId: run.runId, startedAtMs: run.startTime.getTime() };
    }
  }
}

interface ReleasePlace {
  readonly app?: string | undefined;
  readonly environment?: string | undefined;
}

/** A release says itself where it goes, whatever somebody has called it; where nothing is indexed, its id is all there is. */
const placeOfRun = ({
  workflowId,
  typedSearchAttributes: said,
}: Pick<WorkflowExecutionInfo, 'workflowId' | 'typedSearchAttributes'>): ReleasePlace => {
  const environment = said.get(searchKey('environment'));
  return environment === undefined ? placeOf(workflowId) : { app: said.get(searchKey('app')), environment };
};

const placeOf = (workflowId: string): ReleasePlace => {
  const [, app, environment] = workflowId.split('/');
  return { app, environment };
};

/** `shop in production`, for messages. */
const which = (app: string | undefined, environment: string): string =>
  app === undefined ? environment : `${app} in ${environment}`;

/** What to do where there is none. */
export const startOne = (app: string | undefined, environment: string): string =>
  `Start one: ${slipwayCommand('deploy', [environment], app === undefined ? [] : [`--app ${shellWord(app)}`])}; or give the workflow id.`;

function notFound(app: string | undefined, environment: string): never {
  throw new ReleaseNotFoundError(`no release of ${which(app, environment)} was found`, {
    advice: startOne(app, environment),
  });
}
