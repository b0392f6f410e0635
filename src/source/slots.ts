/**
 * Warm folders for checks. A slot keeps its path, as virtual environments break when they move; checks of one
 * commit share a slot, checks of different commits never do.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withFileLock } from '../process/file-lock.ts';
import { isAlive, readOwner, thisProcess } from '../process/owner.ts';

export interface SlotState {
  /** Hash of the archive whose files are (to be) in it. */
  readonly source: string;
  /** True when files and set-up are complete for that source. */
  readonly ready: boolean;
  /** Key that the kept caches were made for; null while there are none, or none that is whole. */
  readonly cacheKey: string | null;
}

export interface Slot {
  readonly folder: string;
  readState(): Promise<SlotState>;
  writeState(state: SlotState): Promise<void>;
}

const EMPTY: SlotState = { source: '', ready: false, cacheKey: null };

function slotIn(folder: string): Slot {
  const file = join(folder, 'state.json');
  return {
    folder,
    async readState() {
      try {
        return JSON.parse(await readFile(file, 'utf8')) as SlotState;
      } catch {
        return EMPTY;
      }
    },
    async writeState(state) {
      const temporary = `${file}.${randomUUID()}`;
      await writeFile(temporary, JSON.stringify(state));
      await rename(temporary, file);
    },
  };
}

/** Users of a slot; those whose process is gone are taken out. */
async function usersOf(slot: Slot): Promise<number> {
  const folder = join(slot.folder, 'users');
  let users = 0;
  for (const name of await readdir(folder).catch(() => [])) {
    const owner = await readOwner(join(folder, name));
    if (owner !== undefined && (await isAlive(owner))) users += 1;
    else await rm(join(folder, name), { force: true });
  }
  return users;
}

/** Joins the slot that works on this source already; else takes the first free one, or makes one more. */
async function chooseSlot(group: string, source: string): Promise<Slot> {
  let free: Slot | undefined;
  for (let number = 0; ; number += 1) {
    const slot = slotIn(join(group, String(number)));
    const state = await slot.readState();
    const inUse = (await usersOf(slot)) > 0;
    if (inUse && state.source === source) return slot;
    if (!inUse) free ??= slot;
    if (state === EMPTY) {
      const chosen = free ?? slot;
      await mkdir(join(chosen.folder, 'users'), { recursive: true });
      const { cacheKey } = await chosen.readState();
      await chosen.writeState({ source, ready: false, cacheKey });
      return chosen;
    }
  }
}

/** Runs `work` with a slot of the group that holds (or will hold, see `prepareSlot`) this source. */
export async function withSlot<T>(
  group: string,
  source: string,
  signal: AbortSignal | undefined,
  work: (slot: Slot) => Promise<T>,
): Promise<T> {
  const user = randomUUID();
  const slot = await withFileLock(join(group, 'slots.lock'), { signal }, async () => {
    const chosen = await chooseSlot(group, source);
    await writeFile(join(chosen.folder, 'users', user), JSON.stringify(await thisProcess()));
    return chosen;
  });
  try {
    return await work(slot);
  } finally {
    await rm(join(slot.folder, 'users', user), { force: true });
  }
}
