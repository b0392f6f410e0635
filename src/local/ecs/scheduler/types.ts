// What the pure scheduler sees of one service, and what it may decide. No Docker, no clock, no I/O.
import type { DeploymentConfiguration, ServiceDeploymentStatus } from '@aws-sdk/client-ecs';
import type { RolloutState, StopCause } from '../model.ts';

/** starting: not RUNNING yet; stopping: told to stop, still draining or ending. */
export type TaskPhase = 'starting' | 'running' | 'stopping' | 'stopped';

export interface SchedulerTask {
  readonly id: string;
  readonly deploymentId: string;
  readonly createdAtMs: number;
  readonly phase: TaskPhase;
  /** Of a running task: passed all checks, still being checked (or its checks are not known yet), failed one. */
  readonly health: 'healthy' | 'waiting' | 'unhealthy';
  /** With `unhealthy`: the stoppedReason, and the event's text. */
  readonly unhealthyReason?: string | undefined;
  readonly unhealthyEvent?: string | undefined;
  /** Its machine is drained, and this is the stoppedReason. It serves until the window can do without it. */
  readonly leaving?: string | undefined;
  /** With `waiting`: when to look again though nothing happened. */
  readonly waitingUntilMs?: number | undefined;
  readonly everHealthy: boolean;
  readonly stopCause?: StopCause | undefined;
  readonly accounted: boolean;
}

/** What ended a deployment: failed tasks, a CloudWatch alarm, or StopServiceDeployment. */
export type FailureCause = 'circuit-breaker' | 'alarms' | 'user';

export interface AlarmWatch {
  /** Those of the deployment's alarms that are in ALARM now. */
  readonly inAlarm: readonly string[];
  readonly rollback: boolean;
  /** How long they are watched after the service has become steady. */
  readonly bakeMs: number;
}

export interface SchedulerDeployment {
  readonly id: string;
  readonly status: 'PRIMARY' | 'ACTIVE';
  readonly rolloutState: RolloutState;
  readonly failedTasks: number;
  readonly lastFailureAtMs?: number | undefined;
  readonly rollback?: boolean | undefined;
  /** Of an older deployment: how many tasks the service wanted while that was its newest. */
  readonly wantedTasks?: number | undefined;
  /** Of the service deployment that it reports to, as long as that is known. */
  readonly serviceDeployment?: ServiceDeploymentStatus | undefined;
  /** Only while alarms may fail it. */
  readonly alarms?: AlarmWatch | undefined;
  /** Since then the service is steady and its alarms are watched for a last time. */
  readonly bakingSinceMs?: number | undefined;
}

export interface SchedulerInput {
  readonly serviceName: string;
  readonly status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  readonly desiredCount: number;
  readonly configuration: DeploymentConfiguration;
  /** The service was steady after the last pass. */
  readonly steady: boolean;
  /** Newest first. */
  readonly deployments: readonly SchedulerDeployment[];
  /** The deployment that a rollback goes to; it may have left `deployments`. */
  readonly lastCompletedId?: string | undefined;
  /** Of these deployments; STOPPED ones only until they were accounted for. */
  readonly tasks: readonly SchedulerTask[];
  /** The last try to start a task found no machine with room: old tasks may have to make some. Tried again then. */
  readonly placementBlockedUntilMs?: number | undefined;
  readonly timing: SchedulerTiming;
}

export interface SchedulerTiming {
  readonly restartBaseMs: number;
  readonly restartMaximumMs: number;
}

export type Decision =
  | {
      readonly type: 'start-tasks';
      readonly deploymentId: string;
      readonly count: number;
      /** How many of them take the place of unhealthy ones. */
      readonly replacing: number;
    }
  | {
      readonly type: 'stop-task';
      readonly taskId: string;
      readonly cause: 'scaling' | 'unhealthy';
      readonly reason: string;
    }
  | { readonly type: 'task-became-healthy'; readonly taskId: string }
  | { readonly type: 'task-accounted'; readonly taskId: string }
  | {
      readonly type: 'set-failures';
      readonly deploymentId: string;
      readonly failedTasks: number;
      readonly failedNow: boolean;
    }
  /** From PENDING to IN_PROGRESS; what it took over from is STOPPED. */
  | { readonly type: 'begin-deployment'; readonly deploymentId: string }
  | { readonly type: 'bake-deployment'; readonly deploymentId: string }
  | { readonly type: 'complete-deployment'; readonly deploymentId: string }
  /** It stays PRIMARY unless a `roll-back` follows. */
  | {
      readonly type: 'fail-deployment';
      readonly deploymentId: string;
      readonly cause: FailureCause;
      /** What becomes of it: a `roll-back` follows, or its service deployment ends for that reason. */
      readonly next: 'roll-back' | 'stopped' | 'noCandidate' | 'rollbackFailed';
      readonly alarmNames: readonly string[];
    }
  | {
      readonly type: 'roll-back';
      readonly fromId: string;
      readonly toId: string;
      readonly cause: FailureCause;
    }
  /** The service is being deleted, or is gone. */
  | { readonly type: 'stop-service-deployment'; readonly deploymentId: string }
  | { readonly type: 'remove-deployment'; readonly deploymentId: string }
  | { readonly type: 'set-steady'; readonly steady: boolean }
  | { readonly type: 'service-inactive' }
  | { readonly type: 'event'; readonly message: string };

export interface SchedulerResult {
  readonly decisions: readonly Decision[];
  /** Run again then, even if nothing happens before. */
  readonly wakeAtMs?: number;
}
