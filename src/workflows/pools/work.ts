/** Of the pools that run what a repository says: checks and builds, and pushes beside the engine that has built. */

import type { BuildActivities, ChecksActivities, PushActivities } from '../../activities/contracts/build.ts';
import { buildQueue, TASK_QUEUE } from '../../release/names.ts';
import type { Architecture } from '../../release/plan.ts';
import { MINUTE, OWNS_PROCESS, PATIENCE_MS, SECOND } from './options.ts';
import { poolActivities } from './proxy.ts';

/** The check's own time limit is kept by the activity; this one only catches an activity that hangs. */
export const checks = (timeoutMs: number): ChecksActivities =>
  poolActivities<ChecksActivities>({
    ...OWNS_PROCESS,
    taskQueue: TASK_QUEUE.checks,
    startToCloseTimeout: timeoutMs + 30 * MINUTE,
    scheduleToCloseTimeout: timeoutMs + PATIENCE_MS,
  });

export const builds = (architecture: Architecture, timeoutMs: number): BuildActivities =>
  poolActivities<BuildActivities>({
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
  poolActivities<PushActivities>({
    ...OWNS_PROCESS,
    taskQueue,
    scheduleToStartTimeout: Math.max(5 * SECOND, 12 * pollIntervalMs),
    startToCloseTimeout: 30 * MINUTE,
  });
