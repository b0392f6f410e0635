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

/** FilterLogEvents takes at most 100 stream names (API reference). */
const STREAMS_PER_CALL = 100;
/** A page may be empty although more follow. */
const PAGES = 50;
const ONE_CALL_MS = 10_000;

export interface LogQuery {
  /** Of a container that logs with `awslogs` and a stream prefix (see {@link findsItsLogs}). */
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

/** Without a prefix the stream is named by the Docker id of the container, which nobody but its host knows. */
export const findsItsLogs = ({ logConfiguration }: ContainerDefinition): boolean =>
  logConfiguration?.logDriver === 'awslogs' &&
  Boolean(logConfiguration.options?.['awslogs-group']) &&
  Boolean(logConfiguration.options?.['awslogs-stream-prefix']);

export interface LogSearchOptions {
  /** A client for the region that the log configuration names; undefined: the worker's own. */
  readonly logsIn: (region: string | undefined) => CloudWatchLogsClient;
  readonly secrets?: readonly string[];
}

export const createLogSearch = ({ logsIn, secrets = [] }: LogSearchOptions): LogSearch => {
  const clients = new Map<string | undefined, CloudWatchLogsClient>();
  const clientIn = (region: string | undefined): CloudWatchLogsClient => {
    const client = clients.get(region) ?? logsIn(region);
    clients.set(region, client);
    return client;
  };
  return {
    async matches({ container, taskIds, pattern, fromMs, toMs, enough }) {
      const options = container.logConfiguration?.options ?? {};
      const client = clientIn(options['awslogs-region']);
      const redact = redactorFor(container, secrets);
      const streams = taskIds.map((id) => `${options['awslogs-stream-prefix']}/${container.name}/${id}`);
      const range = {
        logGroupName: options['awslogs-group'],
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
      if (NO_STREAM.test(String(error))) return null;
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

const NO_STREAM = /log stream does not exist/i;
