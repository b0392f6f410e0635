/** Of the control pool: telling GitHub, and the checks of pull requests. No release waits for any of it. */
import { ActivityCancellationType } from '@temporalio/workflow';
import type { CheckSourceActivities } from '../../activities/contracts/checks.ts';
import type { GitHubActivities } from '../../activities/contracts/github.ts';
import { TASK_QUEUE } from '../../release/names.ts';
import { HOUR, MINUTE, PATIENCE_MS, READ, retryFrom, SECOND, SOON } from './options.ts';
import { poolActivities } from './proxy.ts';

/** An attempt that has begun is waited for: what it still sends must not arrive after what comes next. */
const TELL = {
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  taskQueue: TASK_QUEUE.telling,
  startToCloseTimeout: 2 * MINUTE,
  heartbeatTimeout: 20 * SECOND,
} as const;

/** What is under way is news for an hour at most; a newer picture ends it sooner. */
export const tells = poolActivities<Pick<GitHubActivities, 'tellGitHub'>>({
  ...TELL,
  retry: retryFrom(SECOND, 5 * MINUTE),
  scheduleToCloseTimeout: HOUR,
});

/** The last word is worth half a day of an outage: some ninety attempts. */
export const tellsTheEnd = poolActivities<Pick<GitHubActivities, 'tellGitHub'>>({
  ...TELL,
  retry: retryFrom(SECOND, 10 * MINUTE),
  scheduleToCloseTimeout: 12 * HOUR,
});

/**
 * Without heartbeats, each of which would be an action: a worker that is killed is noticed when the wait is over, one that
 * stops hands the wait on.
 */
export const awaitsEndOf = (forMs: number): Pick<GitHubActivities, 'awaitEnd'> =>
  poolActivities<Pick<GitHubActivities, 'awaitEnd'>>({
    ...READ,
    taskQueue: TASK_QUEUE.telling,
    startToCloseTimeout: forMs + MINUTE,
  });

export const checkSource = poolActivities<Pick<CheckSourceActivities, 'readChecks'>>({
  ...READ,
  taskQueue: TASK_QUEUE.proposals,
  startToCloseTimeout: 10 * MINUTE,
  // Many pull requests may be pushed at once, and have to wait for each other.
  scheduleToCloseTimeout: 6 * PATIENCE_MS,
  heartbeatTimeout: 30 * SECOND,
});

/** Runs of older commits that go on are a waste, not a mistake. */
export const olderChecks = poolActivities<Pick<CheckSourceActivities, 'endOlderChecks'>>({
  ...READ,
  retry: { ...READ.retry, maximumAttempts: 3 },
  taskQueue: TASK_QUEUE.telling,
  startToCloseTimeout: SOON,
  scheduleToCloseTimeout: MINUTE,
});
