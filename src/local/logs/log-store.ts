// Log groups and streams as folders and files.
// Names may hold slashes and dots, so files have names of their own; the true name stands inside.
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { removeLeftovers, StateFileError, writeFileAtomically } from '../state-file.ts';
import { createStreamFile, openStreamFile, type StreamFile } from './stream-file.ts';

const groupSchema = z.object({
  name: z.string(),
  createdAtMs: z.number(),
  retentionInDays: z.number().optional(),
  tags: z.record(z.string(), z.string()),
});

export type GroupRecord = z.infer<typeof groupSchema>;

export interface LogGroup {
  readonly record: GroupRecord;
  readonly streams: Map<string, StreamFile>;
}

export interface LogStore {
  readonly groups: ReadonlyMap<string, LogGroup>;
  /** The group of that name, made if it is not there. */
  ensureGroup(name: string): LogGroup;
  ensureStream(group: LogGroup, name: string): StreamFile;
  saveGroup(group: LogGroup): Promise<void>;
  deleteGroup(name: string): Promise<void>;
  deleteStream(group: LogGroup, name: string): Promise<void>;
  /** Resolves when all that was appended is on disk. */
  close(): Promise<void>;
}

const groupFile = 'group.json';
const streamSuffix = '.jsonl';
/** Of the folder of a deleted group until it is gone. */
const deletedSuffix = /\.deleted-[0-9a-f-]{36}$/;

/** Throws StateFileError for a group that cannot be read, or is another's. */
export async function openLogStore(folder: string, log: (line: string) => void): Promise<LogStore> {
  await mkdir(folder, { recursive: true });
  const groups = new Map<string, LogGroup>();
  /** Folders come into being in the background, before the first write into them. */
  const made = new Map<string, Promise<unknown>>();
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(folder, entry.name);
    if (deletedSuffix.test(entry.name)) {
      await rm(path, { recursive: true, force: true });
      continue;
    }
    const group = await loadGroup(path, log);
    if (group !== undefined) groups.set(group.record.name, group);
  }

  const folderOf = (group: LogGroup): string => join(folder, fileName(group.record.name));
  /** One change of a folder at a time: a save that is overtaken by a delete would bring the group back. */
  const turns = new Map<string, Promise<unknown>>();
  const inTurn = (name: string, change: () => Promise<void>): Promise<void> => {
    const turn = (turns.get(name) ?? Promise.resolve()).then(change);
    turns.set(
      name,
      turn.catch(() => undefined),
    );
    return turn;
  };
  const save = (group: LogGroup): Promise<void> =>
    inTurn(group.record.name, async () => {
      if (groups.get(group.record.name) !== group) return;
      await mkdir(folderOf(group), { recursive: true });
      await writeFileAtomically(join(folderOf(group), groupFile), JSON.stringify(group.record));
    });

  return {
    groups,
    ensureGroup(name) {
      const known = groups.get(name);
      if (known !== undefined) return known;
      const group: LogGroup = { record: { name, createdAtMs: Date.now(), tags: {} }, streams: new Map() };
      groups.set(name, group);
      const saved = save(group).catch((error: Error) =>
        log(`log group ${name} was not saved: ${error.message}`),
      );
      made.set(name, saved);
      return group;
    },
    ensureStream(group, name) {
      const known = group.streams.get(name);
      if (known !== undefined) return known;
      const path = join(folderOf(group), fileName(name) + streamSuffix);
      const stream = createStreamFile(path, name, log, made.get(group.record.name));
      group.streams.set(name, stream);
      return stream;
    },
    saveGroup: save,
    async deleteGroup(name) {
      const group = groups.get(name);
      if (group === undefined) return;
      groups.delete(name);
      made.delete(name);
      await inTurn(name, async () => {
        await Promise.all([...group.streams.values()].map((stream) => stream.flushed()));
        // All at once: half of a folder would be a damaged group at the next start.
        const deleted = `${folderOf(group)}.deleted-${randomUUID()}`;
        try {
          await rename(folderOf(group), deleted);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        }
        await rm(deleted, { recursive: true, force: true });
      });
    },
    async deleteStream(group, name) {
      const stream = group.streams.get(name);
      group.streams.delete(name);
      await stream?.remove();
    },
    async close() {
      await Promise.all(made.values());
      const streams = [...groups.values()].flatMap((group) => [...group.streams.values()]);
      await Promise.all(streams.map((stream) => stream.flushed()));
    },
  };
}

/** Undefined for what a process left that was killed before the group was written. */
async function loadGroup(folder: string, log: (line: string) => void): Promise<LogGroup | undefined> {
  await removeLeftovers(join(folder, groupFile));
  const entries = (await readdir(folder)).filter((entry) => entry.endsWith(streamSuffix));
  const record = await readRecord(join(folder, groupFile));
  if (record === undefined) {
    if (entries.length === 0) return undefined;
    throw new StateFileError(folder, `holds log streams, but no ${groupFile}`);
  }
  const streams = new Map<string, StreamFile>();
  for (const entry of entries) {
    const stream = await openStreamFile(join(folder, entry), log);
    if (stream !== undefined) streams.set(stream.name, stream);
  }
  return { record, streams };
}

async function readRecord(path: string): Promise<GroupRecord | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StateFileError(path, `cannot be read (${(error as Error).message})`, error);
  }
  let record: GroupRecord;
  try {
    record = groupSchema.parse(JSON.parse(text));
  } catch (error) {
    const what = error instanceof SyntaxError ? 'is not whole JSON' : 'does not describe a log group';
    throw new StateFileError(path, what, error);
  }
  if (fileName(record.name) === basename(dirname(path))) return record;
  throw new StateFileError(path, `describes the log group ${record.name}, which has another folder`);
}

/** Readable where that is safe; a hash where the name is too long for a file. */
function fileName(name: string): string {
  const encoded = encodeURIComponent(name).replaceAll('.', '%2E').replaceAll('*', '%2A');
  return encoded.length <= 180 ? encoded : createHash('sha256').update(name).digest('hex');
}
