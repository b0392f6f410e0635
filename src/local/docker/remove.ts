// Removes what a task, or a whole instance, left on the engine – by label, nothing else.
import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import { statusOf } from './engine.ts';
import { labels } from './labels.ts';

export async function removeTaskThings(docker: Docker, instance: string, taskId: string): Promise<void> {
  const filters = { label: [`${labels.instance}=${instance}`, `${labels.task}=${taskId}`] };
  await removeContainers(docker, filters);
  await removeVolumes(docker, filters);
}

/** How long things that are just coming or going are waited for, and how often they are looked at. */
const patienceMs = 10_000;
const lookMs = 100;

/**
 * Containers, volumes and the network of an instance. Resolves with how many containers there were.
 * A container that the engine is removing already (409) holds its volumes and its network until it is gone, and a
 * request of a process that has ended may still make one: so it looks again until nothing is left.
 */
export async function removeInstance(docker: Docker, instance: string): Promise<number> {
  const filters = { label: [`${labels.instance}=${instance}`] };
  const seen = new Set<string>();
  const deadline = Date.now() + patienceMs;
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
      // 403: "network … has active endpoints".
      if (statusOf(error) !== 403 || Date.now() > deadline) throw error;
      await delay(lookMs);
    }
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
