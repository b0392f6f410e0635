/**
 * Names shared by starters, workflows and workers: task queues, workflow ids, message names.
 */
import type { Architecture } from './plan.ts';

export const TASK_QUEUE = {
  control: 'slipway-control',
  deploy: 'slipway-deploy',
  checks: 'slipway-checks',
} as const;

export const buildQueue = (architecture: Architecture): string => `slipway-build-${architecture}`;

/** The queue of one Docker engine: only workers beside that engine can push what it has built. */
export const engineQueue = (engineId: string): string =>
  `slipway-engine-${engineId.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;

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

/** To the environment, from a release that is on the way to its turn. */
export const ARRIVAL_SIGNAL = 'arrival';

/** To a release: how it stands in the queue of its environment. */
export const TURN_SIGNAL = 'turn';

/** A release is `<workflow id>/<first run id>` for as long as it lives; workflow ids may hold slashes. */
export const workflowIdOf = (releaseId: string): string => releaseId.slice(0, releaseId.lastIndexOf('/'));

export const STATUS_QUERY = 'status';
