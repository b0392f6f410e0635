// Removes what a task, or a whole instance, left on the engine – by label, nothing else.
import type Docker from 'dockerode';
import { statusOf } from './engine.ts';
import { labels } from './labels.ts';

export async function removeTaskThings(docker: Docker, instance: string, taskId: string): Promise<void> {
  const filters = { label: [`${labels.instance}=${instance}`, `${labels.task}=${taskId}`] };
  await removeContainers(docker, filters);
  await removeVolumes(docker, filters);
}

/** Containers, volumes and the network of an instance. Resolves with how many containers there were. */
export async function removeInstance(docker: Docker, instance: string): Promise<number> {
  const filters = { label: [`${labels.instance}=${instance}`] };
  const containers = await removeContainers(docker, filters);
  await removeVolumes(docker, filters);
  const networks = await docker.listNetworks({ filters });
  await Promise.all(networks.map(({ Id }) => unlessGone(docker.getNetwork(Id).remove())));
  return containers;
}

type LabelFilters = Record<'label', string[]>;

async function removeContainers(docker: Docker, filters: LabelFilters): Promise<number> {
  const containers = await docker.listContainers({ all: true, filters });
  await Promise.all(
    containers.map(({ Id }) => unlessGone(docker.getContainer(Id).remove({ force: true, v: true }))),
  );
  return containers.length;
}

async function removeVolumes(docker: Docker, filters: LabelFilters): Promise<void> {
  const { Volumes: volumes } = await docker.listVolumes({ filters });
  await Promise.all((volumes ?? []).map(({ Name }) => unlessGone(docker.getVolume(Name).remove())));
}

/** 404: gone already; 409: being removed by someone else. */
async function unlessGone(removal: Promise<unknown>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
  }
}
