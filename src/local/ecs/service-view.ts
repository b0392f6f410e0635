// What the scheduler gets to see of a service: made anew from the records for each pass.
import type { TargetGroups } from '../elb/target-groups.ts';
import { checkedContainers } from './container-plan.ts';
import type { ServiceRecord, TaskRecord } from './model.ts';
import type { SchedulerInput, SchedulerTask, TaskPhase } from './scheduler-types.ts';
import type { EcsStore } from './store.ts';
import { assessTask } from './task-health.ts';
import type { Timing } from './timing.ts';

export interface ViewOptions {
  readonly service: ServiceRecord;
  readonly store: Pick<EcsStore, 'tasksOf' | 'taskDefinition'>;
  readonly targetGroups: Pick<TargetGroups, 'health'>;
  readonly timing: Timing;
  readonly nowMs: number;
  readonly placementBlockedUntilMs?: number | undefined;
}

export function schedulerInput(options: ViewOptions): SchedulerInput {
  const { service, store, targetGroups, timing, nowMs } = options;
  const tasks: SchedulerTask[] = [];
  for (const task of store.tasksOf(service)) {
    if (task.lastStatus === 'STOPPED' && task.accounted) continue;
    const rules = {
      serviceName: service.name,
      checkedContainers: checkedContainers(store.taskDefinition(task.taskDefinitionArn)),
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
    deployments: service.deployments,
    lastCompletedId: service.lastCompleted?.id,
    tasks,
    placementBlockedUntilMs: options.placementBlockedUntilMs,
    timing,
  };
}

export function phaseOf(task: TaskRecord): TaskPhase {
  if (task.lastStatus === 'STOPPED') return 'stopped';
  if (task.desiredStatus === 'STOPPED') return 'stopping';
  return task.lastStatus === 'RUNNING' ? 'running' : 'starting';
}
