/**
 * The store in a folder: content by hash, written to a temporary file and renamed, verified when read.
 * Several processes may use one folder at once.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { appendFile, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SlipwayError } from '../errors.ts';
import { checkHash, checkKey } from './keys.ts';
import { logBytes, readLogChunk, readLogPart, tailFile, tailOffset } from './log-file.ts';
import type { Store } from './store.ts';

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

const notInStore = (what: string, cause: unknown): SlipwayError =>
  new SlipwayError('NotInStore', false, `${what} is not in the store`, {
    cause,
    advice: 'all workers of a release must use one store (SLIPWAY_STORE); start the release again',
  });

const damaged = (what: string): SlipwayError =>
  new SlipwayError('StoreDamaged', false, `${what} in the store is not what was put there`, {
    advice: 'check the disk of the store; remove the file and start the release again',
  });

/** Writes through a temporary neighbour, synced before it gets its name, so that a crash leaves no half file. */
async function writeWhole(file: string, write: (temporary: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    await write(temporary);
    const handle = await open(temporary, 'r+');
    await handle.sync().finally(() => handle.close());
    await rename(temporary, file);
    await syncFolder(dirname(file));
  } finally {
    await rm(temporary, { force: true });
  }
}

/** A name counts after a power failure only when its folder has been written too. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

async function writeText(file: string, text: string): Promise<void> {
  await writeWhole(file, (temporary) => pipeline([text], createWriteStream(temporary)));
}

/** Copies `from` to `to` and returns the SHA-256 and the length of what went through. */
async function copyHashed(from: Readable, to: string): Promise<{ hash: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const meter = new PassThrough();
  meter.on('data', (chunk: Buffer) => {
    hash.update(chunk);
    bytes += chunk.length;
  });
  await pipeline(from, meter, createWriteStream(to));
  return { hash: hash.digest('hex'), bytes };
}

export function createFolderStore(root: string): Store {
  const byHash = (room: string, hash: string): string => join(root, room, checkHash(hash).slice(0, 2), hash);
  const documentFile = (key: string): string => join(root, 'documents', `${checkKey(key)}.json`);
  const logFile = (key: string): string => join(root, checkKey(key));

  return {
    async putArchive(content) {
      const arrival = join(root, 'arrivals', randomUUID());
      await mkdir(dirname(arrival), { recursive: true });
      try {
        const archive = await copyHashed(content, arrival);
        const file = byHash('archives', archive.hash);
        if (!(await exists(file))) await writeWhole(file, (temporary) => rename(arrival, temporary));
        return archive;
      } finally {
        await rm(arrival, { force: true });
      }
    },

    async fetchArchive(hash, file) {
      const source = byHash('archives', hash);
      await writeWhole(file, async (temporary) => {
        const copied = await copyHashed(createReadStream(source), temporary).catch((error: unknown) => {
          throw isMissing(error) ? notInStore(`source archive ${hash}`, error) : error;
        });
        if (copied.hash !== hash) throw damaged(`source archive ${hash}`);
      });
    },

    async putText(text) {
      const hash = createHash('sha256').update(text).digest('hex');
      const file = byHash('texts', hash);
      if (!(await exists(file))) await writeText(file, text);
      return hash;
    },

    async getText(hash) {
      const text = await readFile(byHash('texts', hash)).catch((error: unknown) => {
        throw isMissing(error) ? notInStore(`text ${hash}`, error) : error;
      });
      if (createHash('sha256').update(text).digest('hex') !== hash) throw damaged(`text ${hash}`);
      return text.toString('utf8');
    },

    async appendLog(key, text) {
      const file = logFile(key);
      await mkdir(dirname(file), { recursive: true });
      await appendFile(file, text);
    },

    tailLog: (key, lines) => tailFile(logFile(key), lines),
    readLog: (key, offset) => readLogPart(logFile(key), offset),
    logBytes: (key) => logBytes(logFile(key)),
    tailOffset: (key, lines) => tailOffset(logFile(key), lines),
    readLogChunk: (key, offset, isFinal) => readLogChunk(logFile(key), offset, isFinal),

    async putDocument(key, value) {
      await writeText(documentFile(key), `${JSON.stringify(value, null, 2)}\n`);
    },

    async removeDocument(key) {
      await rm(documentFile(key), { force: true });
    },

    async getDocument(key) {
      const text = await readFile(documentFile(key), 'utf8').catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      });
      if (text === undefined) return undefined;
      try {
        return JSON.parse(text) as unknown;
      } catch {
        throw damaged(`document ${key}`);
      }
    },

    async listDocuments(prefix) {
      const folder = join(root, 'documents', checkKey(prefix));
      const names = await readdir(folder, { recursive: true }).catch((error: unknown) => {
        if (isMissing(error)) return [];
        throw error;
      });
      return names
        .filter((name) => name.endsWith('.json'))
        .map((name) => `${prefix}/${name.slice(0, -'.json'.length)}`)
        .sort();
    },
  };
}
