/**
 * Makes an instance's cloud empty: its containers, and all that the local AWS remembers. Addresses, credentials,
 * settings and the user's `secrets.json` stay. An interrupted run is finished by the next `up` or `reset`.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { connectEngine } from '../docker/engine.ts';
import { removeInstance } from '../docker/remove.ts';
import type { StateFile } from '../state-file.ts';
import { type Instance, inFolder } from './instance.ts';
import { type StartOptions, stopNamed } from './start-processes.ts';

/** What lies among the endpoint's state and is not of its making. */
const usersOwn = 'secrets.json';

/** Leaves endpoint and registry stopped. Resolves with how many containers there were. */
export async function emptyCloud(
  file: StateFile<Instance>,
  folder: string,
  onProgress: StartOptions['onProgress'],
): Promise<number> {
  const { awsData, registryData } = inFolder(folder);
  file.state.resetting = true;
  await file.save();
  // First whoever would start new tasks for those that are taken away, or write down what it still knows.
  await stopNamed(file, ['aws', 'registry'], 'to be emptied', onProgress);
  const { docker } = await connectEngine();
  const containers = await removeInstance(docker, file.state.id);
  for (const name of await namesIn(awsData)) {
    if (name !== usersOwn) await rm(join(awsData, name), { recursive: true, force: true });
  }
  await rm(registryData, { recursive: true, force: true });
  delete file.state.resetting;
  await file.save();
  return containers;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
