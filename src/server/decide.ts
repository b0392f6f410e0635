/**
 * What an event of GitHub's means here: which releases or checks it starts, or why none. Pure; whether GitHub has sent it
 * at all has been made sure of before.
 */
import type { z } from 'zod';
import { asksNotToBeDeployed } from '../release/reconcile.ts';
import type { Deployment, ServeConfiguration } from './configuration.ts';
import { by, type Decision, ignored, type WantedRelease } from './decision.ts';
import * as payloads from './payloads.ts';
import { decidePullRequest } from './pull-request.ts';

const EVENTS = ['push', 'workflow_run', 'deployment', 'pull_request'] as const;
type EventName = (typeof EVENTS)[number];

/** @param payload any JSON */
export function decide(event: string, payload: unknown, configuration: ServeConfiguration): Decision {
  if (!isKnown(event)) return ignored(`events other than ${EVENTS.join(', ')} start nothing`);
  switch (event) {
    case 'push':
      return reading(payloads.push, payload, (read) => onPush(read, configuration));
    case 'workflow_run':
      return reading(payloads.workflowRun, payload, (read) => onRun(read, configuration));
    case 'deployment':
      return reading(payloads.deployment, payload, (read) => onDeployment(read, configuration));
    case 'pull_request':
      return reading(payloads.pullRequest, payload, (read) => onPullRequest(read, configuration));
  }
}

const isKnown = (event: string): event is EventName => (EVENTS as readonly string[]).includes(event);

function onPush(read: z.output<typeof payloads.push>, configuration: ServeConfiguration): Decision {
  const ours = rulesOf(configuration, 'push', read.repository.id);
  if (typeof ours === 'string') return ignored(ours);
  if (read.deleted || /^0+$/.test(read.after)) return ignored('the branch was deleted');
  const matching = ours.filter(({ ref }) => ref === read.ref);
  if (matching.length === 0) return ignored('another branch or a tag');
  if (asksNotToBeDeployed(read.head_commit)) return ignored('its message says [skip deploy]');
  return start(matching, read.after, read.repository.pushed_at, by(read.sender, 'push'));
}

function onRun(read: z.output<typeof payloads.workflowRun>, configuration: ServeConfiguration): Decision {
  const ours = rulesOf(configuration, 'workflow_run', read.repository.id);
  if (typeof ours === 'string') return ignored(ours);
  const run = read.workflow_run;
  if (read.action !== 'completed') return ignored('the workflow has not completed');
  if (run.conclusion !== 'success') return ignored('the workflow has not succeeded');
  if (run.head_repository?.id !== read.repository.id) return ignored('the commit is of a fork');
  // Runs for pull requests, schedules or by hand may be of anything.
  if (run.event !== 'push') return ignored('the workflow did not run for a push');
  const onBranch = ours.filter(({ ref }) => ref === `refs/heads/${run.head_branch}`);
  if (onBranch.length === 0) return ignored('another branch or a tag');
  const path = read.workflow?.path;
  const matching = onBranch.filter(
    ({ workflow }) => workflow === undefined || path === `.github/workflows/${workflow}`,
  );
  if (matching.length === 0) return ignored('another workflow');
  if (asksNotToBeDeployed(run.head_commit)) return ignored('its message says [skip deploy]');
  return start(matching, run.head_sha, run.updated_at, by(read.sender, 'workflow_run'));
}

function onDeployment(
  read: z.output<typeof payloads.deployment>,
  configuration: ServeConfiguration,
): Decision {
  const ours = rulesOf(configuration, 'deployment', read.repository.id);
  if (typeof ours === 'string') return ignored(ours);
  const { sha, ref, task, environment, payload, created_at } = read.deployment;
  if (read.action !== 'created') return ignored('not a new deployment');
  if (isOfSlipway(task, payload)) return ignored('Slipway has made this deployment itself');
  // For a job with `environment:` GitHub makes it at once: also where reviewers, or a timer, have to let the job go first.
  if (read.workflow_run !== null && read.workflow_run !== undefined)
    return ignored(
      'a job of Actions has made it, perhaps before it was approved: that is for `on: workflow_run`',
    );
  if (task !== 'deploy') return ignored('another task than deploy');
  const here = ours.filter((rule) => (rule.githubEnvironment ?? rule.environment) === environment);
  if (here.length === 0) return ignored('another environment');
  // By name, in full or short; where it is named by its SHA, control looks whether the branch leads to it.
  const matching = here.filter((rule) => [rule.ref, rule.ref.slice('refs/heads/'.length), sha].includes(ref));
  if (matching.length === 0) return ignored('another branch or a tag');
  return start(matching, sha, created_at, by(read.sender, 'deployment'));
}

function onPullRequest(
  read: z.output<typeof payloads.pullRequest>,
  configuration: ServeConfiguration,
): Decision {
  const { id } = read.repository;
  const rule = configuration.pullRequests.find(({ repository }) => repository === id);
  if (rule) return decidePullRequest(read, rule.app);
  return ignored(isNamed(configuration, id) ? 'its pull requests are not configured' : STRANGER);
}

/** What `src/github` puts on the Deployments that it makes for releases. */
const isOfSlipway = (task: string, payload: unknown): boolean =>
  task === 'slipway' ||
  (typeof payload === 'object' && payload !== null && 'slipway' in payload && payload.slipway === true);

const STRANGER = 'a repository that is not configured';

const isNamed = ({ deployments, pullRequests }: ServeConfiguration, id: number): boolean =>
  [...deployments, ...pullRequests].some(({ repository }) => repository === id);

/** Or why there are none. */
function rulesOf(configuration: ServeConfiguration, on: EventName, id: number): Deployment[] | string {
  if (!isNamed(configuration, id)) return STRANGER;
  const ours = configuration.deployments.filter((rule) => rule.repository === id && rule.on === on);
  return ours.length === 0 ? `nothing is configured to be deployed on ${on}` : ours;
}

const start = (rules: readonly Deployment[], sha: string, atMs: number, startedBy: string): Decision => {
  const releases = rules.map(({ app, environment, ref }) => ({
    app,
    environment,
    sha,
    partOf: ref,
    startedBy,
  }));
  // Two rules may mean the same release: a workflow of two files.
  const isFirst = (one: WantedRelease, index: number): boolean =>
    releases.findIndex((other) => other.app === one.app && other.environment === one.environment) === index;
  return { kind: 'start', releases: releases.filter(isFirst), atMs };
};

function reading<Schema extends z.ZodType>(
  schema: Schema,
  payload: unknown,
  then: (read: z.output<Schema>) => Decision,
): Decision {
  const read = schema.safeParse(payload);
  if (read.success) return then(read.data);
  const paths = read.error.issues.map(({ path }) => path.join('.') || 'the payload').slice(0, 5);
  return { kind: 'malformed', reason: `not as GitHub sends it: ${[...new Set(paths)].join(', ')}` };
}
