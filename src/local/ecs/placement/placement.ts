// Finds a container instance for a task that is about to be made; Fargate tasks need none.
// Source: "How Amazon ECS places tasks on container instances": requirements, constraints, then strategies.
import type {
  LaunchType,
  PlacementConstraint,
  PlacementStrategy,
  TaskDefinitionPlacementConstraint,
} from '@aws-sdk/client-ecs';
import { type Place, shortName } from '../ids.ts';
import { invalid } from '../lookup.ts';
import { type ClusterRecord, containersOf, type TaskDefinitionRecord } from '../model.ts';
import type { EcsStore } from '../store.ts';
import {
  type ContainerInstance,
  containerInstances,
  hostPorts,
  type InstanceSize,
} from './container-instances.ts';
import { parseQuery } from './placement-expression.ts';

/** What a service or RunTask wants beyond the task definition. */
export interface PlacementWish {
  readonly group?: string;
  readonly constraints?: readonly PlacementConstraint[] | undefined;
  readonly strategy?: readonly PlacementStrategy[] | undefined;
  /** Instead of the definition's. */
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
  /** StartTask names its instance. */
  readonly instanceArn?: string;
}

export type Placement =
  | { readonly instance: ContainerInstance }
  /** RunTask's `failures[].reason`, and the sentence for the service's event. */
  | { readonly failure: PlacementFailure };

export interface PlacementFailure {
  readonly arn?: string;
  readonly reason: string;
  readonly sentence: string;
}

export interface Placer {
  /** Undefined if the launch type needs no instance. */
  place(
    cluster: Pick<ClusterRecord, 'arn' | 'name'>,
    launchType: LaunchType,
    definition: TaskDefinitionRecord,
    wish?: PlacementWish,
  ): Placement | undefined;
}

export function createPlacer(place: Place, store: EcsStore, sizes: readonly InstanceSize[]): Placer {
  return {
    place(cluster, launchType, definition, wish = {}) {
      if (launchType !== 'EC2') return undefined;
      return placeTask(definition, wish, containerInstances(place, cluster, sizes, store));
    },
  };
}

export const noInstances = 'No Container Instances were found in your cluster.';

export function placeTask(
  definition: TaskDefinitionRecord,
  wish: PlacementWish,
  instances: readonly ContainerInstance[],
): Placement {
  const active = instances.filter(({ arn, status }) =>
    wish.instanceArn === undefined ? status === 'ACTIVE' : arn === wish.instanceArn,
  );
  if (active.length === 0)
    return { failure: { reason: 'EMPTY CLUSTER', sentence: `Reason: ${noInstances}` } };
  const obstacles = active.map((instance) => ({
    instance,
    obstacle: obstacleOf(instance, definition, wish, instances),
  }));
  const fitting = obstacles.filter(({ obstacle }) => obstacle === undefined).map(({ instance }) => instance);
  const [best] = inOrder(fitting, wish);
  if (best) return { instance: best };
  // The closest one: as far as possible down the list of requirements, then the one with most memory left.
  const [closest] = obstacles.sort(
    (a, b) =>
      (b.obstacle?.rank ?? 0) - (a.obstacle?.rank ?? 0) ||
      b.instance.remainingMemoryMiB - a.instance.remainingMemoryMiB,
  );
  const { reason, why } = closest?.obstacle ?? { reason: 'ATTRIBUTE', why: '' };
  const arn = closest?.instance.arn ?? '';
  return {
    failure: { arn, reason, sentence: `The closest matching (container-instance ${shortName(arn)}) ${why}.` },
  };
}

interface Obstacle {
  readonly rank: number;
  readonly reason: string;
  readonly why: string;
}

function obstacleOf(
  instance: ContainerInstance,
  definition: TaskDefinitionRecord,
  wish: PlacementWish,
  all: readonly ContainerInstance[],
): Obstacle | undefined {
  if (instance.cpuArchitecture !== architectureFor(definition, all)) {
    return { rank: 0, reason: 'ATTRIBUTE', why: 'is missing an attribute required by your task' };
  }
  const unmet = unmetConstraint(
    instance,
    [...(definition.definition.placementConstraints ?? []), ...(wish.constraints ?? [])],
    wish.group,
  );
  if (unmet) return { rank: 1, reason: unmet, why: `encountered error "${unmet}"` };
  const needed = neededBy(definition, wish);
  if (instance.remainingMemoryMiB < needed.memoryMiB) {
    return { rank: 2, reason: 'RESOURCE:MEMORY', why: 'has insufficient memory available' };
  }
  if (instance.remainingCpu < needed.cpu) {
    return { rank: 3, reason: 'RESOURCE:CPU', why: 'has insufficient CPU units available' };
  }
  if (hostPorts(definition).some((port) => instance.ports.has(port))) {
    return { rank: 4, reason: 'RESOURCE:PORTS', why: 'is already using a port required by your task' };
  }
  return undefined;
}

