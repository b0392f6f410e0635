/** Reduces the SDK's answers to the views that decisions read. */
import type { ContainerImage, Deployment, Service, ServiceDeployment, Task } from '@aws-sdk/client-ecs';
import type {
  DeploymentView,
  RunningTask,
  ServiceDeploymentView,
  ServiceView,
  StoppedTask,
} from '../release/judging/observation.ts';

export const toServiceView = (service: Service): ServiceView => ({
  name: service.serviceName ?? '',
  arn: service.serviceArn ?? '',
  status: service.status ?? '',
  taskDefinition: service.taskDefinition ?? '',
  desired: service.desiredCount ?? 0,
  running: service.runningCount ?? 0,
  pending: service.pendingCount ?? 0,
  createdAtMs: service.createdAt?.getTime() ?? 0,
  targetGroups: (service.loadBalancers ?? []).flatMap(({ targetGroupArn }) => targetGroupArn ?? []),
  deployments: (service.deployments ?? []).map(toDeploymentView),
  events: (service.events ?? []).map((event) => ({
    atMs: event.createdAt?.getTime() ?? 0,
    message: event.message ?? '',
  })),
});

const toDeploymentView = (deployment: Deployment): DeploymentView => ({
  id: deployment.id ?? '',
  status: deployment.status ?? '',
  taskDefinition: deployment.taskDefinition ?? '',
  desired: deployment.desiredCount ?? 0,
  running: deployment.runningCount ?? 0,
  pending: deployment.pendingCount ?? 0,
  failed: deployment.failedTasks ?? 0,
  rolloutState: deployment.rolloutState ?? null,
  rolloutReason: deployment.rolloutStateReason ?? null,
  createdAtMs: deployment.createdAt?.getTime() ?? 0,
});

export const toStoppedTask = (task: Task): StoppedTask => ({
  arn: task.taskArn ?? '',
  startedBy: task.startedBy ?? '',
  stopCode: task.stopCode ?? null,
  stoppedReason: task.stoppedReason ?? null,
  lastStatus: task.lastStatus ?? 'STOPPED',
  createdAtMs: task.createdAt?.getTime() ?? 0,
  stoppedAtMs: task.stoppedAt?.getTime() ?? task.stoppingAt?.getTime() ?? 0,
  containers: (task.containers ?? []).map((container) => ({
    name: container.name ?? '',
    exitCode: container.exitCode ?? null,
    reason: container.reason ?? null,
    healthStatus: container.healthStatus ?? null,
  })),
});

export const toRunningTask = (task: Task): RunningTask => ({
  arn: task.taskArn ?? '',
  startedBy: task.startedBy ?? '',
  createdAtMs: task.createdAt?.getTime() ?? 0,
  containers: (task.containers ?? []).map((container) => ({
    name: container.name ?? '',
    healthStatus: container.healthStatus ?? null,
  })),
  addresses: [...new Set([...containerAddresses(task), ...attachedAddresses(task)])],
  hostPorts: (task.containers ?? []).flatMap(({ networkBindings = [] }) =>
    networkBindings.flatMap(({ hostPort }) => hostPort ?? []),
  ),
});

const containerAddresses = ({ containers = [] }: Task): readonly string[] =>
  containers.flatMap(({ networkInterfaces = [] }) =>
    networkInterfaces.flatMap(({ privateIpv4Address }) => privateIpv4Address ?? []),
  );

/** Known before the containers run. */
const attachedAddresses = ({ attachments = [] }: Task): readonly string[] =>
  attachments.flatMap(({ details = [] }) =>
    details.flatMap(({ name, value }) => (name === 'privateIPv4Address' && value ? [value] : [])),
  );

export const toDigests = (images: readonly ContainerImage[]): ReadonlyMap<string, string> =>
  new Map(
    images.flatMap(({ containerName, imageDigest }) =>
      containerName && imageDigest ? [[containerName, imageDigest] as const] : [],
    ),
  );

export const toServiceDeploymentView = (run: ServiceDeployment): ServiceDeploymentView => ({
  arn: run.serviceDeploymentArn ?? '',
  status: run.status ?? '',
  reason: run.rollback?.reason ?? run.statusReason ?? null,
  breaker: {
    triggered: run.deploymentCircuitBreaker?.status === 'TRIGGERED',
    failures: run.deploymentCircuitBreaker?.failureCount ?? 0,
    threshold: run.deploymentCircuitBreaker?.threshold ?? 0,
  },
  alarms: {
    watched: run.alarms?.status === 'MONITORING',
    triggered: run.alarms?.triggeredAlarmNames ?? [],
  },
});
