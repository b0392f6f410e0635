// Which containers of a task may start now: `dependsOn` with START, COMPLETE, SUCCESS and HEALTHY, and for how long
// they wait. Source: "Container dependency" in the task definition parameters, and the agent's dependency graph.
import type { ContainerDefinition, ContainerDependency } from '@aws-sdk/client-ecs';
import type { ContainerRecord } from '../model.ts';

export type Readiness =
  | { readonly state: 'ready' }
  /** Until then, if the dependency has a `startTimeout`. */
  | { readonly state: 'wait'; readonly untilMs?: number }
  /** In the agent's words. */
  | { readonly state: 'never'; readonly reason: string };

export interface DependencyView {
  readonly target: string;
  readonly dependsOn: readonly ContainerDependency[];
  readonly containers: readonly ContainerRecord[];
  readonly definitions: readonly ContainerDefinition[];
  readonly nowMs: number;
}

export function readiness(view: DependencyView): Readiness {
  const each = view.dependsOn.map((dependency) => one(dependency, view));
  const never = each.find(({ state }) => state === 'never');
  if (never) return never;
  const waits = each.filter((one) => one.state === 'wait');
  if (waits.length === 0) return { state: 'ready' };
  const until = waits.flatMap(({ untilMs }) => (untilMs === undefined ? [] : [untilMs]));
  return until.length === 0 ? { state: 'wait' } : { state: 'wait', untilMs: Math.min(...until) };
}

function one({ containerName, condition }: ContainerDependency, view: DependencyView): Readiness {
  const container = view.containers.find(({ name }) => name === containerName);
  const graph = `container ordering dependency [${containerName}] for target [${view.target}]`;
  const never = (why: string): Readiness => ({ state: 'never', reason: `dependency graph: ${why}` });
  if (!container) return never(`${graph} does not exist.`);
  const ended = container.lastStatus === 'STOPPED';
  const unstartable = never(`failed to resolve ${graph} because dependency will never start`);
  switch (condition) {
    case 'COMPLETE':
      if (ended) return container.runtimeId === undefined ? unstartable : { state: 'ready' };
      break;
    case 'SUCCESS':
      if (ended && container.exitCode === 0) return { state: 'ready' };
      if (ended) return never(`failed to resolve ${graph} as dependency did not exit successfully.`);
      break;
    case 'HEALTHY':
      if (container.healthStatus === 'HEALTHY' && !ended) return { state: 'ready' };
      // The agent would go on waiting, for ever without a `startTimeout`: a rollout could not even fail.
      if (ended || container.healthStatus === 'UNHEALTHY') {
        return never(`failed to resolve ${graph} as dependency is not healthy.`);
      }
      break;
    default:
      if (ended && container.runtimeId === undefined) return unstartable;
      return container.lastStatus === 'PENDING' ? { state: 'wait' } : { state: 'ready' };
  }
  return beforeTimeout(container, view, never(`${graph} has timed out.`));
}

/** `startTimeout` belongs to the container that is waited for, and counts from its start. Without one: no limit. */
function beforeTimeout(container: ContainerRecord, view: DependencyView, timedOut: Readiness): Readiness {
  const seconds = view.definitions.find(({ name }) => name === container.name)?.startTimeout;
  if (!seconds || container.startedAtMs === undefined) return { state: 'wait' };
  const untilMs = container.startedAtMs + seconds * 1000;
  return view.nowMs >= untilMs ? timedOut : { state: 'wait', untilMs };
}

/** The order of starting, backwards: a container is stopped when those that depend on it have ended. */
export async function stopInOrder(
  definitions: readonly ContainerDefinition[],
  stop: (containerName: string) => Promise<void>,
): Promise<void> {
  const stops = new Map<string, Promise<void>>();
  const stopAfterDependents = (name: string): Promise<void> => {
    const known = stops.get(name);
    if (known) return known;
    const stopping = Promise.all(dependentsOf(name, definitions).map(stopAfterDependents)).then(() =>
      stop(name),
    );
    stops.set(name, stopping);
    return stopping;
  };
  await Promise.all(definitions.map(({ name = '' }) => stopAfterDependents(name)));
}

function dependentsOf(name: string, definitions: readonly ContainerDefinition[]): string[] {
  return definitions
    .filter((definition) => dependenciesOf(definition).some(({ containerName }) => containerName === name))
    .map((definition) => definition.name ?? '');
}

/** What it names, and what its links and volumes need to be there. */
export function dependenciesOf(definition: ContainerDefinition): ContainerDependency[] {
  const named = definition.dependsOn ?? [];
  const implied = [
    ...(definition.links ?? []).map((link) => link.split(':')[0]),
    ...(definition.volumesFrom ?? []).map(({ sourceContainer }) => sourceContainer),
  ].filter((name) => name !== undefined && !named.some(({ containerName }) => containerName === name));
  return [...named, ...implied.map((containerName) => ({ containerName, condition: 'START' as const }))];
}
