/**
 * What ECS fills in when a task definition is registered. A file of the repository leaves it out, and what ECS reads back
 * has it: without this, a comparison of both would be full of differences that are none.
 */
import type { ContainerDefinition, HealthCheck, PortMapping, TaskDefinition } from '@aws-sdk/client-ecs';

/** The same task definition, with that filled in; what says otherwise stays. */
export const withDefaults = (definition: TaskDefinition): TaskDefinition => {
  const { enableFaultInjection, ...rest } = definition;
  const networkMode = definition.networkMode ?? 'bridge';
  return {
    ...rest,
    ...(enableFaultInjection && { enableFaultInjection }),
    networkMode,
    containerDefinitions: (definition.containerDefinitions ?? []).map((container) =>
      containerWithDefaults(container, networkMode),
    ),
    volumes: (definition.volumes ?? []).map(({ host, ...volume }) => ({
      ...volume,
      ...(host?.sourcePath !== undefined && { host }),
    })),
  };
};

const containerWithDefaults = (container: ContainerDefinition, networkMode: string): ContainerDefinition => ({
  ...container,
  cpu: container.cpu ?? 0,
  essential: container.essential ?? true,
  portMappings: (container.portMappings ?? []).map((mapping) => portWithDefaults(mapping, networkMode)),
  ...(container.healthCheck && { healthCheck: healthWithDefaults(container.healthCheck) }),
  ...(container.logConfiguration && {
    logConfiguration: withoutEmpty(container.logConfiguration),
  }),
});

const portWithDefaults = (mapping: PortMapping, networkMode: string): PortMapping => {
  // A range has no port of its own.
  const sameAsInside = networkMode === 'bridge' ? 0 : mapping.containerPort;
  const hostPort = mapping.hostPort ?? sameAsInside;
  return {
    ...mapping,
    protocol: mapping.protocol ?? 'tcp',
    ...(mapping.containerPort !== undefined && hostPort !== undefined && { hostPort }),
  };
};

const healthWithDefaults = (check: HealthCheck): HealthCheck => ({
  ...check,
  interval: check.interval ?? 30,
  timeout: check.timeout ?? 5,
  retries: check.retries ?? 3,
});

const withoutEmpty = <T extends object>(fields: T): T =>
  Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) => typeof value !== 'object' || Object.keys(value ?? {}).length > 0,
    ),
  ) as T;
