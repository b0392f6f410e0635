// Which launch type a capacity provider strategy comes down to. FARGATE and FARGATE_SPOT are everywhere;
// any other provider that the cluster has stands for its container instances.
import type { CapacityProviderStrategyItem, LaunchType } from '@aws-sdk/client-ecs';
import { invalid } from '../lookup.ts';
import type { ClusterRecord } from '../model.ts';

export interface Launch {
  readonly launchType: LaunchType;
  readonly capacityProvider?: string | undefined;
}

const fargate = ['FARGATE', 'FARGATE_SPOT'];

/** RunTask: what was asked for, else the cluster's default strategy, else EC2. Throws InvalidParameterException. */
export function launchOf(
  asked: {
    readonly launchType?: LaunchType | undefined;
    readonly capacityProviderStrategy?: readonly CapacityProviderStrategyItem[] | undefined;
  },
  cluster: Pick<ClusterRecord, 'capacityProviders' | 'defaultCapacityProviderStrategy'>,
): Launch {
  if (asked.launchType && asked.capacityProviderStrategy?.length) {
    throw invalid(
      'Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
    );
  }
  if (asked.launchType) return { launchType: asked.launchType };
  const strategy = asked.capacityProviderStrategy?.length
    ? asked.capacityProviderStrategy
    : cluster.defaultCapacityProviderStrategy;
  for (const { capacityProvider = '' } of strategy) {
    if (!fargate.includes(capacityProvider) && !cluster.capacityProviders.includes(capacityProvider)) {
      throw invalid(`The specified capacity provider '${capacityProvider}' was not found.`);
    }
  }
  const capacityProvider = pickedProvider(strategy);
  if (capacityProvider === undefined) return { launchType: 'EC2' };
  return { launchType: fargate.includes(capacityProvider) ? 'FARGATE' : 'EC2', capacityProvider };
}

/** The first that has a base, else the one with the greatest weight: tasks are not spread over several here. */
export function pickedProvider(
  strategy: readonly CapacityProviderStrategyItem[] | undefined,
): string | undefined {
  const [first] = [...(strategy ?? [])].sort(
    (a, b) => (b.base ?? 0) - (a.base ?? 0) || (b.weight ?? 0) - (a.weight ?? 0),
  );
  return first?.capacityProvider;
}
