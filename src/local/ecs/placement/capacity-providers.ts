// Which launch type a capacity provider strategy comes down to. FARGATE and FARGATE_SPOT are everywhere;
// any other provider that the cluster has stands for its container instances.
import { isDeepStrictEqual } from 'node:util';
import type { CapacityProviderStrategyItem, LaunchType } from '@aws-sdk/client-ecs';
import { invalid } from '../lookup.ts';
import type { ClusterRecord } from '../model.ts';

export interface Launch {
  readonly launchType: LaunchType;
  /** Absent with a launch type. */
  readonly capacityProviderStrategy?: CapacityProviderStrategyItem[] | undefined;
  readonly capacityProvider?: string | undefined;
}

type Asked<Members extends keyof Launch> = {
  readonly [Member in Members]?: Launch[Member] | undefined;
};

type Providers = Pick<ClusterRecord, 'capacityProviders' | 'defaultCapacityProviderStrategy'>;

const fargate = ['FARGATE', 'FARGATE_SPOT'];

/**
 * RunTask, CreateService: what was asked for, else the cluster's default strategy, else EC2. Throws
 * InvalidParameterException.
 */
export function launchOf(
  asked: Asked<'launchType' | 'capacityProviderStrategy'>,
  cluster: Providers,
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
  const launchType = fargate.includes(capacityProvider) ? 'FARGATE' : 'EC2';
  return { launchType, capacityProviderStrategy: strategy, capacityProvider };
}

/**
 * UpdateService: a strategy that is not given stays. Another one than before needs `forceNewDeployment`, even beside a
 * new task definition (reproio/ecs_deploy#74). An empty one goes back to the service's own launch type; one that was
 * made with a strategy goes to the cluster's default (AWS::ECS::Service). Throws InvalidParameterException.
 */
export function nextLaunch(
  before: Launch,
  asked: Asked<'capacityProviderStrategy'> & { readonly forceNewDeployment?: boolean | undefined },
  cluster: Providers,
  ownLaunchType: LaunchType | undefined,
): Launch {
  const strategy = asked.capacityProviderStrategy;
  const current = before.capacityProviderStrategy ?? [];
  if (strategy == null || isSameStrategy(strategy, current)) return before;
  const next = strategy.length > 0 ? launchOf(asked, cluster) : withoutStrategy(cluster, ownLaunchType);
  if (!asked.forceNewDeployment) {
    throw invalid(
      'When switching from launch type to capacity provider strategy on an existing service, or making a change to a capacity provider strategy on a service that is already using one, you must force a new deployment.',
    );
  }
  return next;
}

function withoutStrategy(cluster: Providers, ownLaunchType: LaunchType | undefined): Launch {
  if (ownLaunchType === undefined && cluster.defaultCapacityProviderStrategy.length === 0) {
    throw invalid(
      'No launch type to fall back to for empty capacity provider strategy. Your service was not created with a launch type.',
    );
  }
  return launchOf({ launchType: ownLaunchType }, cluster);
}

/** In any order; what is not given is 0. */
function isSameStrategy(
  one: readonly CapacityProviderStrategyItem[],
  other: readonly CapacityProviderStrategyItem[],
): boolean {
  const told = (strategy: typeof one): string[] =>
    strategy.map(({ capacityProvider, base, weight }) => `${capacityProvider} ${base ?? 0} ${weight ?? 0}`);
  return isDeepStrictEqual(told(one).sort(), told(other).sort());
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
