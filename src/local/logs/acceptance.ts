// Which events of a PutLogEvents call are stored, as a pure function.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html: none more than 2 hours
// in the future, none older than 14 days or than the retention of the group.
import type * as sdk from '@aws-sdk/client-cloudwatch-logs';
import type { LogEvent } from './log-sink.ts';

const dayMs = 24 * 60 * 60 * 1000;
const longestAgeMs = 14 * dayMs;
const furthestAheadMs = 2 * 60 * 60 * 1000;

export interface Acceptance {
  readonly accepted: readonly LogEvent[];
  /** Absent where all are accepted. */
  readonly rejected?: sdk.RejectedLogEventsInfo;
}

/** `events` are in the order of their time. */
export function acceptEvents(
  events: readonly LogEvent[],
  nowMs: number,
  retentionInDays: number | undefined,
): Acceptance {
  const before = (timeMs: number): number => {
    const index = events.findIndex((event) => event.timestampMs >= timeMs);
    return index < 0 ? events.length : index;
  };
  const tooOldEnd = before(nowMs - longestAgeMs);
  const expiredEnd = retentionInDays === undefined ? 0 : before(nowMs - retentionInDays * dayMs);
  const tooNewStart = before(nowMs + furthestAheadMs + 1);
  const rejected: sdk.RejectedLogEventsInfo = {
    ...(tooOldEnd > 0 && { tooOldLogEventEndIndex: tooOldEnd }),
    // Of what is not too old anyway.
    ...(expiredEnd > tooOldEnd && { expiredLogEventEndIndex: expiredEnd }),
    ...(tooNewStart < events.length && { tooNewLogEventStartIndex: tooNewStart }),
  };
  const accepted = events.slice(Math.max(tooOldEnd, expiredEnd), tooNewStart);
  return Object.keys(rejected).length === 0 ? { accepted } : { accepted, rejected };
}
