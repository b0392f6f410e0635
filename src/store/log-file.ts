/**
 * Reading logs that may be long and may still grow: from an offset on, or the last lines only.
 */
import { type FileHandle, open } from 'node:fs/promises';
import type { LogPart } from './store.ts';

const PART_BYTES = 1024 * 1024;
const TAIL_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

async function withFile<T>(file: string, missing: T, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return missing;
    throw error;
  }
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}

async function readBytes(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

/** Looks at the last 256 KiB only. */
export function tailFile(file: string, lines: number): Promise<string[]> {
  return withFile(file, [], async (handle) => {
    const { size } = await handle.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const text = (await readBytes(handle, start, size - start)).toString('utf8');
    const all = text.replace(/\n$/, '').split('\n');
    return text === '' ? [] : all.slice(-lines);
  });
}

export function readLogPart(file: string, offset: number): Promise<LogPart> {
  return withFile<LogPart>(file, { text: '', nextOffset: offset }, async (handle) => {
    const bytes = await readBytes(handle, offset, PART_BYTES);
    const lastNewline = bytes.lastIndexOf(NEWLINE);
    // Whole lines, so that no character is cut in two; a line longer than a part goes out as it is.
    const whole = lastNewline >= 0 ? bytes.subarray(0, lastNewline + 1) : bytes;
    return { text: whole.toString('utf8'), nextOffset: offset + whole.length };
  });
}
