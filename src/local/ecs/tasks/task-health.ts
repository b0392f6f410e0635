// When ECS counts a task as healthy: RUNNING, its container health checks HEALTHY, its targets healthy –
// and a short grace after RUNNING where a task has neither (40 s at ECS).
import type { TargetHealth } from '../../elb/target-groups.ts';
import { ec2InstanceId } from '../ids.ts';
import type { TaskRecord } from '../model.ts';
import { failedContainerChecks, failedTargetChecks, reasons } from '../texts.ts';

export interface HealthRules {
  readonly serviceName: string;
  /** Names of the essential containers whose definition has a health check. */
  readonly checkedContainers: readonly string[];
  readonly targetHealth: (groupArn: string, taskId: string) => TargetHealth;
  /** The targets are ports of a container instance (bridge, host), not addresses of tasks (awsvpc). */
  readonly targetsAreInstances: boolean;
  /** For a task without any check. */
  readonly graceMs: number;
  /** healthCheckGracePeriodSeconds: failures are not held against a task so young. */
  readonly healthCheckGracePeriodMs: number;
}

export interface Assessment {
  readonly health: 'healthy' | 'waiting' | 'unhealthy';
  readonly unhealthyReason?: string;
  readonly unhealthyEvent?: string;
  readonly waitingUntilMs?: number;
}

export function assessTask(task: TaskRecord, rules: HealthRules, nowMs: number): Assessment {
  if (task.lastStatus !== 'RUNNING' || task.startedAtMs === undefined) return { health: 'waiting' };
  const checks = [...containerChecks(task, rules), ...targetChecks(task, rules)];
  if (checks.length === 0) {
    const until = task.startedAtMs + rules.graceMs;
    return nowMs >= until ? { health: 'healthy' } : { health: 'waiting', waitingUntilMs: until };
  }
  const failed = checks.find((check) => check.health === 'unhealthy');
  if (failed) {
    const until = task.startedAtMs + rules.healthCheckGracePeriodMs;
    return nowMs >= until ? failed : { health: 'waiting', waitingUntilMs: until };
  }
  return checks.every((check) => check.health === 'healthy') ? { health: 'healthy' } : { health: 'waiting' };
}

function containerChecks(task: TaskRecord, rules: HealthRules): Assessment[] {
  return rules.checkedContainers.map((name) => {
    const status = task.containers.find((container) => container.name === name)?.healthStatus;
    if (status === 'HEALTHY') return { health: 'healthy' };
    if (status !== 'UNHEALTHY') return { health: 'waiting' };
    return {
      health: 'unhealthy',
      unhealthyReason: reasons.containerHealth,
      unhealthyEvent: failedContainerChecks(rules.serviceName, task.id),
    };
  });
}

function targetChecks(task: TaskRecord, rules: HealthRules): Assessment[] {
  return task.targets.map(({ groupArn, containerName, containerPort }) => {
    const { state, description } = rules.targetHealth(groupArn, task.id);
    if (state === 'healthy') return { health: 'healthy' };
    if (state !== 'unhealthy') return { health: 'waiting' };
    const instance = rules.targetsAreInstances ? task.containerInstanceArn : undefined;
    const hostPort = task.containers
      .find(({ name }) => name === containerName)
      ?.networkBindings.find((binding) => binding.containerPort === containerPort)?.hostPort;
    return {
      health: 'unhealthy',
      unhealthyReason: reasons.targetHealth(groupArn),
      unhealthyEvent: failedTargetChecks(
        rules.serviceName,
        instance === undefined ? `task ${task.id}` : `instance ${ec2InstanceId(instance)}`,
        instance === undefined ? containerPort : (hostPort ?? containerPort),
        groupArn,
        description ?? 'Health checks failed',
      ),
    };
  });
}
