// The states of a service deployment, and every way between them:
// PENDING → IN_PROGRESS → SUCCESSFUL | STOPPED | ROLLBACK_FAILED, or by way of ROLLBACK_REQUESTED → ROLLBACK_IN_PROGRESS
// → ROLLBACK_SUCCESSFUL | ROLLBACK_FAILED; from all that are not final by way of STOP_REQUESTED → STOPPED.
// Source: "View service history using Amazon ECS service deployments".
import type { ServiceDeploymentStatus } from '@aws-sdk/client-ecs';
import type { ServiceDeploymentRecord } from '../model.ts';

export type FinalStatus = 'SUCCESSFUL' | 'ROLLBACK_SUCCESSFUL' | 'ROLLBACK_FAILED' | 'STOPPED';

/** Neither over nor about to be stopped. */
export function isOngoing(status: ServiceDeploymentStatus | undefined): boolean {
  switch (status) {
    case 'PENDING':
    case 'IN_PROGRESS':
    case 'ROLLBACK_REQUESTED':
    case 'ROLLBACK_IN_PROGRESS':
      return true;
    default:
      return false;
  }
}

/** It starts when the scheduler first looks at it; those among `others` that it took over from end then. */
export function start(
  run: ServiceDeploymentRecord,
  others: readonly ServiceDeploymentRecord[],
  nowMs: number,
): void {
  run.startedAtMs ??= nowMs;
  run.updatedAtMs = nowMs;
  if (run.status === 'PENDING') run.status = 'IN_PROGRESS';
  for (const other of others) if (other.status === 'STOP_REQUESTED') finish(other, 'STOPPED', nowMs);
}

/** A newer deployment, or the deletion of the service: the scheduler stops it when it next looks. */
export function requestStop(run: ServiceDeploymentRecord, reason: string, nowMs: number): void {
  run.status = 'STOP_REQUESTED';
  run.statusReason = reason;
  run.updatedAtMs = nowMs;
}

/** StopServiceDeployment: false if it is over. One that is being stopped or rolled back already goes on. */
export function requestRollback(run: ServiceDeploymentRecord, nowMs: number): boolean {
  switch (run.status) {
    case 'PENDING':
    case 'IN_PROGRESS':
      run.status = 'ROLLBACK_REQUESTED';
      run.updatedAtMs = nowMs;
      return true;
    case 'STOP_REQUESTED':
    case 'ROLLBACK_REQUESTED':
    case 'ROLLBACK_IN_PROGRESS':
      return true;
    default:
      return false;
  }
}

export function startRollback(
  run: ServiceDeploymentRecord,
  rollback: { readonly reason: string; readonly revisionArn: string },
  nowMs: number,
): void {
  run.status = 'ROLLBACK_IN_PROGRESS';
  run.statusReason = rollback.reason;
  run.updatedAtMs = nowMs;
  run.rollback = { ...rollback, startedAtMs: nowMs };
}

export function finish(run: ServiceDeploymentRecord, status: FinalStatus, nowMs: number): void {
  run.status = status;
  run.finishedAtMs = nowMs;
  run.updatedAtMs = nowMs;
  if (status === 'STOPPED') run.stoppedAtMs = nowMs;
  endMonitoring(run);
}

/** Of a deployment that is done, or is being rolled back: neither its failures nor its alarms matter any more. */
export function endMonitoring(run: ServiceDeploymentRecord): void {
  for (const monitor of [run.breaker, run.alarms]) {
    if (monitor?.status === 'MONITORING') monitor.status = 'MONITORING_COMPLETE';
  }
}