/** At ECS a definition without runtimePlatform may land on any; here on x86 if there is such a one, as its image must be. */
function architectureFor(
  { definition }: TaskDefinitionRecord,
  instances: readonly ContainerInstance[],
): ContainerInstance['cpuArchitecture'] {
  const wanted = definition.runtimePlatform?.cpuArchitecture;
  if (wanted === 'ARM64' || wanted === 'X86_64') return wanted;
  return instances.some(({ cpuArchitecture }) => cpuArchitecture === 'X86_64') ? 'X86_64' : 'ARM64';
}

function unmetConstraint(
  instance: ContainerInstance,
  constraints: readonly (PlacementConstraint | TaskDefinitionPlacementConstraint)[],
  group: string | undefined,
): string | undefined {
  for (const { type, expression } of constraints) {
    if (type === 'distinctInstance' && group !== undefined && instance.groups.has(group)) {
      return 'DistinctInstance placement constraint unsatisfied.';
    }
    if (type === 'memberOf' && !parseQuery(expression ?? '')(instance)) {
      return 'MemberOf placement constraint unsatisfied.';
    }
  }
  return undefined;
}

/** Each strategy decides where the ones before it do not; without any, the instance with the most memory left. */
function inOrder(instances: readonly ContainerInstance[], wish: PlacementWish): ContainerInstance[] {
  const strategies = wish.strategy?.length ? wish.strategy : [{ type: 'binpack' as const, field: undefined }];
  const chance = new Map(instances.map(({ arn }) => [arn, Math.random()]));
  const rank = (instance: ContainerInstance, { type, field }: PlacementStrategy): number => {
    switch (type) {
      case 'random':
        return chance.get(instance.arn) ?? 0;
      case 'spread':
        return tasksLike(instance, field ?? '', instances, wish.group);
      default:
        if (field === undefined) return -instance.remainingMemoryMiB;
        return /^cpu$/i.test(field) ? instance.remainingCpu : instance.remainingMemoryMiB;
    }
  };
  return [...instances].sort((a, b) => {
    for (const strategy of strategies) {
      const difference = rank(a, strategy) - rank(b, strategy);
      if (difference !== 0) return difference;
    }
    return b.remainingMemoryMiB - a.remainingMemoryMiB;
  });
}

/** Tasks of the group on all instances that have the same value of the field: `instanceId`, `host`, an attribute. */
function tasksLike(
  instance: ContainerInstance,
  field: string,
  instances: readonly ContainerInstance[],
  group: string | undefined,
): number {
  const fieldOf = ({ arn, attributes }: ContainerInstance): string | undefined =>
    /^(instanceId|host)$/i.test(field) ? arn : attributes[field.replace(/^attribute:/, '')];
  return instances
    .filter((other) => fieldOf(other) === fieldOf(instance))
    .flatMap(({ taskGroups }) => taskGroups)
    .filter((each) => group === undefined || each === group).length;
}

export function neededBy(
  { definition, ...record }: TaskDefinitionRecord,
  wish: Pick<PlacementWish, 'cpu' | 'memory'> = {},
): { cpu: number; memoryMiB: number } {
  const sum = (values: (number | undefined)[]): number =>
    values.reduce((total: number, value) => total + (value ?? 0), 0);
  const containers = containersOf({ definition, ...record });
  const cpu = wish.cpu ?? definition.cpu;
  const memory = wish.memory ?? definition.memory;
  return {
    cpu: cpu ? Number(cpu) : sum(containers.map((container) => container.cpu)),
    // ECS reserves the soft limit where there is one.
    memoryMiB: memory
      ? Number(memory)
      : sum(containers.map((container) => container.memoryReservation ?? container.memory)),
  };
}

/** Throws InvalidParameterException for what ECS would refuse when the service or task is asked for. */
export function checkPlacement(
  constraints: readonly (PlacementConstraint | TaskDefinitionPlacementConstraint)[] | undefined,
  strategy?: readonly PlacementStrategy[],
): void {
  for (const { type, expression } of constraints ?? []) {
    if (type === 'memberOf') parseQuery(expression ?? '');
    else if (type !== 'distinctInstance') throw invalid(`Invalid placement constraint type: ${type}`);
  }
  for (const { type, field } of strategy ?? []) {
    if (type !== 'random' && type !== 'spread' && type !== 'binpack') {
      throw invalid(`Invalid placement strategy type: ${type}`);
    }
    if (type === 'binpack' && !/^(cpu|memory)$/i.test(field ?? '')) {
      throw invalid('Field for a placement strategy of type binpack must be CPU or MEMORY.');
    }
  }
}
