/**
 * The Deployment of a release, and its statuses. All of it may be done again after an answer that was lost: the
 * deployment is found by its payload, and nothing is said twice, or after the last word.
 */
import type { DeploymentStatus, GitHubSubject } from '../release/github-status.ts';
import type { GitHubClient } from './client.ts';
import { describe } from './description.ts';
import { fieldsOf } from './failures.ts';

const TASK = 'deploy';

export interface TellDeployment {
  readonly subject: GitHubSubject;
  readonly status: DeploymentStatus;
  /** Null: not known (yet). */
  readonly deploymentId: number | null;
  /** Where a person can follow it. */
  readonly logUrl?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @returns the deployment's id. Errors: TransientError, RefusedByServiceError, ConfigurationError */
export async function tellDeployment(github: GitHubClient, input: TellDeployment): Promise<number> {
  const { subject, status, logUrl, signal } = input;
  const { repository } = subject;
  const id =
    input.deploymentId ?? (await find(github, subject, signal)) ?? (await create(github, subject, signal));
  const description = describe(status.description);
  if (await isSaid(github, repository, id, { state: status.state, description }, signal)) return id;
  await github.ask(repository, {
    method: 'POST',
    path: `/deployments/${id}/statuses`,
    signal,
    body: {
      state: status.state,
      description,
      // Earlier deployments of the environment that succeeded are shown as no longer active.
      auto_inactive: true,
      ...(logUrl !== undefined && { log_url: logUrl }),
    },
  });
  return id;
}

async function find(
  github: GitHubClient,
  subject: GitHubSubject,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const query = new URLSearchParams({
    sha: subject.sha,
    task: TASK,
    environment: subject.label,
    per_page: '100',
  });
  const listed = await github.ask(subject.repository, {
    method: 'GET',
    path: `/deployments?${query}`,
    signal,
  });
  const ours = (Array.isArray(listed) ? listed : [])
    .map(fieldsOf)
    .filter(({ payload }) => markOf(payload) === subject.runId)
    .map(({ id }) => Number(id))
    .sort((a, b) => a - b);
  return ours[0];
}

/** GitHub hands a payload back as an object, or as the text of one. */
function markOf(payload: unknown): unknown {
  let value = payload;
  try {
    if (typeof payload === 'string') value = JSON.parse(payload);
  } catch {
    return undefined;
  }
  return fieldsOf(fieldsOf(value).slipway).release;
}

async function create(github: GitHubClient, subject: GitHubSubject, signal?: AbortSignal): Promise<number> {
  const { repository, sha, label, environment, runId, app } = subject;
  const made = await github.ask(repository, {
    method: 'POST',
    path: '/deployments',
    signal,
    body: {
      ref: sha,
      task: TASK,
      environment: label,
      // Neither merges the default branch into the commit, nor waits for anybody's status: ours is one of them.
      auto_merge: false,
      required_contexts: [],
      transient_environment: false,
      description: describe(`slipway: ${app} to ${environment}`),
      payload: { slipway: { release: runId, app, environment } },
    },
  });
  return Number(fieldsOf(made).id);
}

type Said = Pick<DeploymentStatus, 'state' | 'description'>;

const isOpen = (state: unknown): boolean =>
  state === 'queued' || state === 'in_progress' || state === 'pending';

/** The same words are not said twice, and nothing but another end after the end. */
async function isSaid(
  github: GitHubClient,
  repository: string,
  id: number,
  wanted: Said,
  signal?: AbortSignal,
): Promise<boolean> {
  const path = `/deployments/${id}/statuses?per_page=100`;
  const listed = await github.ask(repository, { method: 'GET', path, signal });
  const said = (Array.isArray(listed) ? listed : [])
    .map(fieldsOf)
    .sort((a, b) => Number(a.id) - Number(b.id));
  const isSame = ({ state, description }: Readonly<Record<string, unknown>>): boolean =>
    state === wanted.state && description === wanted.description;
  if (!isOpen(wanted.state)) return said.some(isSame);
  const newest = said.at(-1);
  return newest !== undefined && (!isOpen(newest.state) || isSame(newest));
}
