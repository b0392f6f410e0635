// Labels tell this stack's things from another's and from anything foreign. What has not our label, we do not touch.
import { createHash } from 'node:crypto';

export const labels = {
  instance: 'slipway.local.instance',
  task: 'slipway.local.task',
  container: 'slipway.local.container',
  /** `container`, or `network` for the one that holds a task's shared network namespace. */
  role: 'slipway.local.role',
  /** The container's ports, `8080/tcp,9090/udp`: with a shared namespace the engine knows them elsewhere. */
  ports: 'slipway.local.ports',
} as const;

/** A name that the engine accepts, short, and the same each time: creating twice finds the first. */
export function containerName(instance: string, taskId: string, name: string): string {
  return `slipway-${shortInstance(instance)}-${taskId.slice(0, 12)}-${name}`;
}

export function networkName(instance: string): string {
  return `slipway-${shortInstance(instance)}`;
}

export function volumeName(instance: string, taskId: string, volume: string): string {
  return `slipway-${shortInstance(instance)}-${taskId.slice(0, 12)}-volume-${volume}`;
}

/** Of no task: it stays until the instance is removed. */
export function sharedVolumeName(instance: string, volume: string): string {
  return `slipway-${shortInstance(instance)}-shared-volume-${volume}`;
}

function shortInstance(instance: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,15}$/.test(instance)) return instance;
  return createHash('sha256').update(instance).digest('hex').slice(0, 8);
}
