// Sends what a container prints to the log sink, if its definition says `awslogs`.
import type { LogSink } from '../logs/log-sink.ts';
import { containersOf, type TaskDefinitionRecord, type TaskRecord } from './model.ts';
import { containerOf } from './store.ts';
import type { TaskRuntime } from './task-runtime.ts';

export interface LogSource {
  readonly task: TaskRecord;
  readonly definition: TaskDefinitionRecord;
  readonly containerName: string;
  readonly runtimeId: string;
  readonly runtime: TaskRuntime;
  readonly logs: LogSink;
  readonly log: (line: string) => void;
}

/** Resolves when the container has ended and all its lines are handed over. Never rejects. */
export async function followTaskLogs(source: LogSource): Promise<void> {
  const { task, containerName, runtimeId, runtime, logs } = source;
  const place = logPlace(source.definition, containerName, task.id);
  if (!place) return;
  const container = containerOf(task, containerName);
  try {
    await runtime.followLogs(runtimeId, container.logCursor, (line) => {
      container.logCursor = line.cursor;
      logs.append(place.group, place.stream, [{ timestampMs: line.timestampMs, message: line.message }]);
    });
  } catch (error) {
    source.log(`ecs: logs of task ${task.id}, container ${containerName}: ${String(error)}`);
  }
}

/** The stream's name is `prefix/container/task`, as on Fargate; without a prefix, the container's id (EC2). */
export function logPlace(
  definition: TaskDefinitionRecord,
  containerName: string,
  taskId: string,
): { group: string; stream: string } | undefined {
  const configuration = containersOf(definition).find(
    (container) => container.name === containerName,
  )?.logConfiguration;
  const group = configuration?.options?.['awslogs-group'];
  if (configuration?.logDriver !== 'awslogs' || !group) return undefined;
  const prefix = configuration.options?.['awslogs-stream-prefix'];
  return { group, stream: prefix ? `${prefix}/${containerName}/${taskId}` : `${containerName}/${taskId}` };
}
