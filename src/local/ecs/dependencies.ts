// Which containers of a task may start now: `dependsOn` with START, COMPLETE, SUCCESS and HEALTHY.
import type { ContainerDependency } from '@aws-sdk/client-ecs';
import type { ContainerRecord } from './model.ts';

export type Readiness = 'ready' | 'wait' | 'never';

export function readiness(
  dependsOn: readonly ContainerDependency[],
  containers: readonly ContainerRecord[],
): Readiness {
  const each = dependsOn.map((dependency) =>
    one(
      dependency,
      containers.find((container) => container.name === dependency.containerName),
    ),
  );
  if (each.includes('never')) return 'never';
  return each.includes('wait') ? 'wait' : 'ready';
}

function one(dependency: ContainerDependency, container: ContainerRecord | undefined): Readiness {
  if (!container) return 'never';
  const ended = container.lastStatus === 'STOPPED';
  switch (dependency.condition) {
    case 'COMPLETE':
      return ended ? 'ready' : 'wait';
    case 'SUCCESS':
      if (!ended) return 'wait';
      return container.exitCode === 0 ? 'ready' : 'never';
    case 'HEALTHY':
      if (container.healthStatus === 'HEALTHY' && !ended) return 'ready';
      return ended || container.healthStatus === 'UNHEALTHY' ? 'never' : 'wait';
    default:
      return container.lastStatus === 'PENDING' ? 'wait' : 'ready';
  }
}
