/**
 * What the proxies of all pools share. Each pool has a file of its own beside this one, with every retry policy,
 * time-out and cancellation type of its activities.
 *
 * Cancellation types are always explicit: unset, the SDK sends TRY_CANCEL whatever its docs say
 * (facts/temporal.md 1.4). Reads may be abandoned at once; whatever mutates, or owns a child process, is waited for.
 * Which errors are worth another try is said by the errors themselves (non-retryable ApplicationFailures).
 */
import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/**
 * Of short work without a heartbeat. One that a dying worker had taken is begun again after that; a slow store or Temporal
 * has as long as ever, attempt by attempt.
 */
export const SOON = 15 * SECOND;

/** A pool that is down is waited for this long before the release gives up on a step that changed nothing. */
export const PATIENCE_MS = HOUR;

export const retryFrom = (firstMs: number, longestMs: number) => ({
  initialInterval: firstMs,
  backoffCoefficient: 2,
  maximumInterval: longestMs,
});

export const READ = {
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: retryFrom(SECOND, 30 * SECOND),
} as const satisfies ActivityOptions;

export const OWNS_PROCESS = {
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  heartbeatTimeout: 20 * SECOND,
  retry: { ...retryFrom(2 * SECOND, 30 * SECOND), maximumAttempts: 6 },
} as const satisfies ActivityOptions;

/** A person waits for the answer: whoever does not give one soon is not waited for. */
export const QUESTION = {
  ...READ,
  startToCloseTimeout: 30 * SECOND,
  scheduleToCloseTimeout: MINUTE,
} as const satisfies ActivityOptions;
