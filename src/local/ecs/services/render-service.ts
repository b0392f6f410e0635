// A service as DescribeServices shows it. Every count is taken from the tasks as they are now.
import type { Deployment, Service, Tag } from '@aws-sdk/client-ecs';
import type { DeploymentRecord, EcsState, ServiceRecord, TaskRecord } from '../model.ts';
import type { EcsStore } from '../store.ts';
import { resolvedPlatform } from '../tasks/render-task.ts';
import { offeredAliases } from './service-connect-aliases.ts';

export interface Counts {
  readonly running: number;
  readonly pending: number;
  /** Not told to stop. */
  readonly live: number;
}

export function countTasks(tasks: Iterable<TaskRecord>, deploymentId?: string): Counts {
  let [running, pending] = [0, 0];
  for (const task of tasks) {
    if (deploymentId !== undefined && task.deploymentId !== deploymentId) continue;
    if (task.desiredStatus !== 'RUNNING') continue;
    if (task.lastStatus === 'RUNNING') running += 1;
    else if (task.lastStatus !== 'STOPPED') pending += 1;
  }
  return { running, pending, live: running + pending };
}

export function renderService(service: ServiceRecord, store: EcsStore, tags?: Tag[]): Service {
  const tasks = store.tasksOf(service);
  const counts = countTasks(tasks);
  const primary = service.deployments.find(({ status }) => status === 'PRIMARY') ?? service.lastCompleted;
  const revision = primary && store.state.serviceRevisions[primary.revisionArn];
  const fargate = revision?.launchType === 'FARGATE';
  const run = currentServiceDeployment(service, store.state);
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.clusterArn,
    status: service.status,
    desiredCount: service.desiredCount,
    runningCount: counts.running,
    pendingCount: counts.pending,
    taskDefinition: primary?.taskDefinitionArn,
    loadBalancers: revision?.loadBalancers ?? [],
    serviceRegistries: revision?.serviceRegistries ?? [],
    ...(revision?.capacityProviderStrategy
      ? { capacityProviderStrategy: revision.capacityProviderStrategy }
      : { launchType: revision?.launchType ?? 'EC2' }),
    ...(fargate && { platformVersion: revision.platformVersion ?? 'LATEST', platformFamily: 'Linux' }),
    deploymentConfiguration: service.deploymentConfiguration,
    deploymentController: service.deploymentController,
    deployments: service.deployments.map((deployment) => renderDeployment(deployment, service, store, tasks)),
    ...(run !== undefined && { currentServiceDeployment: run }),
    currentServiceRevisions: service.deployments.map((deployment) => {
      const own = countTasks(tasks, deployment.id);
      return {
        arn: deployment.revisionArn,
        requestedTaskCount: requested(deployment, service, own),
        runningTaskCount: own.running,
        pendingTaskCount: own.pending,
      };
    }),
    ...(service.roleArn !== undefined && { roleArn: service.roleArn }),
    events: service.events.map(({ id, createdAtMs, message }) => ({
      id,
      createdAt: new Date(createdAtMs),
      message,
    })),
    createdAt: new Date(service.createdAtMs),
    createdBy: `arn:aws:iam::${service.arn.split(':')[4] ?? ''}:root`,
    placementConstraints: service.placementConstraints,
    placementStrategy: service.placementStrategy,
    ...(revision?.networkConfiguration && { networkConfiguration: revision.networkConfiguration }),
    healthCheckGracePeriodSeconds: service.healthCheckGracePeriodSeconds,
    schedulingStrategy: service.schedulingStrategy,
    enableECSManagedTags: service.enableECSManagedTags,
    propagateTags: service.propagateTags,
    enableExecuteCommand: service.enableExecuteCommand,
    availabilityZoneRebalancing: service.availabilityZoneRebalancing,
    ...(tags && { tags }),
  };
}

/** The one in progress, else the last that ended. */
function currentServiceDeployment(service: ServiceRecord, state: EcsState): string | undefined {
  const primary = service.deployments.find(({ status }) => status === 'PRIMARY');
  if (!primary) return undefined;
  return state.serviceDeployments[primary.serviceDeploymentArn]?.arn;
}

function requested(deployment: DeploymentRecord, service: ServiceRecord, counts: Counts): number {
  return deployment.status === 'PRIMARY' && service.status === 'ACTIVE' ? service.desiredCount : counts.live;
}

function renderDeployment(
  deployment: DeploymentRecord,
  service: ServiceRecord,
  store: EcsStore,
  tasks: Iterable<TaskRecord>,
): Deployment {
  const revision = store.revision(deployment.revisionArn);
  const counts = countTasks(tasks, deployment.id);
  const connect = revision.serviceConnectConfiguration;
  return {
    id: deployment.id,
    status: deployment.status,
    taskDefinition: deployment.taskDefinitionArn,
    desiredCount: requested(deployment, service, counts),
    pendingCount: counts.pending,
    runningCount: counts.running,
    failedTasks: deployment.failedTasks,
    createdAt: new Date(deployment.createdAtMs),
    updatedAt: new Date(deployment.updatedAtMs),
    rolloutState: deployment.rolloutState,
    rolloutStateReason: deployment.rolloutStateReason,
    ...(revision.capacityProviderStrategy
      ? { capacityProviderStrategy: revision.capacityProviderStrategy }
      : { launchType: revision.launchType }),
    ...(revision.launchType === 'FARGATE' && {
      platformVersion: resolvedPlatform(revision.platformVersion),
      platformFamily: 'Linux',
    }),
    ...(revision.networkConfiguration && { networkConfiguration: revision.networkConfiguration }),
    ...(connect && { serviceConnectConfiguration: connect }),
    ...(connect?.enabled && { serviceConnectResources: connectResources(deployment, service, store) }),
    ...(revision.volumeConfigurations && { volumeConfigurations: revision.volumeConfigurations }),
  };
}

function connectResources(
  deployment: DeploymentRecord,
  service: ServiceRecord,
  store: EcsStore,
): NonNullable<Deployment['serviceConnectResources']> {
  const revision = store.revision(deployment.revisionArn);
  const namespace = store.state.clusters[service.clusterName]?.namespace ?? service.clusterName;
  const offered = offeredAliases(revision, store.taskDefinition(deployment.taskDefinitionArn), namespace);
  return offered.map((alias) => ({
    discoveryName: alias.discoveryName,
    discoveryArn: service.arn
      .replace(':ecs:', ':servicediscovery:')
      .replace(/:service\/.*/, `:service/srv-${alias.namespace}-${alias.discoveryName}`),
  }));
}
