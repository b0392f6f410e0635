/**
 * Brings a slot to a commit: the commit's files, the caches of its set-up if they still fit, else a new
 * set-up. Killed at any point, the next one starts over: a cache counts only when its key is written last.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat } from 'node:fs/promises';
import { release } from 'node:os';
import { dirname, join } from 'node:path';
import { withFileLock } from '../process/file-lock.ts';
import { removeFolder } from '../process/remove-folder.ts';
import type { CheckSetup } from '../release/plan.ts';
import type { Store } from '../store/store.ts';
import { extractArchive } from './extract-archive.ts';
import { joinInside, resolveInside } from './inside.ts';
import type { Slot } from './slots.ts';

export interface PrepareOptions {
  readonly store: Store;
  readonly source: string;
  readonly directory: string;
  readonly setup: CheckSetup | undefined;
  readonly signal: AbortSignal | undefined;
  /** Runs the set-up in that folder; throws if it fails. */
  readonly runSetup: (folder: string) => Promise<void>;
  readonly onPhase: (phase: string) => void;
  /** Something that people should know. */
  readonly onNote: (note: string) => void;
}

export interface Prepared {
  /** Where the commands of the check run. */
  readonly folder: string;
  /** True if no set-up had to run, by this check. */
  readonly cached: boolean;
  readonly setupMs: number;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** What the set-up depends on: its command, the contents of its key files, this platform. */
async function keyOf(tree: string, directory: string, setup: CheckSetup): Promise<string> {
  const hash = createHash('sha256');
  const platform = [process.platform, process.arch, release(), process.version];
  hash.update(JSON.stringify([platform, setup.run, setup.cachePaths, setup.cacheKey]));
  for (const path of setup.cacheKey) {
    const file = await resolveInside(join(tree, directory), path, 'cache key file');
    hash.update(`\0${path}\0`).update(await readFile(file));
  }
  return hash.digest('hex');
}

/** Moves the caches of the old files to the new ones; false if the commit has something of its own there. */
async function moveCaches(
  from: string,
  to: string,
  directory: string,
  paths: readonly string[],
): Promise<boolean> {
  for (const path of paths) {
    const target = joinInside(join(to, directory), path);
    if (await exists(target)) return false;
    await mkdir(dirname(target), { recursive: true });
    // A link of the commit must not lead the cache out of the slot.
    await resolveInside(to, join(directory, dirname(path)), 'folder of a cache path');
    await rename(joinInside(join(from, directory), path), target);
  }
  return true;
}

export async function prepareSlot(slot: Slot, options: PrepareOptions): Promise<Prepared> {
  const { source, directory, setup, signal, onPhase } = options;
  const tree = join(slot.folder, 'tree');
  const lockOptions = { signal, onWait: () => onPhase('waiting for the set-up of another check') };
  return withFileLock(join(slot.folder, 'prepare.lock'), lockOptions, async () => {
    const state = await slot.readState();
    if (state.ready && state.source === source) {
      return { folder: await resolveInside(tree, directory, 'directory'), cached: true, setupMs: 0 };
    }
    onPhase('unpacking');
    const incoming = join(slot.folder, 'incoming');
    await removeFolder(incoming);
    await extractArchive(options.store, source, incoming, signal);
    await resolveInside(incoming, directory, 'directory');
    const key = setup && (await keyOf(incoming, directory, setup));

    await slot.writeState({ source, ready: false, cacheKey: null });
    const kept =
      setup !== undefined &&
      state.cacheKey === key &&
      (await moveCaches(tree, incoming, directory, setup.cachePaths));
    await removeFolder(tree);
    await rename(incoming, tree);

    const folder = await resolveInside(tree, directory, 'directory');
    let setupMs = 0;
    let cacheKey = kept ? (key ?? null) : null;
    if (setup !== undefined && !kept) {
      onPhase('setting up');
      const startedAt = performance.now();
      await options.runSetup(folder);
      setupMs = Math.round(performance.now() - startedAt);
      cacheKey = (await allMade(folder, setup, options.onNote)) ? (key ?? null) : null;
    }
    await slot.writeState({ source, ready: true, cacheKey });
    return { folder, cached: setup !== undefined && kept, setupMs };
  });
}

/** A set-up that keeps nothing, or did not make what it should keep, has to run again next time. */
async function allMade(folder: string, setup: CheckSetup, onNote: (note: string) => void): Promise<boolean> {
  for (const path of setup.cachePaths) {
    if (await exists(joinInside(folder, path))) continue;
    onNote(`the set-up made no ${path}, so it is not kept and will run again next time`);
    return false;
  }
  return setup.cachePaths.length > 0;
}
