/**
 * A log stream read on from a position, event by event. The position is a time and a count, not a token of CloudWatch
 * Logs: it outlives the worker, does not expire, and says itself what it means.
 */
import {
  type CloudWatchLogsClient,
  GetLogEventsCommand,
  type GetLogEventsCommandInput,
  type OutputLogEvent,
} from '@aws-sdk/client-cloudwatch-logs';
import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import type { ReadEvent } from '../release/logs/log-merge.ts';
import type { StreamPosition } from '../release/logs/log-question.ts';
import { abortable } from './abortable.ts';
import { callAws } from './errors.ts';
import { cleanLines, redactorFor } from './log-lines.ts';
import { isMissingStream, type LogsIn, logPlaceOf, oncePerRegion } from './log-place.ts';

export interface ReadOn {
  readonly events: readonly ReadEvent[];
  /** There are more. */
  readonly isCut: boolean;
}

/** Of one container of one task; of a container that does not log to where we can read there is none. */
export interface LogReader {
  /** Where the last `count` events begin (null: the first one), none of them before `sinceMs`. */
  start(count: number | null, sinceMs: number): Promise<StreamPosition>;
  /** The next events behind a position, redacted and cut; none where the stream does not exist (yet). */
  read(from: StreamPosition): Promise<ReadOn>;
}

/** Null: its log cannot be read; `logElsewhere` says why. */
export type ReaderOf = (container: ContainerDefinition, taskId: string) => LogReader | null;

const ONE_CALL_MS = 10_000;
/** A page may come back empty although there are more events (API reference, GetLogEvents). */
const PAGES = 10;
/** Characters: a page of theirs ends at 1 MB, and does not say whether it did. */
const FULL_PAGE = 128 * 1024;
/** More than a page of ours has room for. */
const EVENTS = 500;
const MOST_EVENTS = 10_000;
const LONGEST_LINE = 4_000;
/** An event may have 1 MB, and has to fit on a page. */
const LONGEST_EVENT = 16 * 1024;

export const createReaderOf = (logsIn: LogsIn, secrets: readonly string[]): ReaderOf => {
  const clientIn = oncePerRegion(logsIn);
  return (container, taskId) => {
    const place = logPlaceOf(container);
    if (!place) return null;
    const redact = redactorFor(container, secrets);
    const client = clientIn(place.region);
    const stream = { logGroupName: place.group, logStreamName: place.streamOf(taskId) };
    const toEvent = ({ timestamp = 0, message = '' }: OutputLogEvent): ReadEvent => ({
      atMs: timestamp,
      lines: bounded(cleanLines([message], redact, LONGEST_LINE)),
    });
    return {
      async start(count, sinceMs) {
        const since = { atMs: sinceMs, taken: 0 };
        if (count === null) return since;
        const last = await lastEvents(client, { ...stream, startTime: sinceMs }, Math.max(1, count));
        if (last.length === 0) return since;
        // Of several at the very same time all are shown: which of them were meant nobody can tell.
        if (count > 0) return { atMs: last[0]?.timestamp ?? 0, taken: 0 };
        return { atMs: (last.at(-1)?.timestamp ?? 0) + 1, taken: 0 };
      },

      async read({ atMs, taken }) {
        const wanted = {
          ...stream,
          startTime: atMs,
          startFromHead: true,
          limit: Math.min(EVENTS + taken, MOST_EVENTS),
        };
        const { events, isCut } = await nextEvents(client, wanted, taken);
        return { events: events.map(toEvent), isCut };
      },
    };
  };
};

/** What a container does with what it writes, where we cannot read it; in half a sentence. */
export const logElsewhere = ({ logConfiguration }: ContainerDefinition): string => {
  const { logDriver, options = {} } = logConfiguration ?? {};
  if (logDriver === undefined) return 'has no log configuration';
  if (logDriver !== 'awslogs') return `logs with the driver ${logDriver}`;
  return options['awslogs-stream-prefix'] ? 'names no awslogs-group' : 'has no awslogs-stream-prefix';
};

const bounded = (lines: readonly string[]): readonly string[] => {
  let left = LONGEST_EVENT;
  return lines.filter((line) => {
    left -= line.length;
    return left >= 0;
  });
};

const ask = async (client: CloudWatchLogsClient, input: GetLogEventsCommandInput) =>
  callAws('logs:GetLogEvents', () =>
    client.send(new GetLogEventsCommand(input), abortable(ONE_CALL_MS)),
  ).catch((error: unknown) => {
    if (isMissingStream(error)) return undefined;
    throw error;
  });

type Stream = Omit<GetLogEventsCommandInput, 'nextToken' | 'limit'>;

/** Oldest first. */
const lastEvents = async (
  client: CloudWatchLogsClient,
  stream: Stream,
  count: number,
): Promise<readonly OutputLogEvent[]> => {
  let found: OutputLogEvent[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < PAGES && found.length < count; page += 1) {
    const limit = Math.min(count - found.length, MOST_EVENTS);
    const answer = await ask(client, { ...stream, limit, startFromHead: false, nextToken });
    if (!answer) break;
    found = [...(answer.events ?? []), ...found];
    if (answer.nextBackwardToken === undefined || answer.nextBackwardToken === nextToken) break;
    nextToken = answer.nextBackwardToken;
  }
  return found;
};

/** Those that come first, without the `skip` that are known already. */
const nextEvents = async (
  client: CloudWatchLogsClient,
  wanted: Stream & { readonly limit: number; readonly startTime: number },
  skip: number,
): Promise<{ events: readonly OutputLogEvent[]; isCut: boolean }> => {
  const events: OutputLogEvent[] = [];
  let known = skip;
  let nextToken: string | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const answer = await ask(client, { ...wanted, nextToken });
    if (!answer) return { events, isCut: false };
    for (const event of answer.events ?? []) {
      if (known > 0 && event.timestamp === wanted.startTime) known -= 1;
      else events.push(event);
    }
    const size = (answer.events ?? []).reduce((sum, { message = '' }) => sum + message.length, 0);
    const isFull = (answer.events ?? []).length >= wanted.limit || size > FULL_PAGE;
    const isEnd = answer.nextForwardToken === undefined || answer.nextForwardToken === nextToken;
    if (events.length > 0) return { events, isCut: isFull };
    if (isEnd) break;
    nextToken = answer.nextForwardToken;
  }
  return { events, isCut: false };
};
