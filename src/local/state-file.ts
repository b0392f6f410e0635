// One JSON file that survives `kill -9`: written beside, flushed, then renamed over the old one.
// A file that cannot be read is an error that names it; it is never reset, because what it held still runs.
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export interface StateFile<T> {
  /** The live object: change it in place, then `save()`. */
  readonly state: T;
  /** Resolves when a write that began after this call is on disk. Calls during a write share the next one. */
  save(): Promise<void>;
}

export interface OpenStateFile<T> extends StateFile<T> {
  /**
   * After a write that failed, tries again; else resolves at once. For answers that say "it is so already":
   * what they speak of may be what could not be written.
   */
  caughtUp(): Promise<void>;
  /**
   * Saves, then resolves with the answer. It was made before the write began: what a call has changed is answered as
   * that call left it, though others may change it on while it is written.
   */
  saved<A>(answer: A): Promise<A>;
}

export interface StateFileOptions<T> {
  /** Used only when there is no file yet. */
  readonly initial: () => T;
  /** Turns the parsed JSON into the state, or throws with what was expected. */
  readonly parse: (json: unknown) => T;
  /** Written into the file; a file of another version is refused. Default 1. */
  readonly version?: number;
}

export class StateFileError extends Error {
  override readonly name = 'StateFileError';
  readonly path: string;

  constructor(path: string, problem: string, cause?: unknown) {
    super(`${path}: ${problem}. It was left as it is; move it away to start afresh.`, { cause });
    this.path = path;
  }
}

/** The disk is full, read-only or gone. The file still holds what was saved last; the next save may succeed. */
export class StateSaveError extends Error {
  override readonly name = 'StateSaveError';

  constructor(path: string, cause: NodeJS.ErrnoException) {
    super(`The local state cannot be saved: ${cause.code ?? cause.message} (${path})`, { cause });
  }
}

/** `save` rejects with StateSaveError. Throws StateFileError. */
export async function openStateFile<T>(
  path: string,
  options: StateFileOptions<T>,
): Promise<OpenStateFile<T>> {
  const version = options.version ?? 1;
  await mkdir(dirname(path), { recursive: true });
  await removeLeftovers(path);
  const state = withBareRecords((await load(path, version, options.parse)) ?? options.initial());
  let behind = false;
  const write = async (): Promise<void> => {
    try {
      await writeFileAtomically(path, JSON.stringify({ version, state }));
      behind = false;
    } catch (error) {
      behind = true;
      throw new StateSaveError(path, error as NodeJS.ErrnoException);
    }
  };
  const save = coalesce(write);
  const saved = async <A>(answer: A): Promise<A> => {
    await save();
    return answer;
  };
  return { state, save, saved, caughtUp: async () => (behind ? save() : undefined) };
}

/**
 * Removes half-written files of `path` whose writer was killed: at once where the writer that the name tells is
 * gone, else when they are old. Another process may be writing just now.
 */
export async function removeLeftovers(path: string): Promise<void> {
  const own = basename(path);
  for (const name of await readdir(dirname(path))) {
    const match = name.startsWith(own) ? temporarySuffix.exec(name.slice(own.length)) : null;
    if (match === null) continue;
    const writer = match[1];
    const leftover = join(dirname(path), name);
    const { mtimeMs } = await stat(leftover).catch(() => ({ mtimeMs: Date.now() }));
    const isOrphan = writer !== undefined && !isAlive(Number(writer));
    if (isOrphan || Date.now() - mtimeMs > 60_000) await rm(leftover, { force: true });
  }
}

/** `.<pid of the writer>.<UUID>.tmp`; older Slipways wrote no pid. */
const temporarySuffix = /^(?:\.(\d{1,10}))?\.[0-9a-f-]{36}\.tmp$/;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and is another user's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/**
 * Records by name must not find `constructor` or `toString`, which clients may well send as names:
 * the state's own records lose their prototype.
 */
function withBareRecords<T>(state: T): T {
  if (typeof state !== 'object' || state === null) return state;
  for (const value of Object.values(state)) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) continue;
    Object.setPrototypeOf(value, null);
  }
  return state;
}

async function load<T>(path: string, version: number, parse: (json: unknown) => T): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StateFileError(path, `cannot be read (${(error as Error).message})`, error);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new StateFileError(path, 'is not whole JSON', error);
  }
  if (typeof json !== 'object' || json === null || !('version' in json) || !('state' in json)) {
    throw new StateFileError(path, 'is not a Slipway state file (no "version" and "state")');
  }
  if (json.version !== version) {
    throw new StateFileError(
      path,
      `has version ${String(json.version)}, this Slipway reads version ${version}`,
    );
  }
  try {
    return parse(json.state);
  } catch (error) {
    throw new StateFileError(path, `does not hold what was expected (${(error as Error).message})`, error);
  }
}

/** Temp file + fsync + rename + fsync of the folder: readers see the old or the new text, never a part. */
export async function writeFileAtomically(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** At most one run at a time; calls that arrive during a run share the one that follows it. */
function coalesce(run: () => Promise<void>): () => Promise<void> {
  let waiting: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  let running = false;
  const drain = async (): Promise<void> => {
    running = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await run();
        for (const call of batch) call.resolve();
      } catch (error) {
        for (const call of batch) call.reject(error);
      }
    }
    running = false;
  };
  return () =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      if (!running) void drain();
    });
}
