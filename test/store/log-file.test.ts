/** Logs read line by line: borders of pages, cut characters, last lines. */
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { logBytes, readLogChunk, tailOffset } from '../../src/store/log-file.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-log-file-'));
  file = join(folder, 'x.log');
});
afterEach(() => rm(folder, { recursive: true }));

const CHUNK = 256 * 1024;

/** All lines, chunk by chunk, and how many chunks that were. */
const readAll = async (isFinal: boolean): Promise<{ lines: string[]; chunks: number; offset: number }> => {
  const lines: string[] = [];
  let offset = 0;
  for (let chunks = 1; ; chunks += 1) {
    const chunk = await readLogChunk(file, offset, isFinal);
    if (!chunk) throw new Error('it is gone');
    lines.push(...chunk.lines.map(({ text }) => text));
    offset = chunk.lines.at(-1)?.nextOffset ?? offset;
    if (chunk.isLast) return { lines, chunks, offset };
  }
};

describe('a chunk of a log', () => {
  it('has whole lines; one that is not finished comes when it is, or when nobody writes any more', async () => {
    await writeFile(file, 'one\r\ntwo\n\nthr');
    const chunk = await readLogChunk(file, 0, false);
    expect(chunk).toEqual({
      lines: [
        { text: 'one\r', nextOffset: 5 },
        { text: 'two', nextOffset: 9 },
        { text: '', nextOffset: 10 },
      ],
      bytes: 13,
      isLast: true,
    });
    expect((await readLogChunk(file, 10, false))?.lines).toEqual([]);
    expect((await readLogChunk(file, 10, true))?.lines).toEqual([{ text: 'thr', nextOffset: 13 }]);
    await appendFile(file, 'ee\n');
    expect((await readLogChunk(file, 10, false))?.lines).toEqual([{ text: 'three', nextOffset: 16 }]);
  });

  it('ends between lines wherever 256 KiB end, and nothing is lost or read twice', async () => {
    for (const shift of [0, 1, 2, 3]) {
      const lines = Array.from(
        { length: 9_000 },
        (_, index) => `${'x'.repeat(shift)}${index} ${'ä😀'.repeat(10)}`,
      );
      await writeFile(file, `${lines.join('\n')}\n`);
      const all = await readAll(false);
      expect(all.lines).toEqual(lines);
      expect(all.chunks).toBeGreaterThan(2);
      expect(all.offset).toBe(await logBytes(file));
    }
  });

  it('cuts a line that is longer between two characters', async () => {
    for (const [text, shift] of [
      ['😀', 1],
      ['😀', 2],
      ['😀', 3],
      ['ä', 1],
      ['€', 1],
      ['€', 2],
    ] as const) {
      const long = 'x'.repeat(shift) + text.repeat(CHUNK / 2);
      await writeFile(file, `${long}\nend\n`);
      const { lines } = await readAll(false);
      expect(lines.at(-1)).toBe('end');
      expect(lines.slice(0, -1).join('')).toBe(long);
      expect(lines.length).toBeGreaterThan(2);
    }
  });

  it('that ends with a log, in the midst of a character, is not its last one', async () => {
    const cut = Buffer.concat([Buffer.alloc(CHUNK - 2, 'x'), Buffer.from('😀').subarray(0, 2)]);
    await writeFile(file, cut);
    const { lines, offset } = await readAll(true);
    expect(offset).toBe(CHUNK);
    expect(lines).toEqual(['x'.repeat(CHUNK - 2), '�']);
  });

  it('of garbage is read to its end', async () => {
    await writeFile(file, Buffer.alloc(CHUNK + 10, 0x80));
    const { lines, offset } = await readAll(true);
    expect(offset).toBe(CHUNK + 10);
    expect(lines.join('')).toBe('�'.repeat(CHUNK + 10));
  });

  it('of a log that is not there is none; behind its end it is empty', async () => {
    expect(await readLogChunk(file, 0, true)).toBeUndefined();
    expect(await logBytes(file)).toBeUndefined();
    await writeFile(file, 'x\n');
    expect(await readLogChunk(file, 100, true)).toEqual({ lines: [], bytes: 2, isLast: true });
  });
});

describe('the last lines', () => {
  it.each([
    ['one\ntwo\nthree\n', 1, 'three\n'],
    ['one\ntwo\nthree\n', 2, 'two\nthree\n'],
    ['one\ntwo\nthree\n', 3, 'one\ntwo\nthree\n'],
    ['one\ntwo\nthree\n', 9, 'one\ntwo\nthree\n'],
    ['one\ntwo\nthr', 1, 'thr'],
    ['one\ntwo\nthr', 2, 'two\nthr'],
    ['\n\n\n', 2, '\n\n'],
    ['one\ntwo\n', 0, ''],
    ['', 3, ''],
  ])('of %j: %i', async (text, lines, expected) => {
    await writeFile(file, text);
    expect(
      Buffer.from(text)
        .subarray(await tailOffset(file, lines))
        .toString(),
    ).toBe(expected);
  });

  it('are found over many blocks, also where a block begins with the end of a line', async () => {
    for (const width of [63, 64, 65]) {
      const lines = Array.from({ length: 5_000 }, (_, index) => String(index).padEnd(width - 1, '.'));
      const text = `${lines.join('\n')}\n`;
      await writeFile(file, text);
      for (const count of [1, 1_000, 1_023, 1_024, 1_025, 4_999]) {
        expect(text.slice(await tailOffset(file, count)).split('\n').length - 1).toBe(count);
      }
    }
    expect(await tailOffset(join(folder, 'none'), 3)).toBe(0);
  });
});
