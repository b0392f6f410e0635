/** Searches the log streams of given tasks for a pattern: what a bake time counts. */
import {
  type CloudWatchLogsClient,
  type FilteredLogEvent,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
} from '@aws-sdk/client-cloudwatch-logs';
import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { TransientError } from '../errors.ts';
import { abortable } from './abortable.ts';
import { callAws } from './errors.ts';
import { cleanLines, redactorFor } from './log-lines.ts';
import { isMissingStream, type LogsIn, logPlaceOf, oncePerRegion } from './log-place.ts';

/** FilterLogEvents takes at most 100 stream names (API reference). */
const STREAMS_PER_CALL = 100;
/** A page may be empty although more follow. */
const PAGES = 50;
const ONE_CALL_MS = 10_000;

export interface LogQuery {
  /** Of a container that logs with `awslogs` and a stream prefix (see `logPlaceOf`). */
  readonly container: ContainerDefinition;
  readonly taskIds: readonly string[];
  /** A CloudWatch Logs filter pattern. */
  readonly pattern: string;
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  /** Enough: more matches than so many are not asked for. */
  readonly enough: number;
}

export interface LogMatch {
  readonly id: string;
  readonly atMs: number;
  /** Redacted and cut. */
  readonly line: string;
}

export interface LogSearch {
  /** Each match once, in no promised order. A stream that does not exist (yet) has none. */
  matches(query: LogQuery): Promise<readonly LogMatch[]>;
}

export interface LogSearchOptions {
  readonly logsIn: LogsIn;
  readonly secrets?: readonly string[];
}

export const createLogSearch = ({ logsIn, secrets = [] }: LogSearchOptions): LogSearch => {
  const clientIn = oncePerRegion(logsIn);
  return {
    async matches({ container, taskIds, pattern, fromMs, toMs, enough }) {
      const place = logPlaceOf(container);
      if (!place) return [];
      const client = clientIn(place.region);
      const redact = redactorFor(container, secrets);
      const streams = taskIds.map((id) => place.streamOf(id));
      const range = {
        logGroupName: place.group,
        filterPattern: pattern,
        startTime: fromMs,
        endTime: toMs - 1,
      };
      const found = new Map<string, LogMatch>();
      for (let start = 0; start < streams.length && found.size <= enough; start += STREAMS_PER_CALL) {
        const names = streams.slice(start, start + STREAMS_PER_CALL);
        for await (const { eventId = '', timestamp = 0, message = '' } of eventsOf(client, range, names)) {
          const line = cleanLines([message], redact).join(' ');
          found.set(eventId, { id: eventId, atMs: timestamp, line });
          if (found.size > enough) break;
        }
      }
      return [...found.values()];
    },
  };
};

async function* eventsOf(
  client: CloudWatchLogsClient,
  range: Omit<FilterLogEventsCommandInput, 'logStreamNames'>,
  names: readonly string[],
): AsyncGenerator<FilteredLogEvent> {
  let nextToken: string | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const request = { ...range, logStreamNames: [...names], nextToken };
    const answer = await callAws('logs:FilterLogEvents', () =>
      client.send(new FilterLogEventsCommand(request), abortable(ONE_CALL_MS)),
    ).catch((error: unknown) => {
      if (isMissingStream(error)) return null;
      throw error;
    });
    if (answer === null) {
      // One that is not there spoils the call for all: each is asked for by itself.
      if (names.length > 1) for (const name of names) yield* eventsOf(client, range, [name]);
      return;
    }
    yield* answer.events ?? [];
    nextToken = answer.nextToken;
    if (nextToken === undefined) return;
  }
  throw new TransientError(`logs:FilterLogEvents: more than ${PAGES} pages of ${range.logGroupName}`);
}
