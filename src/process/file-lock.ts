/**
 * A lock between activities and processes of one machine: a file that names its owner, so that the lock of a
 * killed process is free again.
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, readOwner, thisProcess } from './owner.ts';

const POLL_MS = 50;

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once if the lock is held by another. */
  readonly onWait?: () => void;
}

/** A link appears with its whole content or not at all. */
async function tryTake(file: string, mine: string): Promise<boolean> {
  try {
    await link(mine, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Takes a dead owner's lock away; puts it back if it was a living one's after all. */
async function clearDead(file: string): Promise<void> {
  const owner = await readOwner(file);
  if (owner === undefined || (await isAlive(owner))) return;
  const aside = `${file}.${randomUUID()}`;
  await rename(file, aside).catch(() => undefined);
  const moved = await readOwner(aside);
  if (moved !== undefined && (await isAlive(moved))) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

/**
 * Runs `work` while holding the lock `file`.
 * Errors: those of `work`; the signal's reason when aborted while waiting.
 */
export async function withFileLock<T>(
  file: string,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const mine = `${file}.${randomUUID()}`;
  await writeFile(mine, JSON.stringify({ ...(await thisProcess()), token: randomUUID() }));
  const content = await readFile(mine, 'utf8');
  try {
    for (let waited = false; !(await tryTake(file, mine)); waited = true) {
      if (!waited) options.onWait?.();
      await clearDead(file);
      options.signal?.throwIfAborted();
      await sleep(POLL_MS);
    }
  } finally {
    await rm(mine, { force: true });
  }
  try {
    options.signal?.throwIfAborted();
    return await work();
  } finally {
    // Only our own: should it ever have been taken from us, it is not ours to remove.
    const now = await readFile(file, 'utf8').catch(() => '');
    if (now === content) await rm(file, { force: true });
  }
}
