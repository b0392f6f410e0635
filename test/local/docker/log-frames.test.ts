import { describe, expect, it } from '@jest/globals';
import { LogFrames, sinceOf } from '../../../src/local/docker/log-frames.ts';
import type { LogLine } from '../../../src/local/ecs/tasks/task-runtime.ts';

const at = '2026-11-23T14:05:02.123456789Z';

/** What the engine makes of a longer line, but for the last of it. */
const piece = 'a'.repeat(16_384);

function frame(payload: string | Buffer, stream = 1): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(Buffer.byteLength(payload), 4);
  return Buffer.concat([header, Buffer.from(payload)]);
}

describe('LogFrames', () => {
  it('gives one line a frame, with its time', () => {
    const lines = new LogFrames().push(Buffer.concat([frame(`${at} one\n`), frame(`${at} two\r\n`, 2)]));
    expect(lines).toEqual([
      { cursor: at, timestampMs: Date.parse('2026-11-23T14:05:02.123Z'), message: 'one' },
      { cursor: at, timestampMs: Date.parse('2026-11-23T14:05:02.123Z'), message: 'two' },
    ]);
  });

  it('does not care how the bytes are cut', () => {
    const frames = new LogFrames();
    const bytes = Buffer.concat([frame(`${at} häßlich\n`), frame(`${at} \n`)]);
    const lines = [...bytes].flatMap((byte) => frames.push(Buffer.from([byte])));
    expect(lines.map(({ message }) => message)).toEqual(['häßlich', '']);
  });

  it('joins the frames of a long line, per stream', () => {
    const frames = new LogFrames();
    const lines = frames.push(
      Buffer.concat([frame(`${at} ${piece}`), frame(`${at} other\n`, 2), frame(`${at} bbb\n`)]),
    );
    expect(lines.map(({ message }) => message)).toEqual(['other', `${piece}bbb`]);
  });

  it.each([
    ['', ''],
    ['bbb', 'bbb'],
    ['bbb\r', 'bbb'],
  ])('ends a long line with its shorter piece (%j), though the engine lost the end of line', (last, told) => {
    const lines = new LogFrames().push(
      Buffer.concat([frame(`${at} ${piece}`), frame(`${at} ${last}`), frame(`${at} next\n`)]),
    );
    expect(lines.map(({ message }) => message)).toEqual([`${piece}${told}`, 'next']);
  });
});

describe('sinceOf', () => {
  it.each([
    [at, '1795442702.123456789'],
    ['2026-11-23T14:05:02Z', '1795442702.000000000'],
    ['2026-11-23T14:05:02.5Z', '1795442702.500000000'],
  ])('of %s is %s', (cursor, expected) => {
    expect(sinceOf(cursor)).toBe(expected);
  });
});

describe('a long line', () => {
  it('is split as CloudWatch Logs wants it, never inside a character', () => {
    const frames = new LogFrames();
    const text = `a${'é'.repeat(200_000)}`;
    const bytes = Buffer.from(`${text}\n`);
    const lines: LogLine[] = [];
    for (let start = 0; start < bytes.length; start += piece.length) {
      const part = bytes.subarray(start, start + piece.length);
      lines.push(...frames.push(frame(Buffer.concat([Buffer.from(`${at} `), part]))));
    }
    expect(lines.map(({ message }) => message).join('')).toBe(text);
    expect(lines.map(({ message }) => Buffer.byteLength(message))).toEqual([262_117, 137_884]);
  });

  it('that is cut in the middle of a character is put together again', () => {
    const frames = new LogFrames();
    const text = `${piece.slice(1)}äh`;
    const bytes = Buffer.from(`${text}\n`);
    const cut = (from: number, to?: number) =>
      frame(Buffer.concat([Buffer.from(`${at} `), bytes.subarray(from, to)]));
    const lines = [...frames.push(cut(0, piece.length)), ...frames.push(cut(piece.length))];
    expect(lines.map(({ message }) => message)).toEqual([text]);
  });
});

describe('what is printed last', () => {
  it('without an end of line is a line all the same', () => {
    const frames = new LogFrames();
    expect(frames.push(frame(`${at} ${piece}`))).toEqual([]);
    expect(frames.rest().map(({ message }) => message)).toEqual([piece]);
    expect(frames.rest()).toEqual([]);
    expect(frames.push(frame(`${at} no end`)).map(({ message }) => message)).toEqual(['no end']);
  });
});
