// Carries the scheduler's bookkeeping decisions over into the records. Starting and stopping tasks is not done here.
import type { EcsState, ServiceDeploymentRecord, ServiceRecord, TaskRecord } from '../model.ts';
import {
  endMonitoring,
  finish,
  requestStop,
  start,
  startRollback,
} from '../scheduler/service-deployment-states.ts';
import type { Decision } from '../scheduler/types.ts';
import { failureThreshold } from '../scheduler/window.ts';
import { deploymentCompleted, rollout, serviceDeployment } from '../texts.ts';
import { addEvent } from './service-events.ts';

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
    case 'begin-deployment': {
      const run = runOf(books, decision.deploymentId);
      if (run) start(run, runsOf(books), nowMs);
      return;
    }
    case 'bake-deployment':
      deploymentOf(service, decision.deploymentId).bakingSinceMs = nowMs;
      return;
    case 'complete-deployment':
      complete(books, decision.deploymentId);
      return;
    case 'fail-deployment':
      fail(books, decision);
      return;
    case 'roll-back':
      rollBack(books, decision);
      return;
    case 'stop-service-deployment': {
      const run = runOf(books, decision.deploymentId);
      if (run) requestStop(run, serviceDeployment.deleted, nowMs);
      return;
    }
    case 'remove-deployment':
      service.deployments = service.deployments.filter(({ id }) => id !== decision.deploymentId);
      return;
    case 'set-steady':
      service.steady = decision.steady;
      return;
    case 'service-inactive':
      service.status = 'INACTIVE';
      service.inactiveSinceMs = nowMs;
      // "When you delete a service, Amazon ECS deletes the corresponding service deployments."
      for (const run of runsOf(books)) delete books.state.serviceDeployments[run.arn];
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
  delete deployment.bakingSinceMs;
  service.lastCompleted = { ...deployment };
  addEvent(service, deploymentCompleted(service.name, deploymentId), nowMs);
  const run = runOf(books, deploymentId);
  if (run && run.finishedAtMs === undefined) {
    finish(run, deployment.rollback ? 'ROLLBACK_SUCCESSFUL' : 'SUCCESSFUL', nowMs);
  }
}

function fail(books: Books, decision: Extract<Decision, { type: 'fail-deployment' }>): void {
  const { service, nowMs } = books;
  const { deploymentId, cause, alarmNames } = decision;
  const deployment = deploymentOf(service, deploymentId);
  deployment.rolloutState = 'FAILED';
  deployment.rolloutStateReason = rollout.failed[cause];
  deployment.updatedAtMs = nowMs;
  const run = runOf(books, deploymentId);
  if (!run || run.finishedAtMs !== undefined) return;
  start(run, runsOf(books), nowMs);
  if (cause === 'circuit-breaker' && run.breaker.status === 'MONITORING') run.breaker.status = 'TRIGGERED';
  if (cause === 'alarms' && run.alarms) {
    run.alarms.status = 'TRIGGERED';
    run.alarms.triggeredAlarmNames = [...alarmNames];
  }
  endMonitoring(run);
  if (decision.next === 'roll-back') return;
  run.statusReason = serviceDeployment[decision.next](cause);
  finish(run, decision.next === 'stopped' ? 'STOPPED' : 'ROLLBACK_FAILED', nowMs);
}

/** Brings `toId` back as PRIMARY under its own id, as AWS words it: "the COMPLETED deployment moves back". */
function rollBack(books: Books, decision: Extract<Decision, { type: 'roll-back' }>): void {
  const { service, nowMs } = books;
  const { fromId, toId, cause } = decision;
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
      rolloutStateReason: rollout.rollingBack(toId, cause),
      serviceDeploymentArn: from.serviceDeploymentArn,
      failedTasks: 0,
      rollback: true,
      updatedAtMs: nowMs,
    },
    ...service.deployments.filter(({ id }) => id !== toId),
  ];
  service.steady = false;
  const run = books.state.serviceDeployments[from.serviceDeploymentArn];
  if (!run || run.finishedAtMs !== undefined) return;
  const reason = serviceDeployment.rolledBack(cause);
  startRollback(run, { reason, revisionArn: known.revisionArn }, nowMs);
}

function runsOf({ state, service }: Books): ServiceDeploymentRecord[] {
  return Object.values(state.serviceDeployments).filter(({ serviceArn }) => serviceArn === service.arn);
}

function runOf({ state, service }: Books, deploymentId: string): ServiceDeploymentRecord | undefined {
  return state.serviceDeployments[deploymentOf(service, deploymentId).serviceDeploymentArn];
}

function deploymentOf(service: ServiceRecord, deploymentId: string): ServiceRecord['deployments'][number] {
  const deployment = service.deployments.find(({ id }) => id === deploymentId);
  if (!deployment) throw new Error(`${service.name}: deployment ${deploymentId} is not known`);
  return deployment;
}
