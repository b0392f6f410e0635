// Makes the record of a task that is about to start, for a service or for RunTask.
import { randomUUID } from 'node:crypto';
import type {
  ContainerDefinition,
  LaunchType,
  NetworkConfiguration,
  TaskOverride,
} from '@aws-sdk/client-ecs';
import { ecsArn, newTaskId, type Place } from '../ids.ts';
import {
  type ClusterRecord,
  type ContainerRecord,
  containersOf,
  type TaskDefinitionRecord,
  type TaskRecord,
} from '../model.ts';
import type { ContainerInstance } from '../placement/container-instances.ts';

export interface NewTask {
  readonly place: Place;
  readonly cluster: Pick<ClusterRecord, 'arn' | 'name'>;
  readonly definition: TaskDefinitionRecord;
  readonly launchType: LaunchType;
  readonly group: string;
  readonly startedBy?: string | undefined;
  readonly serviceArn?: string | undefined;
  readonly deploymentId?: string | undefined;
  readonly revisionArn?: string | undefined;
  /** Where it was placed; none on Fargate. */
  readonly instance?: Pick<ContainerInstance, 'arn' | 'cpuArchitecture'> | undefined;
  readonly capacityProvider?: string | undefined;
  readonly network?: NetworkConfiguration | undefined;
  readonly platformVersion?: string | undefined;
  readonly enableExecuteCommand: boolean;
  readonly overrides?: TaskOverride | undefined;
  readonly targets: readonly { groupArn: string; containerName: string; containerPort: number }[];
  readonly nowMs: number;
}

export function newTask(options: NewTask): TaskRecord {
  const { place, cluster, definition } = options;
  const id = newTaskId();
  const containers = containersOf(definition);
  const sum = (of: (container: ContainerDefinition) => number | undefined): string =>
    String(containers.reduce((total, container) => total + (of(container) ?? 0), 0));
  const cpu = options.overrides?.cpu ?? definition.definition.cpu ?? sum(({ cpu }) => cpu);
  const memory =
    options.overrides?.memory ??
    definition.definition.memory ??
    sum(({ memory, memoryReservation }) => memory ?? memoryReservation);
  return {
    id,
    arn: ecsArn(place, `task/${cluster.name}/${id}`),
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    taskDefinitionArn: definition.arn,
    launchType: options.launchType,
    group: options.group,
    startedBy: options.startedBy,
    serviceArn: options.serviceArn,
    deploymentId: options.deploymentId,
    revisionArn: options.revisionArn,
    containerInstanceArn: options.instance?.arn,
    cpuArchitecture: options.instance?.cpuArchitecture,
    capacityProvider: options.capacityProvider,
    subnetId: options.network?.awsvpcConfiguration?.subnets?.[0],
    platformVersion: options.platformVersion,
    cpu,
    memory,
    overrides: options.overrides ?? {},
    enableExecuteCommand: options.enableExecuteCommand,
    attachmentId: randomUUID(),
    createdAtMs: options.nowMs,
    version: 1,
    desiredStatus: 'RUNNING',
    lastStatus: 'PROVISIONING',
    containers: containers.map((container) => newContainer(container, place, cluster.name, id)),
    targets: options.targets.map((target) => ({ ...target, registered: false })),
    everHealthy: false,
    accounted: false,
  };
}

function newContainer(
  container: ContainerDefinition,
  place: Place,
  clusterName: string,
  taskId: string,
): ContainerRecord {
  return {
    name: container.name ?? '',
    arn: ecsArn(place, `container/${clusterName}/${taskId}/${randomUUID()}`),
    image: container.image ?? '',
    essential: container.essential ?? true,
    lastStatus: 'PENDING',
    healthStatus: 'UNKNOWN',
    networkBindings: [],
  };
}
