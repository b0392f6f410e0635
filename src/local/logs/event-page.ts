// GetLogEvents' two-way paging over an append-only list, as a pure function.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html:
// a token that comes back unchanged says that there is nothing more in that direction (yet).
import { AwsError } from '../wire/aws-error.ts';
import type { StoredEvent } from './stream-file.ts';

export interface EventQuery {
  readonly startTime?: number | undefined;
  /** Exclusive. */
  readonly endTime?: number | undefined;
  readonly limit?: number | undefined;
  readonly startFromHead?: boolean | undefined;
  readonly nextToken?: string | undefined;
}

export interface EventPage {
  readonly events: readonly StoredEvent[];
  readonly nextForwardToken: string;
  readonly nextBackwardToken: string;
}

export const maxEvents = 10_000;

export function pageEvents(all: readonly StoredEvent[], query: EventQuery): EventPage {
  const limit = Math.min(query.limit ?? maxEvents, maxEvents);
  const at = query.nextToken === undefined ? undefined : readToken(query.nextToken);
  const forward = at === undefined ? query.startFromHead === true : at.direction === 'f';
  const position = Math.min(at?.position ?? (forward ? 0 : all.length), all.length);
  const chosen: number[] = [];
  if (forward) {
    for (let index = position; index < all.length && chosen.length < limit; index++) {
      if (isWithin(all[index], query)) chosen.push(index);
    }
  } else {
    for (let index = position - 1; index >= 0 && chosen.length < limit; index--) {
      if (isWithin(all[index], query)) chosen.unshift(index);
    }
  }
  const first = chosen[0] ?? position;
  const afterLast = (chosen.at(-1) ?? position - 1) + 1;
  // Who asks for the newest goes on, forward, from the very end.
  const end = at === undefined && !forward ? all.length : afterLast;
  return {
    events: chosen.map((index) => all[index]).filter((each) => each !== undefined),
    nextForwardToken: writeToken('f', end),
    nextBackwardToken: writeToken('b', first),
  };
}

export function isWithin(event: StoredEvent | undefined, { startTime, endTime }: EventQuery): boolean {
  if (event === undefined) return false;
  return event.timestampMs >= (startTime ?? 0) && event.timestampMs < (endTime ?? Number.POSITIVE_INFINITY);
}

function writeToken(direction: 'f' | 'b', position: number): string {
  return `${direction}/${String(position).padStart(56, '0')}/s`;
}

function readToken(token: string): { direction: string; position: number } {
  const match = /^([fb])\/(\d{1,56})\/s$/.exec(token);
  if (match === null) throw new AwsError('InvalidParameterException', 'The specified nextToken is invalid.');
  return { direction: match[1] ?? 'f', position: Number(match[2]) };
}
