// ECS's own sentences, in one place: clients and people search for them. Sources: "Amazon ECS service event messages",
// "Stopped tasks error codes", and events of real services that people published. Ours alone are marked as such.
import type { FailureCause } from './scheduler/types.ts';

export const steady = (service: string): string => `(service ${service}) has reached a steady state.`;

export const deploymentCompleted = (service: string, deploymentId: string): string =>
  `(service ${service}) (deployment ${deploymentId}) deployment completed.`;

export const deploymentFailed = (service: string, deploymentId: string, cause: FailureCause): string => {
  const why = {
    'circuit-breaker': 'tasks failed to start.',
    alarms: 'alarm detected.',
    // Ours: what ECS says here is not known; on other failures it repeats the statusReason.
    user: serviceDeployment.rolledBack('user'),
  };
  return `(service ${service}) (deployment ${deploymentId}) deployment failed: ${why[cause]}`;
};

export const rollingBack = (service: string, deploymentId: string): string =>
  `(service ${service}) rolling back to deployment ${deploymentId}.`;

const taskList = (taskIds: readonly string[]): string => taskIds.map((id) => `(task ${id})`).join(' ');

export const started = (service: string, taskIds: readonly string[], replacing = 0): string => {
  const why = replacing > 0 ? ` Amazon ECS replaced ${replacing} tasks due to an unhealthy status.` : '';
  return `(service ${service}) has started ${taskIds.length} tasks: ${taskList(taskIds)}.${why}`;
};

export const stopped = (service: string, taskIds: readonly string[]): string =>
  `(service ${service}) has stopped ${taskIds.length} running tasks: ${taskList(taskIds)}.`;

export const stoppedPending = (service: string, count: number): string =>
  `(service ${service}) stopped ${count} pending tasks.`;

export const draining = (service: string, deploymentId: string, count: number): string =>
  `(service ${service}, taskSet ${deploymentId}) has begun draining connections on ${count} tasks.`;

export const registered = (service: string, count: number, groupArn: string): string =>
  `(service ${service}) registered ${count} targets in (target-group ${groupArn})`;

export const deregistered = (service: string, count: number, groupArn: string): string =>
  `(service ${service}) deregistered ${count} targets in (target-group ${groupArn})`;

export const stuckWindow = (service: string): string =>
  `(service ${service}) was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.`;

export const startsThrottled = (service: string): string =>
  `(service ${service}) is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.`;

export const failedContainerChecks = (service: string, taskId: string): string =>
  `(service ${service}) (task ${taskId}) failed container health checks.`;

/** `target`: `task <id>` where targets are addresses, `instance <EC2 id>` where they are ports of a host. */
export const failedTargetChecks = (
  service: string,
  target: string,
  port: number,
  groupArn: string,
  reason: string,
): string =>
  `(service ${service}) (${target}) (port ${port}) is unhealthy in (target-group ${groupArn}) due to (reason ${reason}).`;

export const unableToPlace = (service: string, why: string): string =>
  `(service ${service}) was unable to place a task because no container instance met all of its requirements. ${why} For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.`;

export const reasons = {
  scaling: (deploymentId: string): string => `Scaling activity initiated by (deployment ${deploymentId})`,
  essentialExited: 'Essential container in task exited',
  containerHealth: 'Task failed container health checks',
  targetHealth: (groupArn: string): string => `Task failed ELB health checks in (target-group ${groupArn})`,
  /** Not settled by AWS's documents; of one that was terminated they say "Host EC2 (instance i-…) terminated." */
  hostDraining: (instanceId: string): string => `Host EC2 (container-instance ${instanceId}) is draining.`,
  /** Ours, for containers that were removed under the endpoint; nearest to it is the termination of a host. */
  lost: 'The containers of the task were removed from the engine',
  byUser: 'Task stopped by user',
} as const;

/** `rolloutStateReason`. */
export const rollout = {
  inProgress: (deploymentId: string): string => `ECS deployment ${deploymentId} in progress.`,
  completed: (deploymentId: string): string => `ECS deployment ${deploymentId} completed.`,
  failed: {
    'circuit-breaker': 'ECS deployment circuit breaker: tasks failed to start.',
    // Ours, formed after the first: AWS does not publish them.
    alarms: 'ECS deployment alarms: alarm detected.',
    user: 'ECS deployment stopped: rolled back by user.',
  },
  rollingBack: (deploymentId: string, cause: FailureCause): string => {
    const by = { 'circuit-breaker': 'circuit breaker', alarms: 'alarms', user: 'stopped' };
    return `ECS deployment ${by[cause]}: rolling back to deploymentId ${deploymentId}.`;
  },
} as const;

const failureOf: Record<FailureCause, string> = {
  'circuit-breaker': 'because the circuit breaker threshold was exceeded',
  alarms: 'because of one or more active alarms',
  user: 'by user',
};

/** `statusReason` of service deployments. */
export const serviceDeployment = {
  rolledBack: (cause: FailureCause): string => `Service deployment rolled back ${failureOf[cause]}.`,
  noCandidate: (_cause: FailureCause): string => 'No rollback candidate was found to run the rollback.',
  // Ours, formed after the first: AWS does not publish them.
  stopped: (cause: FailureCause): string => `Service deployment stopped ${failureOf[cause]}.`,
  rollbackFailed: (cause: FailureCause): string => `Service deployment rollback failed ${failureOf[cause]}.`,
  superseded: 'Service deployment stopped because a newer service deployment was started.',
  deleted: 'Service deployment stopped because the service is being deleted.',
} as const;
