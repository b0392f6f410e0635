// Service Connect: which names a service offers, to which of its ports, and which names a task may call.
import {
  containersOf,
  type EcsState,
  type ServiceRevisionRecord,
  type TaskDefinitionRecord,
} from '../model.ts';

export interface OfferedAlias {
  readonly name: string;
  readonly port: number;
  readonly namespace: string;
  /** Of the Cloud Map service that ECS would make. */
  readonly discoveryName: string;
  readonly protocol: 'http' | 'tcp';
  readonly containerName: string;
  readonly containerPort: number;
}

/** Empty if the revision offers nothing. A `portName` that no container has is refused when the service is made. */
export function offeredAliases(
  revision: Pick<ServiceRevisionRecord, 'serviceConnectConfiguration'>,
  definition: TaskDefinitionRecord,
  clusterNamespace: string,
): OfferedAlias[] {
  const configuration = revision.serviceConnectConfiguration;
  if (!configuration?.enabled) return [];
  const namespace = namespaceName(configuration.namespace ?? clusterNamespace);
  return (configuration.services ?? []).flatMap((service) => {
    const found = findPort(definition, service.portName ?? '');
    if (!found) return [];
    const discoveryName = service.discoveryName ?? service.portName ?? '';
    const defaultName = `${discoveryName}.${namespace}`;
    const clientAliases = service.clientAliases?.length
      ? service.clientAliases
      : [{ port: found.containerPort, dnsName: defaultName }];
    return clientAliases.map((alias) => ({
      name: (alias.dnsName ?? defaultName).toLowerCase(),
      port: alias.port ?? found.containerPort,
      namespace,
      discoveryName,
      ...found,
    }));
  });
}

export function findPort(
  definition: TaskDefinitionRecord,
  portName: string,
): Pick<OfferedAlias, 'containerName' | 'containerPort' | 'protocol'> | undefined {
  for (const container of containersOf(definition)) {
    const port = container.portMappings?.find((mapping) => mapping.name === portName);
    if (port?.containerPort !== undefined) {
      const protocol = port.appProtocol === 'http' ? 'http' : 'tcp';
      return { containerName: container.name ?? '', containerPort: port.containerPort, protocol };
    }
  }
  return undefined;
}

/** Every name that services of this namespace offer now: what a new task of a member gets into its hosts file. */
export function callableNames(state: EcsState, namespace: string): string[] {
  const names = new Set<string>();
  for (const service of Object.values(state.services)) {
    if (service.status !== 'ACTIVE') continue;
    const cluster = state.clusters[service.clusterName];
    for (const deployment of service.deployments) {
      const revision = state.serviceRevisions[deployment.revisionArn];
      const definition = state.taskDefinitions[shortDefinition(deployment.taskDefinitionArn)];
      if (!revision || !definition) continue;
      for (const alias of offeredAliases(revision, definition, cluster?.namespace ?? service.clusterName)) {
        if (alias.namespace === namespace) names.add(alias.name);
      }
    }
  }
  return [...names].sort();
}

/** A namespace may be given by ARN. */
export function namespaceName(nameOrArn: string): string {
  return nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1);
}

function shortDefinition(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}
