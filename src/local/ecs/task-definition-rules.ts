// What RegisterTaskDefinition refuses, in ECS's words as far as they are known.
import type { ContainerDefinition, RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import { isName } from './ids.ts';
import { parseImageName } from './image-name.ts';
import { clientError } from './lookup.ts';

export function checkTaskDefinition(input: RegisterTaskDefinitionCommandInput): void {
  if (!input.family) throw clientError('Family should not be null or empty.');
  if (!isName(input.family)) {
    throw clientError(
      'Family contains invalid characters. Letters, numbers, hyphens and underscores are allowed.',
    );
  }
  const containers = input.containerDefinitions ?? [];
  if (containers.length === 0) throw clientError('Container list cannot be empty.');
  checkNames(containers);
  for (const container of containers) checkContainer(container, input);
  if (!containers.some((container) => container.essential ?? true)) {
    throw clientError('At least one container must be marked as essential.');
  }
  checkDependencies(containers);
  if (input.requiresCompatibilities?.includes('FARGATE')) checkFargate(input);
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

function checkContainer(container: ContainerDefinition, input: RegisterTaskDefinitionCommandInput): void {
  if (!container.image) throw clientError('Container.image should not be null or empty.');
  if (!parseImageName(container.image)) {
    throw clientError(`Container.image contains invalid characters: ${container.image}`);
  }
  if (!input.memory && !container.memory && !container.memoryReservation) {
    throw clientError(
      "Invalid setting for container '" +
        `${container.name}'. At least one of 'memory' or 'memoryReservation' must be specified.`,
    );
  }
  const command = container.healthCheck?.command;
  if (container.healthCheck && !['CMD', 'CMD-SHELL', 'NONE'].includes(command?.[0] ?? '')) {
    throw clientError('healthCheck.command must begin with CMD, CMD-SHELL or NONE.');
  }
  for (const mount of container.mountPoints ?? []) {
    if (!input.volumes?.some(({ name }) => name === mount.sourceVolume)) {
      throw clientError(`Unknown volume '${mount.sourceVolume}'.`);
    }
  }
  const portNames = (container.portMappings ?? []).flatMap(({ name }) => (name ? [name] : []));
  if (new Set(portNames).size !== portNames.length) throw clientError('Port mapping names must be unique.');
}

function checkDependencies(containers: readonly ContainerDefinition[]): void {
  const byName = new Map(containers.map((container) => [container.name, container]));
  const visit = (container: ContainerDefinition, path: readonly string[]): void => {
    for (const dependency of container.dependsOn ?? []) {
      const target = byName.get(dependency.containerName);
      const name = dependency.containerName ?? '';
      if (!target) throw clientError(`Dependency on unknown container '${name}'.`);
      if (path.includes(name)) throw clientError('Container dependencies must not form a cycle.');
      if (dependency.condition === 'HEALTHY' && !target.healthCheck) {
        throw clientError(
          `Container '${name}' has no health check, but a dependency with condition HEALTHY.`,
        );
      }
      const mustEnd = dependency.condition === 'COMPLETE' || dependency.condition === 'SUCCESS';
      if (mustEnd && (target.essential ?? true)) {
        throw clientError(
          `Container '${name}' is essential: it cannot be depended on with ${dependency.condition}.`,
        );
      }
      visit(target, [...path, name]);
    }
  };
  for (const container of containers) visit(container, [container.name ?? '']);
}

/** vCPU units → MiB: minimum, maximum, step. Source: Fargate task sizes in the ECS developer guide. */
const fargateSizes: Readonly<Record<string, readonly number[]>> = {
  256: [512, 1024, 2048],
  512: range(1024, 4096, 1024),
  1024: range(2048, 8192, 1024),
  2048: range(4096, 16_384, 1024),
  4096: range(8192, 30_720, 1024),
  8192: range(16_384, 61_440, 4096),
  16384: range(32_768, 122_880, 8192),
};

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);
}

function checkFargate(input: RegisterTaskDefinitionCommandInput): void {
  if (input.networkMode !== 'awsvpc') {
    throw clientError('Fargate only supports network mode ‘awsvpc’.');
  }
  if (!input.cpu || !input.memory) {
    throw clientError('Fargate requires that ‘cpu’ and ‘memory’ be defined at the task level.');
  }
  const memories = fargateSizes[String(sizeInUnits(input.cpu, 'vcpu'))];
  if (!memories?.includes(sizeInUnits(input.memory, 'gb'))) {
    throw clientError('No Fargate configuration exists for given values.');
  }
}

/** `256`, `.25 vCPU`, `512`, `1 GB`: ECS reads back CPU units and MiB. NaN if it is none of these. */
export function sizeInUnits(text: string, unit: 'vcpu' | 'gb'): number {
  const match = /^\s*([\d.]+)\s*(vcpu|gb)?\s*$/i.exec(text);
  if (!match) return Number.NaN;
  return match[2]?.toLowerCase() === unit ? Number(match[1]) * 1024 : Number(match[1]);
}
