/**
 * The one place where our errors become Temporal's: `type` and retryability go over as they are, evidence and
 * advice as the first detail, where workflows find them (src/workflows/release-failure.ts).
 */
import {
  ApplicationFailure,
  activityInfo,
  CancelledFailure,
  CompleteAsyncError,
  log,
} from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { SlipwayError, TransientError } from '../errors.ts';
import { isWellFormed, wellFormed } from '../release/well-formed.ts';

/** What is quoted in it may be anybody's: half a character would end the worker (src/release/well-formed.ts). */
export const toTemporalFailure = (error: unknown): unknown => {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (!isWellFormed(each.message)) each.message = wellFormed(each.message);
    if (each.stack !== undefined && !isWellFormed(each.stack)) each.stack = wellFormed(each.stack);
  }
  return asTemporalFailure(error);
};

const asTemporalFailure = (error: unknown): unknown => {
  if (error instanceof SlipwayError) {
    const { type, message, retryable, evidence, advice, cause } = error;
    return ApplicationFailure.create({
      type,
      message,
      nonRetryable: !retryable,
      ...(error instanceof TransientError &&
        error.retryAfterMs !== undefined && { nextRetryDelay: error.retryAfterMs }),
      details: [{ evidence, ...(advice === undefined ? {} : { advice }) }],
      ...(cause instanceof Error ? { cause } : {}),
    });
  }
  // A worker that shuts down cancels its activities; for the release that is no cancellation but a lost worker.
  if (error instanceof CancelledFailure && error.message === 'WORKER_SHUTDOWN') {
    return ApplicationFailure.retryable('the worker was shut down', 'WorkerShutdown');
  }
  // A bug of ours: no retry mends it, and an hour of retries would hide it.
  if (error instanceof Error && BUGS.has(error.name)) {
    return ApplicationFailure.create({
      type: 'InternalError',
      message: `a bug in Slipway: ${error.name}: ${error.message}`,
      nonRetryable: true,
      details: [{ evidence: (error.stack ?? '').split('\n').slice(0, 5) }],
      cause: error,
    });
  }
  return error;
};

const BUGS: ReadonlySet<string> = new Set(['TypeError', 'ReferenceError', 'RangeError']);

export const mapActivityErrors: ActivityInterceptorsFactory = () => ({
  inbound: {
    async execute(input, next) {
      try {
        return await next(input);
      } catch (error) {
        if (error instanceof CompleteAsyncError) throw error;
        if (error instanceof SlipwayError && !error.retryable) {
          log.info('an activity ended with a final error', {
            activity: activityInfo().activityType,
            type: error.type,
          });
        }
        throw toTemporalFailure(error);
      }
    },
  },
});
