/** What a container of a task wrote, as far as CloudWatch Logs has it: evidence, so never the cause of a failure. */
import { type CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { abortable, isCancelled } from './abortable.ts';
import type { Ecs } from './ecs.ts';
import { callAws } from './errors.ts';
import { cleanLines, redactorFor } from './log-lines.ts';
import { isMissingStream, type LogsIn, logPlaceOf, oncePerRegion } from './log-place.ts';

export interface ContainerLogs {
  /**
   * The container's last lines, oldest first, redacted and cut. None where it wrote nothing or does not log to
   * CloudWatch Logs (`awslogs`); where they cannot be read, one line in parentheses says why: evidence that is
   * missing must not hide the failure itself. Only a cancelled activity is thrown.
   */
  tail(taskDefinition: string, taskArn: string, container: string, lines: number): Promise<readonly string[]>;
}

export interface ContainerLogsOptions {
  readonly ecs: Pick<Ecs, 'describeTaskDefinition'>;
  readonly logsIn: LogsIn;
  /** Rejects when the activity is cancelled. */
  readonly sleep: (durationMs: number) => Promise<void>;
  /** Values that must not be shown, beside those that the task definition gives away. */
  readonly secrets?: readonly string[];
}

/** Between the tries of a call that was throttled: within some seconds, as a failed release waits for it. */
const PAUSES_MS = [500, 1_000, 2_000];
/** The log driver sends by the batch: what a container wrote last arrives some seconds after its end. */
const ARRIVAL_MS = 1_500;
const ONE_CALL_MS = 5_000;
/** A page may come back empty although older events exist (API reference, GetLogEvents). */
const PAGES = 4;

export const createContainerLogs = (options: ContainerLogsOptions): ContainerLogs => {
  const { ecs, logsIn, sleep, secrets = [] } = options;
  const clientIn = oncePerRegion(logsIn);
  return {
    async tail(taskDefinition, taskArn, container, lines) {
      try {
        const found = await again(sleep, () => ecs.describeTaskDefinition(taskDefinition));
        const definition = found.taskDefinition.containerDefinitions?.find(({ name }) => name === container);
        const place = definition && logPlaceOf(definition);
        if (!place) return [];
        const client = clientIn(place.region);
        const stream = place.streamOf(taskArn.split('/').at(-1) ?? '');
        const read = () => again(sleep, () => readTail(client, place.group, stream, lines));
        let messages = await read();
        if (messages.length === 0) {
          await sleep(ARRIVAL_MS);
          messages = await read();
        }
        return cleanLines(messages, redactorFor(definition, secrets)).slice(-lines);
      } catch (error) {
        if (isCancelled(error)) throw error;
        return [`(the log could not be read: ${cleanLines([String(error)], (text) => text).join(' ')})`];
      }
    },
  };
};

/** The last messages of the stream, oldest first; none where the stream does not exist (yet). */
const readTail = async (
  client: CloudWatchLogsClient,
  group: string,
  stream: string,
  limit: number,
): Promise<readonly string[]> => {
  let messages: string[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < PAGES && messages.length < limit; page += 1) {
    const answer = await callAws('logs:GetLogEvents', () =>
      client.send(
        new GetLogEventsCommand({
          logGroupName: group,
          logStreamName: stream,
          limit,
          startFromHead: false,
          nextToken,
        }),
        abortable(ONE_CALL_MS),
      ),
    ).catch((error: unknown) => {
      if (isMissingStream(error)) return undefined;
      throw error;
    });
    if (!answer) return [];
    messages = [...(answer.events ?? []).map(({ message }) => message ?? ''), ...messages];
    if (answer.nextBackwardToken === undefined || answer.nextBackwardToken === nextToken) break;
    nextToken = answer.nextBackwardToken;
  }
  return messages.slice(-limit);
};

const again = async <T>(sleep: (durationMs: number) => Promise<void>, call: () => Promise<T>): Promise<T> => {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await call();
    } catch (error) {
      if (isCancelled(error) || !isTransient(error)) throw error;
    }
    await sleep(pauseMs);
  }
  return call();
};

const isTransient = (error: unknown): boolean => (error as { readonly type?: unknown }).type === 'Transient';
