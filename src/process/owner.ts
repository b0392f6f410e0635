/**
 * Who holds a lock: a process, told apart from a later one that got the same id.
 */
import { readFile } from 'node:fs/promises';

export interface Owner {
  readonly pid: number;
  /** Start time in clock ticks since boot, where the system says so (Linux). */
  readonly started: string;
}

/** Field 22 of /proc/<pid>/stat; the name before it may hold spaces and parentheses. */
async function startOf(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

export const thisProcess = async (): Promise<Owner> => ({
  pid: process.pid,
  started: await startOf(process.pid),
});

export async function isAlive(owner: Owner): Promise<boolean> {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return owner.started === '' || owner.started === (await startOf(owner.pid));
}

/** Undefined for a file that is gone, or not (yet) whole. */
export async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    const owner = JSON.parse(await readFile(file, 'utf8')) as Partial<Owner> | null;
    return typeof owner?.pid === 'number' && typeof owner.started === 'string' ? (owner as Owner) : undefined;
  } catch {
    return undefined;
  }
}
