/**
 * Activity proxies by pool, with every retry policy, time-out and cancellation type in one table.
 *
 * Cancellation types are always explicit: unset, the SDK sends TRY_CANCEL whatever its docs say
 * (facts/temporal.md 1.4). Reads may be abandoned at once; whatever mutates, or owns a child process, is waited for.
 * Which errors are worth another try is said by the errors themselves (non-retryable ApplicationFailures).
 */
import { ActivityCancellationType, type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type {
  BuildActivities,
  ChecksActivities,
  ControlActivities,
  DeployActivities,
  PushActivities,
} from '../activities/contract.ts';
import { buildQueue, TASK_QUEUE } from '../release/names.ts';
import type { Architecture } from '../release/plan.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** A pool that is down is waited for this long before the release gives up on a step that changed nothing. */
const PATIENCE_MS = HOUR;

const READ = {
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: SECOND, backoffCoefficient: 2, maximumInterval: 30 * SECOND },
} as const satisfies ActivityOptions;

const OWNS_PROCESS = {
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  heartbeatTimeout: 20 * SECOND,
  retry: {
    initialInterval: 2 * SECOND,
    backoffCoefficient: 2,
    maximumInterval: 30 * SECOND,
    maximumAttempts: 6,
  },
} as const satisfies ActivityOptions;

const MUTATES = {
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  heartbeatTimeout: 30 * SECOND,
  retry: { initialInterval: SECOND, backoffCoefficient: 2, maximumInterval: 30 * SECOND },
} as const satisfies ActivityOptions;

export const control = proxyActivities<ControlActivities>({
  ...READ,
  taskQueue: TASK_QUEUE.control,
  startToCloseTimeout: 10 * MINUTE,
  scheduleToCloseTimeout: PATIENCE_MS,
  heartbeatTimeout: 30 * SECOND,
});

/** The check's own time limit is kept by the activity; this one only catches an activity that hangs. */
export const checks = (timeoutMs: number): ChecksActivities =>
  proxyActivities<ChecksActivities>({
    ...OWNS_PROCESS,
    taskQueue: TASK_QUEUE.checks,
    startToCloseTimeout: timeoutMs + 30 * MINUTE,
    scheduleToCloseTimeout: timeoutMs + PATIENCE_MS,
  });

export const builds = (architecture: Architecture, timeoutMs: number): BuildActivities =>
  proxyActivities<BuildActivities>({
    ...OWNS_PROCESS,
    taskQueue: buildQueue(architecture),
    startToCloseTimeout: timeoutMs + 5 * MINUTE,
    scheduleToCloseTimeout: timeoutMs + PATIENCE_MS,
  });

/**
 * Only the workers beside one engine poll this queue: nobody there for twelve poll intervals (a minute at the
 * default) means that the host is gone.
 */
export const pushes = (taskQueue: string, pollIntervalMs: number): PushActivities =>
  proxyActivities<PushActivities>({
    ...OWNS_PROCESS,
    taskQueue,
    scheduleToStartTimeout: Math.max(5 * SECOND, 12 * pollIntervalMs),
    startToCloseTimeout: 30 * MINUTE,
  });

const deployReads = proxyActivities<DeployActivities>({
  ...READ,
  taskQueue: TASK_QUEUE.deploy,
  startToCloseTimeout: 24 * HOUR,
  heartbeatTimeout: 30 * SECOND,
});

const deployMutates = proxyActivities<DeployActivities>({
  ...MUTATES,
  taskQueue: TASK_QUEUE.deploy,
  startToCloseTimeout: 30 * MINUTE,
});

/** `latest` is a label: a release that is healthy does not wait for it for ever. */
const deployLabels = proxyActivities<DeployActivities>({
  ...MUTATES,
  taskQueue: TASK_QUEUE.deploy,
  startToCloseTimeout: 2 * MINUTE,
  scheduleToCloseTimeout: 10 * MINUTE,
});

export const deploys: DeployActivities = {
  inspect: deployReads.inspect,
  waitUntilStable: deployReads.waitUntilStable,
  checkHealth: deployReads.checkHealth,
  prepareRollout: deployMutates.prepareRollout,
  updateServices: deployMutates.updateServices,
  moveLatest: deployLabels.moveLatest,
};
