// Removes what a task, or a whole instance, left on the engine – by label, nothing else.
import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import { SlipwayError } from '../../errors.ts';
import { messageOf, statusOf } from './engine.ts';
import { labels } from './labels.ts';

const ENDED: readonly string[] = ['exited', 'dead', 'removing'];

/**
 * Resolves with undefined, or with why the engine cannot remove what has ended (a restarted one may find its mounts
 * busy): a task is over when its containers are. Throws as long as one of them may still run.
 */
export async function removeTaskThings(
  docker: Docker,
  instance: string,
  taskId: string,
): Promise<string | undefined> {
  const filters = { label: [`${labels.instance}=${instance}`, `${labels.task}=${taskId}`] };
  try {
    await removeContainers(docker, filters);
    await removeVolumes(docker, filters);
    return undefined;
  } catch (error) {
    const left = await docker.listContainers({ all: true, filters });
    if (left.every(({ State }) => ENDED.includes(State))) return messageOf(error);
    throw error;
  }
}

/** How long things that are just coming or going are waited for, and how often they are looked at. */
const patienceMs = 10_000;
const lookMs = 100;

/**
 * Containers, volumes and the network of an instance. Resolves with how many containers there were.
 * A container that the engine is removing already (409) holds its volumes and its network until it is gone, and a
 * request of a process that has ended may still make one: so it looks again until nothing is left.
 * @throws CannotRemoveError
 */
export async function removeInstance(
  docker: Docker,
  instance: string,
  longestMs = patienceMs,
): Promise<number> {
  const filters = { label: [`${labels.instance}=${instance}`] };
  const seen = new Set<string>();
  const deadline = Date.now() + longestMs;
  for (;;) {
    try {
      const containers = await removeContainers(docker, filters);
      for (const id of containers) seen.add(id);
      if (containers.length === 0 || Date.now() > deadline) {
        await removeVolumes(docker, filters);
        const networks = await docker.listNetworks({ filters });
        await Promise.all(networks.map(({ Id }) => unlessGone(docker.getNetwork(Id).remove())));
        return seen.size;
      }
    } catch (error) {
      const status = statusOf(error);
      if (status === undefined) throw error;
      // 403: "network … has active endpoints"; 500: "… device or resource busy".
      if (Date.now() > deadline || !(status === 403 || status >= 500)) throw new CannotRemoveError(error);
      await delay(lookMs);
    }
  }
}

/** The engine itself is in trouble: nothing that we started runs any more, but it keeps what is left. */
export class CannotRemoveError extends SlipwayError {
  constructor(cause: unknown) {
    super('CannotRemove', true, `the Docker engine cannot remove what has ended: ${messageOf(cause)}`, {
      cause,
      advice: 'Restart the engine, then say the same again: it goes on where it stopped.',
    });
  }
}

type LabelFilters = Record<'label', string[]>;

/** Ids of those that were there, whoever removes them. */
async function removeContainers(docker: Docker, filters: LabelFilters): Promise<readonly string[]> {
  const containers = await docker.listContainers({ all: true, filters });
  const removed = await Promise.all(
    containers.map(({ Id }) => unlessGone(docker.getContainer(Id).remove({ force: true, v: true }))),
  );
  if (removed.includes('busy')) await delay(lookMs);
  return containers.map(({ Id }) => Id);
}

async function removeVolumes(docker: Docker, filters: LabelFilters): Promise<void> {
  const { Volumes: volumes } = await docker.listVolumes({ filters });
  await Promise.all((volumes ?? []).map(({ Name }) => unlessGone(docker.getVolume(Name).remove())));
}

/** 404: gone already; 409: being removed by someone else. */
async function unlessGone(removal: Promise<unknown>): Promise<'removed' | 'busy'> {
  try {
    await removal;
    return 'removed';
  } catch (error) {
    if (statusOf(error) === 404) return 'removed';
    if (statusOf(error) === 409) return 'busy';
    throw error;
  }
}
