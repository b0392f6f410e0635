// Carries the scheduler's bookkeeping decisions over into the records. Starting and stopping tasks is not done here.
import type { EcsState, ServiceDeploymentRecord, ServiceRecord, TaskRecord } from './model.ts';
import type { Decision } from './scheduler-types.ts';
import { addEvent } from './service-events.ts';
import { deploymentCompleted, rollout } from './texts.ts';
import { failureThreshold } from './window.ts';

export type Bookkeeping = Exclude<Decision, { type: 'start-tasks' } | { type: 'stop-task' }>;

export interface Books {
  readonly state: EcsState;
  readonly service: ServiceRecord;
  readonly task: (taskId: string) => TaskRecord | undefined;
  readonly nowMs: number;
}

export function applyDecision(books: Books, decision: Bookkeeping): void {
  const { service, nowMs } = books;
  switch (decision.type) {
    case 'task-became-healthy': {
      const task = books.task(decision.taskId);
      if (task) task.everHealthy = true;
      return;
    }
    case 'task-accounted': {
      const task = books.task(decision.taskId);
      if (task) task.accounted = true;
      return;
    }
    case 'set-failures': {
      const deployment = deploymentOf(service, decision.deploymentId);
      deployment.failedTasks = decision.failedTasks;
      deployment.updatedAtMs = nowMs;
      if (decision.failedNow) deployment.lastFailureAtMs = nowMs;
      const run = books.state.serviceDeployments[deployment.serviceDeploymentArn];
      if (run && run.finishedAtMs === undefined && !deployment.rollback) {
        run.breaker.failureCount = decision.failedTasks;
        run.breaker.threshold = thresholdOf(service);
        run.updatedAtMs = nowMs;
      }
      return;
    }
    case 'complete-deployment':
      complete(books, decision.deploymentId);
      return;
    case 'fail-deployment':
      fail(books, decision.deploymentId);
      return;
    case 'roll-back':
      rollBack(books, decision.fromId, decision.toId, rollout.rollingBack(decision.toId));
      return;
    case 'remove-deployment':
      service.deployments = service.deployments.filter(({ id }) => id !== decision.deploymentId);
      return;
    case 'set-steady':
      service.steady = decision.steady;
      return;
    case 'service-inactive':
      service.status = 'INACTIVE';
      service.inactiveSinceMs = nowMs;
      // What it last ran can still be described.
      if (service.deployments[0]) service.lastCompleted ??= service.deployments[0];
      service.deployments = [];
      return;
    case 'event':
      addEvent(service, decision.message, nowMs);
      return;
  }
}

export function thresholdOf(service: ServiceRecord): number {
  const breaker = service.deploymentConfiguration.deploymentCircuitBreaker;
  return failureThreshold(service.desiredCount, breaker?.thresholdConfiguration);
}

function complete(books: Books, deploymentId: string): void {
  const { service, nowMs } = books;
  const deployment = deploymentOf(service, deploymentId);
  deployment.rolloutState = 'COMPLETED';
  deployment.rolloutStateReason = rollout.completed(deploymentId);
  deployment.updatedAtMs = nowMs;
  service.lastCompleted = { ...deployment };
  addEvent(service, deploymentCompleted(service.name, deploymentId), nowMs);
  const run = books.state.serviceDeployments[deployment.serviceDeploymentArn];
  if (!run || run.finishedAtMs !== undefined) return;
  if (run.breaker.status === 'MONITORING') run.breaker.status = 'MONITORING_COMPLETE';
  finish(run, deployment.rollback ? 'ROLLBACK_SUCCESSFUL' : 'SUCCESSFUL', nowMs);
}

function fail(books: Books, deploymentId: string): void {
  const { service, nowMs } = books;
  const deployment = deploymentOf(service, deploymentId);
  deployment.rolloutState = 'FAILED';
  deployment.rolloutStateReason = rollout.failed;
  deployment.updatedAtMs = nowMs;
  const run = books.state.serviceDeployments[deployment.serviceDeploymentArn];
  if (!run || run.finishedAtMs !== undefined) return;
  if (run.breaker.status === 'MONITORING') run.breaker.status = 'TRIGGERED';
  run.statusReason = rollout.failed;
  const wantedRollback = service.deploymentConfiguration.deploymentCircuitBreaker?.rollback ?? false;
  // If a roll-back follows, it opens the service deployment again.
  finish(run, wantedRollback || deployment.rollback ? 'ROLLBACK_FAILED' : 'STOPPED', nowMs);
}

/** Brings `toId` back as PRIMARY under its own id, as AWS words it: "the COMPLETED deployment moves back". */
export function rollBack(books: Books, fromId: string, toId: string, reason: string): void {
  const { service, nowMs } = books;
  const from = deploymentOf(service, fromId);
  const known = service.deployments.find(({ id }) => id === toId) ?? service.lastCompleted;
  if (!known) throw new Error(`${service.name}: rollback to ${toId}, which is not known`);
  for (const deployment of service.deployments) deployment.status = 'ACTIVE';
  const { lastFailureAtMs: _forgotten, ...rest } = known;
  service.deployments = [
    {
      ...rest,
      status: 'PRIMARY',
      rolloutState: 'IN_PROGRESS',
      rolloutStateReason: reason,
      serviceDeploymentArn: from.serviceDeploymentArn,
      failedTasks: 0,
      rollback: true,
      updatedAtMs: nowMs,
    },
    ...service.deployments.filter(({ id }) => id !== toId),
  ];
  service.steady = false;
  const run = books.state.serviceDeployments[from.serviceDeploymentArn];
  if (!run) return;
  run.status = 'ROLLBACK_IN_PROGRESS';
  run.statusReason = reason;
  run.updatedAtMs = nowMs;
  delete run.finishedAtMs;
  run.rollback = { reason, startedAtMs: nowMs, revisionArn: known.revisionArn };
}

export function finish(
  run: ServiceDeploymentRecord,
  status: 'SUCCESSFUL' | 'ROLLBACK_SUCCESSFUL' | 'ROLLBACK_FAILED' | 'STOPPED',
  nowMs: number,
): void {
  run.status = status;
  run.finishedAtMs = nowMs;
  run.updatedAtMs = nowMs;
  if (status === 'STOPPED') run.stoppedAtMs = nowMs;
}

function deploymentOf(service: ServiceRecord, deploymentId: string): ServiceRecord['deployments'][number] {
  const deployment = service.deployments.find(({ id }) => id === deploymentId);
  if (!deployment) throw new Error(`${service.name}: deployment ${deploymentId} is not known`);
  return deployment;
}
