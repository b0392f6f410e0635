// What a task's driver works with: the ports it acts through, and what the rest of ECS knows of the task.
import type { TaskStopCode } from '@aws-sdk/client-ecs';
import type { TargetGroups } from '../../elb/target-groups.ts';
import type { LogSink } from '../../logs/log-sink.ts';
import type { StopCause, TaskDefinitionRecord, TaskRecord } from '../model.ts';
import type { ContainerPlan } from './container-plan.ts';
import type { TaskRuntime } from './task-runtime.ts';

export interface DriverPorts {
  readonly runtime: TaskRuntime;
  readonly targetGroups: TargetGroups;
  readonly logs: LogSink;
  /** Resolves when what was changed is on disk. */
  readonly saved: () => Promise<void>;
  readonly log: (line: string) => void;
}

export interface TaskHost {
  readonly definition: TaskDefinitionRecord;
  /** Made anew at each start, because aliases and secrets may have changed. Throws RuntimeError. */
  readonly plan: () => Promise<ContainerPlan[]>;
  /** The digest that this deployment's first task resolved for the container, if any. */
  readonly pinnedDigest: (containerName: string) => string | undefined;
  readonly resolved: (containerName: string, digest: string) => void;
  /** The task entered or left these target groups (or aliases). */
  readonly balanced: (change: 'registered' | 'deregistered', groupArns: readonly string[]) => void;
  /** After every change of the task. */
  readonly changed: (task: TaskRecord) => void;
}

export interface StopOrder {
  readonly cause: StopCause;
  readonly code: TaskStopCode;
  readonly reason: string;
}

/** Writes the order into the task's record, where it holds whoever drives it; false where it was told to stop before. */
export function orderStop(task: TaskRecord, { cause, code, reason }: StopOrder): boolean {
  if (task.desiredStatus === 'STOPPED') return false;
  task.desiredStatus = 'STOPPED';
  task.stopCode = code;
  task.stoppedReason = reason;
  task.stopCause = cause;
  task.stoppingAtMs = Date.now();
  task.version += 1;
  return true;
}
