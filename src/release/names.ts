/**
 * Names shared by starters, workflows and workers: task queues, workflow ids, message names.
 */
import type { Architecture } from './plan.ts';
import { isWellFormed } from './well-formed.ts';

export const TASK_QUEUE = {
  control: 'slipway-control',
  /** Of the control workers as well: what tells GitHub. However many wait there, no release waits behind them. */
  telling: 'slipway-control-telling',
  /** And what fetches the commits of pull requests: few at a time, as releases fetch from the same repository. */
  proposals: 'slipway-control-proposals',
  deploy: 'slipway-deploy',
  checks: 'slipway-checks',
} as const;

export const buildQueue = (architecture: Architecture): string => `slipway-build-${architecture}`;

/** The queue of one Docker engine: only workers beside that engine can push what it has built. */
export const engineQueue = (engineId: string): string =>
  `slipway-engine-${engineId.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;

/** @param name of an environment's own deploy workers; absent: the common ones */
export const deployQueue = (name: string | undefined): string =>
  name === undefined ? TASK_QUEUE.deploy : `${TASK_QUEUE.deploy}-${name}`;

export const DEPLOY_WORKFLOW = 'deploy';

export const deployWorkflowId = (app: string, environment: string, sha: string): string =>
  `deploy/${app}/${environment}/${sha}`;

export const ROLLBACK_WORKFLOW = 'rollback';

/** @param to number of the release to go back to, or what was said instead */
export const rollbackWorkflowId = (app: string, environment: string, to: number | string): string =>
  `rollback/${app}/${environment}/${to}`;

/** What the runs of both are: releases. */
export const RELEASE_WORKFLOWS = [DEPLOY_WORKFLOW, ROLLBACK_WORKFLOW] as const;

export const GC_WORKFLOW = 'gc';

/** One at a time for each environment. */
export const gcWorkflowId = (app: string, environment: string): string => `gc/${app}/${environment}`;

export const ENVIRONMENT_WORKFLOW = 'environment';

export const environmentWorkflowId = (app: string, environment: string): string =>
  `environment/${app}/${environment}`;

/** Asks ECS how the services of an environment stand beside what the ledger says. */
export const SURVEY_WORKFLOW = 'survey';

export const surveyWorkflowId = (app: string, environment: string): string => `survey/${app}/${environment}`;

/** Short ones, each of which answers one question about an environment's past: `ledger/<app>/<environment>/<any>`. */
export const LEDGER_WORKFLOW = 'ledger';

export const ledgerWorkflowId = (app: string, environment: string, any: string): string =>
  `ledger/${app}/${environment}/${any}`;

/** The checks of one commit, without a release: what pull requests get. */
export const CHECKS_WORKFLOW = 'checks';

export const checksWorkflowId = (app: string, sha: string): string => `checks/${app}/${sha}`;

/** Tells GitHub how a release, or the checks of a commit, stand; lives on by itself while GitHub is away. */
export const NOTIFY_WORKFLOW = 'notify';

/**
 * @param runId of what is told about: `<workflow id>/<first run id>`. A workflow id may be as long as Temporal allows, so
 * that there is no room for more: then the run id alone, which nothing else has.
 */
export const notifyWorkflowId = (runId: string): string => {
  const whole = `${NOTIFY_WORKFLOW}/${runId}`;
  return isWorkflowId(whole) ? whole : `${NOTIFY_WORKFLOW}/${runId.slice(runId.lastIndexOf('/') + 1)}`;
};

/** To that one: what GitHub is to show now. */
export const PICTURE_SIGNAL = 'picture';

/** Short ones, each of which reads one page of a log: `logs/<app>/<environment>/<any>`. */
export const LOGS_WORKFLOW = 'logs';

export const logsWorkflowId = (app: string, environment: string, any: string): string =>
  `logs/${app}/${environment}/${any}`;

/** Starts what a lost webhook delivery has missed. */
export const RECONCILE_WORKFLOW = 'reconcile';

/** The same for pull requests. */
export const RECONCILE_PULLS_WORKFLOW = 'reconcilePulls';

/** Of the schedules, and with a time behind it of their runs. */
export const RECONCILE_PREFIX = 'reconcile/';

export const DEFAULT_RECEIVER = 'default';

/** `reconcile/<app>/<environment>/refs/heads/<branch>`, and `@<name>` where another receiver than the default one keeps it. */
export const reconcileScheduleId = (
  { app, environment, ref }: { readonly app: string; readonly environment: string; readonly ref: string },
  receiver: string,
): string => `${RECONCILE_PREFIX}${app}/${environment}/${ref}${keptBy(receiver)}`;

/** `reconcile/<app>/pull-requests`, and the same behind it. */
export const reconcilePullsScheduleId = (app: string, receiver: string): string =>
  `${RECONCILE_PREFIX}${app}/pull-requests${keptBy(receiver)}`;

/** No name of a branch has an `@` here. */
const keptBy = (receiver: string): string => (receiver === DEFAULT_RECEIVER ? '' : `@${receiver}`);

/** Says what a release would do, without one: `plan/<app>/<environment>/<any>`. */
export const PLAN_WORKFLOW = 'plan';

export const planWorkflowId = (app: string, environment: string, any: string): string =>
  `plan/${app}/${environment}/${any}`;

/** To the environment, from a release that is on the way to its turn. */
export const ARRIVAL_SIGNAL = 'arrival';

/** To the environment, from whoever watches the release that has the turn: whether anybody works on it. */
export const ATTENDANCE_SIGNAL = 'attendance';

/** To a release: how it stands in the queue of its environment. */
export const TURN_SIGNAL = 'turn';

/** A release is `<workflow id>/<first run id>` for as long as it lives; workflow ids may hold slashes. */
export const workflowIdOf = (releaseId: string): string =>
  releaseId.slice(0, Math.max(0, releaseId.lastIndexOf('/')));

/** Temporal's own limit by default, in bytes. A command of a workflow that is beyond it fails the workflow task for ever. */
export const LONGEST_WORKFLOW_ID = 1_000;

/** Whether Temporal takes it. */
export const isWorkflowId = (id: string): boolean =>
  id !== '' && isWellFormed(id) && new TextEncoder().encode(id).length <= LONGEST_WORKFLOW_ID;

export const STATUS_QUERY = 'status';

/** Of a release: its report, as far as it has come. */
export const REPORT_QUERY = 'report';

/** Beside the environment's workflow, as Temporal lists it. */
export const environmentSummary = (app: string, environment: string): string =>
  `${app} → ${environment}: whose turn it is, and what was released`;

/** Of an environment: what would become of a release that came now. */
export const FORESEE_QUERY = 'foresee';
