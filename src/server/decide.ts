/**
 * What an event of GitHub's means here: which releases it starts, or why none. Pure; whether GitHub has sent it at all has
 * been made sure of before.
 */
import type { z } from 'zod';
import { asksNotToBeDeployed } from '../release/reconcile.ts';
import type { Deployment, ServeConfiguration } from './configuration.ts';
import * as payloads from './payloads.ts';

export interface Wanted {
  readonly app: string;
  readonly environment: string;
  readonly sha: string;
  /** The branch that has to lead to the commit. */
  readonly partOf: string;
  readonly startedBy: string;
}

export type Decision =
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'malformed'; readonly reason: string }
  | { readonly kind: 'start'; readonly releases: readonly Wanted[]; readonly atMs: number };

const EVENTS = ['push', 'workflow_run', 'deployment'] as const;
type EventName = (typeof EVENTS)[number];

/** @param payload any JSON */
export function decide(event: string, payload: unknown, configuration: ServeConfiguration): Decision {
  if (!isKnown(event)) return ignored(`events other than ${EVENTS.join(', ')} start nothing`);
  const rules = configuration.deployments;
  if (event === 'push') return reading(payloads.push, payload, (read) => onPush(read, rules));
  if (event === 'workflow_run') return reading(payloads.workflowRun, payload, (read) => onRun(read, rules));
  return reading(payloads.deployment, payload, (read) => onDeployment(read, rules));
}

const isKnown = (event: string): event is EventName => (EVENTS as readonly string[]).includes(event);

function onPush(read: z.output<typeof payloads.push>, rules: readonly Deployment[]): Decision {
  const ours = rulesOf(rules, 'push', read.repository.id);
  if (typeof ours === 'string') return ignored(ours);
  if (read.deleted || /^0+$/.test(read.after)) return ignored('the branch was deleted');
  const matching = ours.filter(({ ref }) => ref === read.ref);
  if (matching.length === 0) return ignored('another branch or a tag');
  if (asksNotToBeDeployed(read.head_commit)) return ignored('its message says [skip deploy]');
  return start(matching, read.after, read.repository.pushed_at, by(read.sender, 'push'));
}

function onRun(read: z.output<typeof payloads.workflowRun>, rules: readonly Deployment[]): Decision {
  const ours = rulesOf(rules, 'workflow_run', read.repository.id);
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

function onDeployment(read: z.output<typeof payloads.deployment>, rules: readonly Deployment[]): Decision {
  const ours = rulesOf(rules, 'deployment', read.repository.id);
  if (typeof ours === 'string') return ignored(ours);
  const { sha, ref, task, environment, payload, created_at } = read.deployment;
  if (read.action !== 'created') return ignored('not a new deployment');
  if (isOfSlipway(task, payload)) return ignored('Slipway has made this deployment itself');
  if (task !== 'deploy') return ignored('another task than deploy');
  const here = ours.filter((rule) => (rule.githubEnvironment ?? rule.environment) === environment);
  if (here.length === 0) return ignored('another environment');
  // By name, in full or short; where it is named by its SHA, control looks whether the branch leads to it.
  const matching = here.filter((rule) => [rule.ref, rule.ref.slice('refs/heads/'.length), sha].includes(ref));
  if (matching.length === 0) return ignored('another branch or a tag');
  return start(matching, sha, created_at, by(read.sender, 'deployment'));
}

/** What `src/github` puts on the Deployments that it makes for releases. */
const isOfSlipway = (task: string, payload: unknown): boolean =>
  task === 'slipway' ||
  (typeof payload === 'object' && payload !== null && 'slipway' in payload && payload.slipway === true);

/** Or why there are none. */
function rulesOf(rules: readonly Deployment[], on: EventName, repository: number): Deployment[] | string {
  const known = rules.filter((rule) => rule.repository === repository);
  if (known.length === 0) return 'a repository that is not configured';
  const ours = known.filter((rule) => rule.on === on);
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
  const isFirst = (one: Wanted, index: number): boolean =>
    releases.findIndex((other) => other.app === one.app && other.environment === one.environment) === index;
  return { kind: 'start', releases: releases.filter(isFirst), atMs };
};

/** A claim for the report. GitHub's user names are letters, digits and hyphens; apps end with `[bot]`. */
const by = (sender: { readonly login: string } | undefined, event: EventName): string => {
  const login = /^[\w-]{1,60}(?:\[bot\])?$/.exec(sender?.login ?? '')?.[0] ?? 'somebody';
  return `${login} (GitHub ${event})`;
};

const ignored = (reason: string): Decision => ({ kind: 'ignored', reason });

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
