import { describe, expect, it } from '@jest/globals';
import { jsonBytes, mergeStreams, type ReadStream } from '../../../src/release/logs/log-merge.ts';
import type { StreamPosition } from '../../../src/release/logs/log-question.ts';

const START: StreamPosition = { atMs: 0, taken: 0 };
const stream = (task: string, times: readonly number[], more: Partial<ReadStream> = {}): ReadStream => ({
  task,
  container: 'app',
  position: START,
  events: times.map((atMs, index) => ({ atMs, lines: [`${task}${index}@${atMs}`] })),
  isCut: false,
  ...more,
});
const MUCH = 48 * 1024;
const textsOf = ({ lines }: ReturnType<typeof mergeStreams>): readonly string[] =>
  lines.map(({ line }) => line);

describe('lines of several streams', () => {
  it('come by time; at the same time in the order of the streams and of their events', () => {
    const page = mergeStreams([stream('a', [1, 3, 3]), stream('b', [2, 3, 4])], MUCH);
    expect(textsOf(page)).toEqual(['a0@1', 'b0@2', 'a1@3', 'a2@3', 'b1@3', 'b2@4']);
    expect(page.positions).toEqual([
      { atMs: 3, taken: 2 },
      { atMs: 4, taken: 1 },
    ]);
    expect(page.more).toBe(false);
  });

  it('count on from where a stream was at that very time', () => {
    const page = mergeStreams([stream('a', [5, 5], { position: { atMs: 5, taken: 3 } })], MUCH);
    expect(page.positions).toEqual([{ atMs: 5, taken: 5 }]);
  });

  it('behind the end of what was read of another one wait for the next page', () => {
    const page = mergeStreams([stream('a', [1, 2], { isCut: true }), stream('b', [1, 9])], MUCH);
    expect(textsOf(page)).toEqual(['a0@1', 'b0@1', 'a1@2']);
    expect(page.more).toBe(true);
    expect(page.positions[1]).toEqual({ atMs: 1, taken: 1 });
  });

  it('fill a page and no more; the rest is behind the positions', () => {
    const all = stream(
      'a',
      Array.from({ length: 100 }, (_, index) => index),
    );
    const page = mergeStreams([all], 1_000);
    expect(jsonBytes(page.lines)).toBeLessThanOrEqual(1_002);
    expect(page.more).toBe(true);
    expect(page.positions).toEqual([{ atMs: page.lines.length - 1, taken: 1 }]);
  });

  it('are at least those of one event, so that it goes on; an event without lines is passed', () => {
    const big = stream('a', [1, 2], {
      events: [
        { atMs: 1, lines: ['x'.repeat(500)] },
        { atMs: 2, lines: ['y'] },
      ],
    });
    expect(mergeStreams([big], 10)).toMatchObject({ more: true, positions: [{ atMs: 1, taken: 1 }] });
    const empty = stream('a', [], { events: [{ atMs: 7, lines: [] }] });
    expect(mergeStreams([empty], MUCH)).toEqual({
      lines: [],
      positions: [{ atMs: 7, taken: 1 }],
      more: false,
    });
  });

  it('of none are none', () => {
    expect(mergeStreams([], MUCH)).toEqual({ lines: [], positions: [], more: false });
    expect(mergeStreams([stream('a', [])], MUCH)).toEqual({ lines: [], positions: [START], more: false });
  });
});
