// Writes what the runtime saw of a container into the task's record; says whether anything changed.
import type { HealthStatus } from '@aws-sdk/client-ecs';
import type { ContainerRecord, TaskRecord } from '../model.ts';
import { reasons } from '../texts.ts';
import type { StopOrder } from './task-host.ts';
import type { ContainerObservation, GoneContainer } from './task-runtime.ts';

const outOfMemory = 'OutOfMemoryError: Container killed due to memory usage';

export function applyObservation(
  task: TaskRecord,
  observation: ContainerObservation | GoneContainer,
): boolean {
  const container = task.containers.find((candidate) => candidate.name === observation.name);
  if (!container) return false;
  if (container.lastStatus === 'STOPPED') return addReason(container, observation);
  const before = JSON.stringify([container, task.privateAddress]);
  switch (observation.state) {
    case 'created':
      return false;
    case 'gone':
      container.lastStatus = 'STOPPED';
      container.lost = true;
      container.reason = 'The container was removed from the engine by someone else';
      break;
    case 'running':
    case 'exited':
      apply(task, container, observation);
      break;
  }
  return JSON.stringify([container, task.privateAddress]) !== before;
}

/** The event of its end may come before the engine can tell why. */
function addReason(container: ContainerRecord, observation: ContainerObservation | GoneContainer): boolean {
  const known = observation.runtimeId === container.runtimeId && container.reason === undefined;
  if (!known || observation.state !== 'exited' || !observation.outOfMemory) return false;
  container.reason = outOfMemory;
  return true;
}

/** Of a task that lost an essential container: only one that is known to have ended can be held against its version. */
export function howItEnded(containers: readonly ContainerRecord[]): StopOrder {
  const ended = containers.filter(({ essential, lastStatus }) => essential && lastStatus === 'STOPPED');
  if (ended.every(({ lost }) => lost))
    return { cause: 'lost', code: 'TerminationNotice', reason: reasons.lost };
  return { cause: 'itself', code: 'EssentialContainerExited', reason: reasons.essentialExited };
}

function apply(task: TaskRecord, container: ContainerRecord, observation: ContainerObservation): void {
  container.runtimeId = observation.runtimeId;
  container.startedAtMs ??= Date.now();
  container.lastStatus = observation.state === 'running' ? 'RUNNING' : 'STOPPED';
  if (observation.state === 'exited') {
    if (observation.exitCode !== undefined) container.exitCode = observation.exitCode;
    if (observation.outOfMemory) {
      container.reason = outOfMemory;
    }
    return;
  }
  container.healthStatus = healthOf(observation.health);
  if (observation.address) {
    task.privateAddress = observation.address;
    container.address = observation.address;
  }
  if (observation.ports.length > 0) {
    container.networkBindings = observation.ports.map((port) => ({
      bindIP: port.host,
      containerPort: port.containerPort,
      hostPort: port.hostPort,
      protocol: port.protocol,
    }));
  }
}

function healthOf(health: ContainerObservation['health']): HealthStatus {
  switch (health) {
    case 'healthy':
      return 'HEALTHY';
    case 'unhealthy':
      return 'UNHEALTHY';
    default:
      return 'UNKNOWN';
  }
}
