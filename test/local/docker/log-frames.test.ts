import { describe, expect, it } from '@jest/globals';
import { LogFrames, sinceOf } from '../../../src/local/docker/log-frames.ts';

const at = '2026-11-23T14:05:02.123456789Z';

function frame(payload: string, stream = 1): Buffer {
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
      Buffer.concat([frame(`${at} aaa`), frame(`${at} other\n`, 2), frame(`${at} bbb\n`)]),
    );
    expect(lines.map(({ message }) => message)).toEqual(['other', 'aaabbb']);
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
