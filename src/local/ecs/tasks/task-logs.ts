// Sends what a container prints to the log sink, if its definition says `awslogs`.
import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import type { LogEvent, LogSink } from '../../logs/log-sink.ts';
import { containersOf, type TaskDefinitionRecord, type TaskRecord } from '../model.ts';
import { type LogLine, RuntimeError, type TaskRuntime } from './task-runtime.ts';

export interface LogSource {
  readonly task: TaskRecord;
  readonly definition: TaskDefinitionRecord;
  readonly containerName: string;
  readonly runtimeId: string;
  readonly runtime: TaskRuntime;
  readonly logs: LogSink;
  readonly log: (line: string) => void;
}

/** Stdout and stderr are two pipes: lines of so short a time may lie in the engine's log in another order. */
const overlapMs = 2000;

/** Resolves when the container has ended and all its lines are on disk. Never rejects. */
export async function followTaskLogs(source: LogSource): Promise<void> {
  const { task, containerName, runtimeId, runtime, logs } = source;
  const place = logPlace(source.definition, containerName, task.id);
  if (!place) return;
  const { group, stream } = place;
  try {
    // The stream itself says what is stored: a position of our own would be lost, or ahead of it, after kill -9.
    const stored = new Stored(await logs.tail(group, stream, overlapMs));
    await runtime.followLogs(runtimeId, stored.since, (line) => {
      // The awslogs driver sends no empty line.
      if (line.message === '' || stored.has(line)) return;
      logs.append(group, stream, [{ timestampMs: line.timestampMs, message: line.message }]);
    });
    await logs.flushed(group, stream);
  } catch (error) {
    source.log(`ecs: logs of task ${task.id}, container ${containerName}: ${String(error)}`);
  }
}

/** Lines that an earlier process stored, each to be left out once when the engine tells it again. */
class Stored {
  readonly since: string | undefined;
  readonly #left = new Map<string, number>();

  constructor(events: readonly LogEvent[]) {
    for (const { timestampMs, message } of events) {
      const key = `${timestampMs} ${message}`;
      this.#left.set(key, (this.#left.get(key) ?? 0) + 1);
    }
    const oldestMs = Math.min(...events.map(({ timestampMs }) => timestampMs));
    this.since = events.length === 0 ? undefined : new Date(oldestMs).toISOString();
  }

  has(line: LogLine): boolean {
    const key = `${line.timestampMs} ${line.message}`;
    const left = this.#left.get(key) ?? 0;
    if (left === 0) return false;
    this.#left.set(key, left - 1);
    return true;
  }
}

/**
 * Makes the streams, as the log driver does before a container starts.
 * Throws RuntimeError in the words of the launch type; each container that has no log group has it as its reason.
 */
export function openTaskLogs(task: TaskRecord, definition: TaskDefinitionRecord, logs: LogSink): void {
  const unlogged = task.containers.filter(({ name }) => {
    const place = logPlace(definition, name, task.id);
    return place && !logs.open(place.group, place.stream, place.createGroup);
  });
  if (unlogged.length === 0) return;
  const failure = missingGroup(task.launchType);
  for (const container of unlogged) container.reason = `${failure.code}: ${failure.message}`;
  throw failure;
}

function missingGroup(launchType: TaskRecord['launchType']): RuntimeError {
  const cause =
    'failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.';
  return launchType === 'FARGATE'
    ? new RuntimeError(
        'ResourceInitializationError',
        `failed to validate logger args: create stream has been retried 1 times: ${cause} : exit status 1`,
      )
    : new RuntimeError(
        'CannotStartContainerError',
        `Error response from daemon: failed to initialize logging driver: ${cause}`,
      );
}

/** The stream's name is `prefix/container/task`, as on Fargate; without a prefix, the container's id (EC2). */
export function logPlace(
  definition: TaskDefinitionRecord,
  containerName: string,
  taskId: string,
): { group: string; stream: string; createGroup: boolean } | undefined {
  const container: ContainerDefinition | undefined = containersOf(definition).find(
    ({ name }) => name === containerName,
  );
  const { logDriver, options } = container?.logConfiguration ?? {};
  const group = options?.['awslogs-group'];
  if (logDriver !== 'awslogs' || !group) return undefined;
  const prefix = options?.['awslogs-stream-prefix'];
  return {
    group,
    stream: prefix ? `${prefix}/${containerName}/${taskId}` : `${containerName}/${taskId}`,
    createGroup: options?.['awslogs-create-group']?.toLowerCase() === 'true',
  };
}
