// What RegisterTaskDefinition refuses, in ECS's words as far as they are known.
import type {
  ContainerDefinition,
  HealthCheck,
  PortMapping,
  RegisterTaskDefinitionCommandInput,
  Volume,
} from '@aws-sdk/client-ecs';
import { AwsError } from '../../wire/aws-error.ts';
import { isName } from '../ids.ts';
import { clientError } from '../lookup.ts';
import { checkPlacement } from '../placement/placement.ts';
import { parsePortRange, portsOf } from '../tasks/container-parts.ts';
import { checkFargate } from './fargate-rules.ts';
import { parseImageName } from './image-name.ts';
import { sizeInUnits } from './sizes.ts';

export function checkTaskDefinition(input: RegisterTaskDefinitionCommandInput): void {
  if (!input.family) throw clientError('Family should not be null or empty.');
  if (!isName(input.family)) {
    throw clientError(
      'Family contains invalid characters. Letters, numbers, hyphens and underscores are allowed.',
    );
  }
  const containers = input.containerDefinitions ?? [];
  if (containers.length === 0) throw clientError('Container list cannot be empty.');
  checkSize(input);
  checkNames(containers);
  if (input.cpu && !(sizeInUnits(input.cpu, 'vcpu') > 0))
    throw clientError("Invalid 'cpu' setting for task.");
  if (input.memory && !(sizeInUnits(input.memory, 'gb') > 0)) {
    throw clientError("Invalid 'memory' setting for task.");
  }
  for (const volume of input.volumes ?? []) checkVolume(volume);
  for (const container of containers) checkContainer(container, input);
  checkPorts(input);
  if (!containers.some((container) => container.essential ?? true)) {
    throw clientError('At least one container must be marked as essential.');
  }
  checkDependencies(containers);
  checkPlacement(input.placementConstraints);
  if (input.requiresCompatibilities?.includes('FARGATE')) checkFargate(input);
}

/** Seen in aws/amazon-ecs-cli#184 and awsdocs/amazon-ecs-developer-guide#149. */
function checkSize({ tags: _tags, ...definition }: RegisterTaskDefinitionCommandInput): void {
  if ((definition.containerDefinitions?.length ?? 0) > 10) throw clientError('Too many containers.');
  const bytes = Buffer.byteLength(JSON.stringify(definition));
  if (bytes > 65_536) throw clientError(`Actual length: '${bytes}'. Max allowed length is '65536' bytes.`);
}

function checkNames(containers: readonly ContainerDefinition[]): void {
  const names = containers.map(({ name }) => name ?? '');
  if (names.some((name) => !isName(name))) {
    throw clientError(
      'Container.name should not be null or empty and may hold letters, numbers, hyphens and underscores.',
    );
  }
  if (new Set(names).size !== names.length) throw clientError('Container names must be unique.');
}

/** Storage that is not on this machine is refused: an empty folder in its place would look as if it were lost. */
function checkVolume(volume: Volume): void {
  if (!volume.name) throw clientError('Volume name must not be null or empty.');
  const { efsVolumeConfiguration: efs, fsxWindowsFileServerVolumeConfiguration: fsx } = volume;
  if (efs || fsx) throw notHere(`no ${efs ? 'EFS' : 'FSx'} volumes (${volume.name})`);
}

function checkContainer(container: ContainerDefinition, input: RegisterTaskDefinitionCommandInput): void {
  if (!container.image) throw clientError('Container.image should not be null or empty.');
  if (!parseImageName(container.image)) {
    throw clientError(`Container.image contains invalid characters: ${container.image}`);
  }
  checkMemory(container, input);
  if (container.environmentFiles?.length) {
    throw notHere(`no S3, where environmentFiles of container ${container.name} would be read from`);
  }
  if (container.healthCheck) checkHealthCheck(container.healthCheck);
  for (const mount of container.mountPoints ?? []) {
    if (!input.volumes?.some(({ name }) => name === mount.sourceVolume)) {
      throw clientError(`Unknown volume '${mount.sourceVolume}'.`);
    }
  }
  const logs = container.logConfiguration;
  if (logs?.logDriver === 'awslogs' && !logs.options?.['awslogs-group']) {
    throw clientError('Log driver awslogs requires options: awslogs-group.');
  }
  if (input.networkMode === 'awsvpc') {
    if (container.links?.length) throw clientError('Links are not supported when networkMode=awsvpc.');
    if (container.extraHosts?.length)
      throw clientError('Extra hosts are not supported when networkMode=awsvpc.');
    if (container.hostname)
      throw clientError('hostname is not supported on container when networkMode=awsvpc.');
    if (container.dnsServers?.length) {
      throw clientError('DNS servers are not supported on container when networkMode=awsvpc.');
    }
  }
}

