// From a task definition to what the runtime shall run: pure, one spec a container, in the order of definition.
import type { ContainerDefinition, ContainerDependency } from '@aws-sdk/client-ecs';
import { containersOf, type TaskDefinitionRecord, type TaskRecord } from '../model.ts';
import { linksOf, linuxOf, mountsOf, portsOf } from './container-parts.ts';
import { dependenciesOf } from './dependencies.ts';
import type { ContainerSpec, HealthCheckSpec, Platform } from './task-runtime.ts';

export interface PlanContext {
  readonly region: string;
  /** Names of Service Connect that the task may call. */
  readonly hostAliases: readonly string[];
  readonly serviceName?: string | undefined;
}

export interface ContainerPlan {
  readonly definition: ContainerDefinition;
  readonly spec: Omit<ContainerSpec, 'imageId'>;
  readonly dependsOn: readonly ContainerDependency[];
}

/** ECS: 30 s unless the definition says otherwise. */
export function stopTimeoutMs(container: ContainerDefinition | undefined): number {
  return (container?.stopTimeout ?? 30) * 1000;
}

/** What the definition says, else what its container instance is; Fargate's default is x86. */
export function platformOf(
  definition: TaskDefinitionRecord,
  task: Pick<TaskRecord, 'cpuArchitecture'>,
): Platform {
  const { operatingSystemFamily = 'LINUX', cpuArchitecture } = definition.definition.runtimePlatform ?? {};
  // Every other family is a Windows, and Windows containers are x86 only.
  if (operatingSystemFamily !== 'LINUX') return 'windows/amd64';
  const architecture = cpuArchitecture ?? task.cpuArchitecture;
  return architecture === 'ARM64' ? 'linux/arm64' : 'linux/amd64';
}

export function planContainers(
  task: TaskRecord,
  definition: TaskDefinitionRecord,
  context: PlanContext,
): ContainerPlan[] {
  const containers = containersOf(definition);
  return containers.map((container) => ({
    definition: container,
    dependsOn: dependenciesOf(container),
    spec: specOf(container, task, definition, containers.length, context),
  }));
}

function specOf(
  container: ContainerDefinition,
  task: TaskRecord,
  definition: TaskDefinitionRecord,
  containerCount: number,
  context: PlanContext,
): Omit<ContainerSpec, 'imageId'> {
  const override = task.overrides.containerOverrides?.find((candidate) => candidate.name === container.name);
  const awsvpc = definition.definition.networkMode === 'awsvpc';
  return {
    taskId: task.id,
    name: container.name ?? '',
    image: container.image ?? '',
    platform: platformOf(definition, task),
    labels: {
      ...container.dockerLabels,
      'com.amazonaws.ecs.cluster': task.clusterArn,
      'com.amazonaws.ecs.container-name': container.name ?? '',
      'com.amazonaws.ecs.task-arn': task.arn,
      'com.amazonaws.ecs.task-definition-family': definition.family,
      'com.amazonaws.ecs.task-definition-version': String(definition.revision),
      ...(context.serviceName !== undefined && { 'slipway.local.service': context.serviceName }),
    },
    command: override?.command ?? container.command,
    entryPoint: container.entryPoint,
    environment: {
      AWS_EXECUTION_ENV: task.launchType === 'FARGATE' ? 'AWS_ECS_FARGATE' : 'AWS_ECS_EC2',
      AWS_REGION: context.region,
      AWS_DEFAULT_REGION: context.region,
      ...pairs(container.environment),
      ...pairs(override?.environment),
    },
    workingDirectory: container.workingDirectory,
    user: container.user,
    hostname: container.hostname,
    cpuUnits: override?.cpu ?? (container.cpu || undefined) ?? share(task.cpu, containerCount),
    memoryMiB: override?.memory ?? container.memory ?? (Number(task.memory) || undefined),
    memoryReservationMiB: override?.memoryReservation ?? container.memoryReservation,
    healthCheck: healthCheckOf(container),
    ports: portsOf(container),
    taskPorts: containersOf(definition).flatMap(portsOf),
    hostAliases: context.hostAliases,
    network: definition.definition.networkMode === 'none' ? 'none' : 'bridge',
    extraHosts: (container.extraHosts ?? []).map(({ hostname, ipAddress }) => ({
      name: hostname ?? '',
      address: ipAddress ?? '',
    })),
    dnsServers: container.dnsServers ?? [],
    dnsSearchDomains: container.dnsSearchDomains ?? [],
    links: linksOf(container),
    volumesFrom: (container.volumesFrom ?? []).map(({ sourceContainer, readOnly }) => ({
      container: sourceContainer ?? '',
      readOnly: readOnly ?? false,
    })),
    linux: linuxOf(container),
    mounts: mountsOf(container, definition),
    privileged: container.privileged ?? false,
    readOnlyRoot: container.readonlyRootFilesystem ?? false,
    init: container.linuxParameters?.initProcessEnabled ?? false,
    stopTimeoutMs: stopTimeoutMs(container),
    sharedNetwork: awsvpc && containerCount > 1,
    ulimits: (container.ulimits ?? []).map((limit) => ({
      name: limit.name ?? '',
      soft: limit.softLimit ?? 0,
      hard: limit.hardLimit ?? 0,
    })),
  };
}

function share(taskCpu: string, containerCount: number): number | undefined {
  const units = Number(taskCpu);
  return units > 0 ? Math.max(2, Math.floor(units / containerCount)) : undefined;
}

function pairs(
  list: readonly { name?: string | undefined; value?: string | undefined }[] | undefined,
): Record<string, string> {
  return Object.fromEntries((list ?? []).map(({ name, value }) => [name ?? '', value ?? '']));
}

/** Defaults of API_HealthCheck: every 30 s, 5 s each, 3 tries. `NONE` switches the check off. */
function healthCheckOf(container: ContainerDefinition): HealthCheckSpec | undefined {
  const check = container.healthCheck;
  if (!check?.command || check.command.length === 0 || check.command[0] === 'NONE') return undefined;
  return {
    command: check.command,
    intervalMs: (check.interval ?? 30) * 1000,
    timeoutMs: (check.timeout ?? 5) * 1000,
    retries: check.retries ?? 3,
    startPeriodMs: (check.startPeriod ?? 0) * 1000,
  };
}

/** The essential containers whose health decides on the task's. */
export function checkedContainers(definition: TaskDefinitionRecord): string[] {
  return containersOf(definition)
    .filter((container) => container.essential !== false && healthCheckOf(container))
    .map((container) => container.name ?? '');
}
