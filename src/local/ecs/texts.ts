// ECS's own sentences, in one place: clients and people search for them.
// Source: "Amazon ECS service event messages" and the fixtures named in the facts.

export const steady = (service: string): string => `(service ${service}) has reached a steady state.`;

export const deploymentCompleted = (service: string, deploymentId: string): string =>
  `(service ${service}) (deployment ${deploymentId}) deployment completed.`;

export const deploymentFailed = (service: string, deploymentId: string): string =>
  `(service ${service}) (deployment ${deploymentId}) deployment failed: tasks failed to start.`;

export const rollingBack = (service: string, deploymentId: string): string =>
  `(service ${service}) rolling back to deployment ${deploymentId}.`;

const taskList = (taskIds: readonly string[]): string => taskIds.map((id) => `(task ${id})`).join(' ');

export const started = (service: string, taskIds: readonly string[]): string =>
  `(service ${service}) has started ${taskIds.length} tasks: ${taskList(taskIds)}.`;

export const stopped = (service: string, taskIds: readonly string[]): string =>
  `(service ${service}) has stopped ${taskIds.length} running tasks: ${taskList(taskIds)}.`;

export const draining = (service: string, count: number): string =>
  `(service ${service}) has begun draining connections on ${count} tasks.`;

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

export const failedTargetChecks = (service: string, port: number, groupArn: string, reason: string): string =>
  `(service ${service}) (port ${port}) is unhealthy in (target-group ${groupArn}) due to (reason ${reason})`;

export const unableToPlace = (service: string, why: string): string =>
  `(service ${service}) was unable to place a task because no container instance met all of its requirements. ${why} For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.`;

export const reasons = {
  scaling: (deploymentId: string): string => `Scaling activity initiated by (deployment ${deploymentId})`,
  essentialExited: 'Essential container in task exited',
  containerHealth: 'Task failed container health checks',
  targetHealth: (groupArn: string): string => `Task failed ELB health checks in (target-group ${groupArn})`,
  byUser: 'Task stopped by user',
} as const;

export const rollout = {
  inProgress: (deploymentId: string): string => `ECS deployment ${deploymentId} in progress.`,
  completed: (deploymentId: string): string => `ECS deployment ${deploymentId} completed.`,
  failed: 'ECS deployment circuit breaker: tasks failed to start.',
  rollingBack: (deploymentId: string): string =>
    `ECS deployment circuit breaker: rolling back to deploymentId ${deploymentId}.`,
  stopped: 'Service deployment rolled back because a rollback was requested.',
} as const;
