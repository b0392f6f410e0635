/**
 * A folder for one run of a step: fresh, and removed afterwards – by the next run, if this process is killed.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, readOwner, thisProcess } from './owner.ts';
import { removeFolder } from './remove-folder.ts';

/** Removes the folders of processes that are gone. */
async function sweep(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const owner = await readOwner(join(root, name, 'owner.json'));
    if (owner !== undefined && !(await isAlive(owner))) await removeFolder(join(root, name));
  }
}

/** Runs `work` with a new folder below `root`; its name is short, as sockets in it have short names. */
export async function withRunFolder<T>(root: string, work: (folder: string) => Promise<T>): Promise<T> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  await sweep(root);
  const folder = join(root, randomBytes(4).toString('hex'));
  await mkdir(folder, { mode: 0o700 });
  try {
    await writeFile(join(folder, 'owner.json'), JSON.stringify(await thisProcess()));
    return await work(folder);
  } finally {
    await removeFolder(folder);
  }
}
