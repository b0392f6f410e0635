/**
 * Reading logs that may be long and may still grow: from an offset on, or the last lines only.
 */
import { type FileHandle, open } from 'node:fs/promises';
import type { LogChunk, LogPart } from './store.ts';

const PART_BYTES = 1024 * 1024;
const TAIL_BYTES = 256 * 1024;
const CHUNK_BYTES = 256 * 1024;
const BACK_BYTES = 64 * 1024;
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

export const logBytes = (file: string): Promise<number | undefined> =>
  withFile<number | undefined>(file, undefined, async (handle) => (await handle.stat()).size);

/** Where the last `lines` lines begin; a line without its end counts as one. */
export const tailOffset = (file: string, lines: number): Promise<number> =>
  withFile(file, 0, async (handle) => {
    const { size } = await handle.stat();
    if (lines <= 0) return size;
    let missing = lines;
    for (let end = size; end > 0; end -= BACK_BYTES) {
      const start = Math.max(0, end - BACK_BYTES);
      const bytes = await readBytes(handle, start, end - start);
      for (
        let at = bytes.lastIndexOf(NEWLINE);
        at >= 0;
        at = at === 0 ? -1 : bytes.lastIndexOf(NEWLINE, at - 1)
      ) {
        // That of the last line ends it; each one before ends the line before one that was counted.
        if (start + at + 1 === size) continue;
        missing -= 1;
        if (missing === 0) return start + at + 1;
      }
    }
    return 0;
  });

/**
 * The lines of the next 256 KiB, whole ones: of a line that is longer the first part of it, cut between characters.
 * Undefined: there is no such log.
 *
 * @param isFinal nobody writes any more: a last line without its end is a line
 */
export const readLogChunk = (file: string, offset: number, isFinal: boolean): Promise<LogChunk | undefined> =>
  withFile<LogChunk | undefined>(file, undefined, async (handle) => {
    const { size } = await handle.stat();
    const bytes = await readBytes(handle, offset, CHUNK_BYTES);
    const isLast = offset + bytes.length >= size;
    const lines: { text: string; nextOffset: number }[] = [];
    let start = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, start)) {
      lines.push({ text: bytes.toString('utf8', start, at), nextOffset: offset + at + 1 });
      start = at + 1;
    }
    const isTooLong = lines.length === 0 && bytes.length === CHUNK_BYTES;
    const end = isTooLong ? wholeCharacters(bytes) : bytes.length;
    if (start < end && (isTooLong || (isFinal && isLast))) {
      lines.push({ text: bytes.toString('utf8', start, end), nextOffset: offset + end });
      start = end;
    }
    return { lines, bytes: size, isLast: isLast && !isTooLong };
  });

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** So many bytes of a buffer that its end cuts no character; all of them where that is no UTF-8 anyway. */
const wholeCharacters = (bytes: Buffer): number => {
  let start = bytes.length - 1;
  while (start > bytes.length - 4 && isContinuation(bytes[start])) start -= 1;
  const first = bytes[start] ?? 0;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  return start + length > bytes.length ? start : bytes.length;
};
