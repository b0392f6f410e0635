// Finds a container instance for a task that is about to be made; Fargate tasks need none.
import type { LaunchType } from '@aws-sdk/client-ecs';
import { containerInstances, type InstanceSize, type Placement, placeTask } from './container-instances.ts';
import type { Place } from './ids.ts';
import { type ClusterRecord, containersOf, type TaskDefinitionRecord } from './model.ts';
import type { EcsStore } from './store.ts';

export interface Placer {
  place(
    cluster: Pick<ClusterRecord, 'arn' | 'name'>,
    launchType: LaunchType,
    definition: TaskDefinitionRecord,
  ): Placement | undefined;
}

export function createPlacer(place: Place, store: EcsStore, sizes: readonly InstanceSize[]): Placer {
  return {
    place(cluster, launchType, definition) {
      if (launchType !== 'EC2') return undefined;
      const tasks = Object.values(store.state.tasks).filter(({ clusterArn }) => clusterArn === cluster.arn);
      return placeTask(definition, neededBy(definition), containerInstances(place, cluster, sizes, tasks));
    },
  };
}

export function neededBy(definition: TaskDefinitionRecord): { cpu: number; memoryMiB: number } {
  const { cpu, memory } = definition.definition;
  const sum = (values: (number | undefined)[]): number =>
    values.reduce((total: number, value) => total + (value ?? 0), 0);
  const containers = containersOf(definition);
  return {
    cpu: cpu ? Number(cpu) : sum(containers.map((container) => container.cpu)),
    // ECS reserves the soft limit where there is one.
    memoryMiB: memory
      ? Number(memory)
      : sum(containers.map((container) => container.memoryReservation ?? container.memory)),
  };
}
