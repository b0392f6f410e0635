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

export const STATUS_QUERY = 'status';
