// Where a service's tasks are registered: its target groups, and the aliases that Service Connect opens for it.
import type { ServiceConnect } from '../../elb/service-connect.ts';
import type { EcsState, ServiceRecord, ServiceRevisionRecord, TaskDefinitionRecord } from '../model.ts';
import { offeredAliases } from './service-connect-aliases.ts';

export interface ServiceTarget {
  readonly groupArn: string;
  readonly containerName: string;
  readonly containerPort: number;
}

export function serviceTargets(
  state: EcsState,
  service: ServiceRecord,
  revision: ServiceRevisionRecord,
  definition: TaskDefinitionRecord,
  serviceConnect: ServiceConnect,
): ServiceTarget[] {
  const groups = revision.loadBalancers.flatMap((balancer) =>
    balancer.targetGroupArn
      ? [
          {
            groupArn: balancer.targetGroupArn,
            containerName: balancer.containerName ?? '',
            containerPort: balancer.containerPort ?? 0,
          },
        ]
      : [],
  );
  const namespace = state.clusters[service.clusterName]?.namespace ?? service.clusterName;
  const aliases = offeredAliases(revision, definition, namespace).map((alias) => ({
    groupArn: serviceConnect.openAlias(alias),
    containerName: alias.containerName,
    containerPort: alias.containerPort,
  }));
  return [...groups, ...aliases];
}
