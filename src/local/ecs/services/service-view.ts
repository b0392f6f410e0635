// What the scheduler gets to see of a service: made anew from the records for each pass.
import type { Alarms } from '../../cloudwatch/alarms.ts';
import type { TargetGroups } from '../../elb/target-groups.ts';
import { shortName } from '../ids.ts';
import type { DeploymentRecord, EcsState, ServiceRecord, TaskRecord } from '../model.ts';
import type {
  AlarmWatch,
  SchedulerDeployment,
  SchedulerInput,
  SchedulerTask,
  TaskPhase,
} from '../scheduler/types.ts';
import type { EcsStore } from '../store.ts';
import { checkedContainers } from '../tasks/container-plan.ts';
import { assessTask } from '../tasks/task-health.ts';
import { reasons } from '../texts.ts';
import type { Timing } from '../timing.ts';

export interface ViewOptions {
  readonly service: ServiceRecord;
  readonly store: Pick<EcsStore, 'tasksOf' | 'taskDefinition'> & {
    readonly state: Pick<EcsState, 'serviceDeployments'> & Partial<Pick<EcsState, 'draining'>>;
  };
  readonly targetGroups: Pick<TargetGroups, 'health'>;
  readonly alarms: Pick<Alarms, 'stateOf' | 'evaluationMs'>;
  readonly timing: Timing;
  readonly nowMs: number;
  readonly placementBlockedUntilMs?: number | undefined;
}

export function schedulerInput(options: ViewOptions): SchedulerInput {
  const { service, store, targetGroups, timing, nowMs } = options;
  const tasks: SchedulerTask[] = [];
  for (const task of store.tasksOf(service)) {
    if (task.lastStatus === 'STOPPED' && task.accounted) continue;
    const definition = store.taskDefinition(task.taskDefinitionArn);
    const rules = {
      serviceName: service.name,
      checkedContainers: checkedContainers(definition),
      targetsAreInstances: definition.definition.networkMode !== 'awsvpc',
      targetHealth: (groupArn: string, taskId: string) => targetGroups.health(groupArn, taskId),
      graceMs: timing.healthyGraceMs,
      healthCheckGracePeriodMs: service.healthCheckGracePeriodSeconds * 1000,
    };
    tasks.push({
      id: task.id,
      deploymentId: task.deploymentId ?? '',
      createdAtMs: task.createdAtMs,
      phase: phaseOf(task),
      ...assessTask(task, rules, nowMs),
      leaving: leavingReason(task, store.state.draining),
      everHealthy: task.everHealthy,
      stopCause: task.stopCause,
      accounted: task.accounted,
    });
  }
  return {
    serviceName: service.name,
    status: service.status,
    desiredCount: service.desiredCount,
    configuration: service.deploymentConfiguration,
    steady: service.steady,
    deployments: service.deployments.map((deployment) => deploymentView(deployment, options)),
    lastCompletedId: service.lastCompleted?.id,
    tasks,
    placementBlockedUntilMs: options.placementBlockedUntilMs,
    timing,
  };
}

function leavingReason(task: TaskRecord, draining: EcsState['draining'] = {}): string | undefined {
  const arn = task.containerInstanceArn ?? '';
  return draining[arn] ? reasons.hostDraining(shortName(arn)) : undefined;
}

function deploymentView(deployment: DeploymentRecord, options: ViewOptions): SchedulerDeployment {
  const run = options.store.state.serviceDeployments[deployment.serviceDeploymentArn];
  return { ...deployment, serviceDeployment: run?.status, alarms: alarmWatch(deployment, options) };
}

/**
 * Alarms count from the first task of the new revision that ran on, for as long as they take to be evaluated after
 * the service has become steady. A rollback reports to the service deployment that failed, whose alarms are settled.
 * Source: "How CloudWatch alarms detect Amazon ECS deployment failures".
 */
function alarmWatch(deployment: DeploymentRecord, options: ViewOptions): AlarmWatch | undefined {
  const { service, store, alarms, timing } = options;
  const run = store.state.serviceDeployments[deployment.serviceDeploymentArn];
  if (deployment.status !== 'PRIMARY' || run?.alarms?.status !== 'MONITORING') {
    return undefined;
  }
  const names = run.alarms.alarmNames;
  const hasRun = [...store.tasksOf(service)].some(
    (task) => task.deploymentId === deployment.id && task.startedAtMs !== undefined,
  );
  const evaluationMs = Math.max(0, ...names.map((name) => alarms.evaluationMs(name) ?? 0));
  return {
    inAlarm: hasRun ? names.filter((name) => alarms.stateOf(name) === 'ALARM') : [],
    rollback: run.deploymentConfiguration.alarms?.rollback ?? false,
    bakeMs: hasRun ? Math.min(evaluationMs, timing.alarmBakeMaximumMs) : 0,
  };
}

export function phaseOf(task: TaskRecord): TaskPhase {
  if (task.lastStatus === 'STOPPED') return 'stopped';
  if (task.desiredStatus === 'STOPPED') return 'stopping';
  return task.lastStatus === 'RUNNING' ? 'running' : 'starting';
}