/** ECS's upper limits. Not the lower ones: whoever tries something out does not want to wait. */
const healthCheckLimits = { interval: 300, timeout: 60, retries: 10, startPeriod: 300 } as const;

function checkHealthCheck(check: HealthCheck): void {
  if (!['CMD', 'CMD-SHELL', 'NONE'].includes(check.command?.[0] ?? '')) {
    throw clientError('healthCheck.command must begin with CMD, CMD-SHELL or NONE.');
  }
  for (const [name, maximum] of Object.entries(healthCheckLimits)) {
    const value = check[name as keyof typeof healthCheckLimits];
    if (value != null && (value < 0 || value > maximum)) {
      throw clientError(`healthCheck.${name} must not be greater than ${maximum}, or negative.`);
    }
  }
}

function checkMemory(container: ContainerDefinition, input: RegisterTaskDefinitionCommandInput): void {
  const { name, memory, memoryReservation } = container;
  const setting = `Invalid setting for container '${name}'.`;
  if (!input.memory && !memory && !memoryReservation) {
    throw clientError(`${setting} At least one of 'memory' or 'memoryReservation' must be specified.`);
  }
  if (memory && memoryReservation && memory < memoryReservation) {
    throw clientError(`${setting} 'memory' must be greater than or equal to 'memoryReservation'.`);
  }
  if (input.memory && memory && memory > sizeInUnits(input.memory, 'gb')) {
    throw clientError(`The 'memory' setting for container '${name}' is greater than for the task.`);
  }
}

function checkPorts(input: RegisterTaskDefinitionCommandInput): void {
  const containers = input.containerDefinitions ?? [];
  const mappings = containers.flatMap(({ portMappings }) => portMappings ?? []);
  for (const mapping of mappings) checkPort(mapping, input.networkMode);
  const names = mappings.flatMap(({ name }) => (name ? [name] : []));
  if (new Set(names).size !== names.length) throw clientError('Port mapping names must be unique.');
  const shared = input.networkMode === 'awsvpc' || input.networkMode === 'host';
  const ports = containers
    .flatMap(portsOf)
    .map(({ containerPort, protocol }) => `${containerPort}/${protocol}`);
  if (shared && new Set(ports).size !== ports.length) {
    throw clientError('container port is used multiple times in task.');
  }
}

function checkPort(mapping: PortMapping, networkMode: string | undefined): void {
  const { containerPort, hostPort, containerPortRange } = mapping;
  if (containerPortRange != null) {
    if (containerPort != null || hostPort != null) {
      throw clientError('cannot specify both single port and port range.');
    }
    if (!parsePortRange(containerPortRange)) throw clientError("Invalid 'containerPortRange' setting.");
    return;
  }
  if (containerPort == null || containerPort < 1 || containerPort > 65_535) {
    throw clientError("Invalid 'containerPort' setting.");
  }
  const fixed = networkMode === 'awsvpc' || networkMode === 'host';
  if (fixed && hostPort && hostPort !== containerPort) {
    throw clientError(
      `When networkMode=${networkMode}, the host ports and container ports in port mappings must match.`,
    );
  }
}

function checkDependencies(containers: readonly ContainerDefinition[]): void {
  const byName = new Map(containers.map((container) => [container.name, container]));
  const visit = (container: ContainerDefinition, path: readonly string[]): void => {
    for (const { containerName = '', condition } of container.dependsOn ?? []) {
      const target = byName.get(containerName);
      if (!target) {
        throw clientError(`Cannot depend on container + '${containerName}' because it does not exist.`);
      }
      if (path.includes(containerName)) throw clientError('Container dependencies must not form a cycle.');
      if (condition === 'HEALTHY' && !target.healthCheck) {
        throw clientError('A dependency container with HEALTHY condition must have health check configured.');
      }
      if ((condition === 'COMPLETE' || condition === 'SUCCESS') && (target.essential ?? true)) {
        throw clientError(
          'A dependency container with SUCCESS or COMPLETE condition cannot be an essential container.',
        );
      }
      visit(target, [...path, containerName]);
    }
  };
  for (const container of containers) visit(container, [container.name ?? '']);
}

const notHere = (what: string): AwsError =>
  new AwsError('UnsupportedFeatureException', `The local ECS has ${what}.`);
