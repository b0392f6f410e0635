// A task and its containers as DescribeTasks shows them. Clients rely on members being there: lists are never absent.
import type { Attachment, Container, HealthStatus, Tag, Task } from '@aws-sdk/client-ecs';
import { optionalDate } from '../dates.ts';
import type { ContainerRecord, TaskDefinitionRecord, TaskRecord } from '../model.ts';
import { checkedContainers, platformOf } from './container-plan.ts';

export function renderTask(
  task: TaskRecord,
  definition: TaskDefinitionRecord,
  region: string,
  tags: Tag[] = [],
): Task {
  const fargate = task.launchType === 'FARGATE';
  const awsvpc = definition.definition.networkMode === 'awsvpc';
  const architecture = platformOf(definition, task) === 'linux/arm64' ? 'arm64' : 'x86_64';
  return {
    taskArn: task.arn,
    clusterArn: task.clusterArn,
    taskDefinitionArn: task.taskDefinitionArn,
    containerInstanceArn: task.containerInstanceArn,
    group: task.group,
    startedBy: task.startedBy,
    launchType: task.launchType,
    ...(task.capacityProvider !== undefined && { capacityProviderName: task.capacityProvider }),
    availabilityZone: `${region}a`,
    attributes: [{ name: 'ecs.cpu-architecture', value: architecture }],
    attachments: awsvpc ? [networkAttachment(task)] : [],
    connectivity: 'CONNECTED',
    connectivityAt: new Date(task.createdAtMs),
    containers: task.containers.map((container) => renderContainer(container, task, definition)),
    cpu: task.cpu,
    memory: task.memory,
    desiredStatus: task.desiredStatus,
    lastStatus: task.lastStatus,
    healthStatus: taskHealth(task, definition),
    enableExecuteCommand: task.enableExecuteCommand,
    inferenceAccelerators: [],
    overrides: {
      inferenceAcceleratorOverrides: [],
      ...task.overrides,
      containerOverrides: task.containers.map(
        ({ name }) =>
          task.overrides.containerOverrides?.find((override) => override.name === name) ?? { name },
      ),
    },
    createdAt: new Date(task.createdAtMs),
    ...optionalDate('pullStartedAt', task.pullStartedAtMs),
    ...optionalDate('pullStoppedAt', task.pullStoppedAtMs),
    ...optionalDate('startedAt', task.startedAtMs),
    ...optionalDate('stoppingAt', task.stoppingAtMs),
    ...optionalDate('executionStoppedAt', task.executionStoppedAtMs),
    ...optionalDate('stoppedAt', task.stoppedAtMs),
    ...(task.stopCode !== undefined && { stopCode: task.stopCode }),
    ...(task.stoppedReason !== undefined && { stoppedReason: task.stoppedReason }),
    ...(fargate && {
      platformVersion: resolvedPlatform(task.platformVersion),
      platformFamily: platformFamily(definition),
      ephemeralStorage: {
        sizeInGiB:
          task.overrides.ephemeralStorage?.sizeInGiB ??
          definition.definition.ephemeralStorage?.sizeInGiB ??
          20,
      },
    }),
    tags,
    version: task.version,
  };
}

function platformFamily({ definition }: TaskDefinitionRecord): string {
  const { operatingSystemFamily: family = 'LINUX' } = definition.runtimePlatform ?? {};
  return family === 'LINUX' ? 'Linux' : family;
}

/** `LATEST` is a request, not a version. */
export function resolvedPlatform(requested: string | undefined): string {
  return requested === undefined || requested === 'LATEST' ? '1.4.0' : requested;
}

function renderContainer(
  container: ContainerRecord,
  task: TaskRecord,
  definition: TaskDefinitionRecord,
): Container {
  const defined = definition.definition.containerDefinitions?.find(({ name }) => name === container.name);
  const awsvpc = definition.definition.networkMode === 'awsvpc';
  return {
    containerArn: container.arn,
    taskArn: task.arn,
    name: container.name,
    image: container.image,
    lastStatus: container.lastStatus,
    healthStatus: container.healthStatus,
    networkBindings: container.networkBindings,
    networkInterfaces: awsvpc
      ? [
          {
            attachmentId: task.attachmentId,
            ...(task.privateAddress !== undefined && { privateIpv4Address: task.privateAddress }),
          },
        ]
      : [],
    managedAgents: [],
    cpu: String(defined?.cpu ?? 0),
    ...(defined?.memory !== undefined && { memory: String(defined.memory) }),
    ...(defined?.memoryReservation !== undefined && { memoryReservation: String(defined.memoryReservation) }),
    ...(container.imageDigest !== undefined && { imageDigest: container.imageDigest }),
    ...(container.runtimeId !== undefined && { runtimeId: container.runtimeId }),
    ...(container.exitCode !== undefined && { exitCode: container.exitCode }),
    ...(container.reason !== undefined && { reason: container.reason }),
  };
}

/** Decided by the essential containers that have a health check; UNKNOWN if there are none. */
function taskHealth(task: TaskRecord, definition: TaskDefinitionRecord): HealthStatus {
  const checked = checkedContainers(definition).map(
    (name) => task.containers.find((container) => container.name === name)?.healthStatus ?? 'UNKNOWN',
  );
  if (checked.includes('UNHEALTHY')) return 'UNHEALTHY';
  return checked.length > 0 && checked.every((status) => status === 'HEALTHY') ? 'HEALTHY' : 'UNKNOWN';
}

function networkAttachment(task: TaskRecord): Attachment {
  const statuses: Partial<Record<TaskRecord['lastStatus'], string>> = {
    PROVISIONING: 'PRECREATED',
    STOPPED: 'DELETED',
  };
  return {
    id: task.attachmentId,
    type: 'ElasticNetworkInterface',
    status: statuses[task.lastStatus] ?? 'ATTACHED',
    details: [
      { name: 'subnetId', value: task.subnetId ?? 'subnet-local' },
      { name: 'networkInterfaceId', value: `eni-${task.id.slice(0, 17)}` },
      { name: 'macAddress', value: `02:${(task.id.slice(0, 10).match(/../g) ?? []).join(':')}` },
      ...(task.privateAddress === undefined
        ? []
        : [{ name: 'privateIPv4Address', value: task.privateAddress }]),
    ],
  };
}
