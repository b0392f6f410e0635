/**
 * One page of lines out of many streams, by time. A stream that was not read to its end holds the later lines of the
 * others back: they come with the next page, in their order.
 */
import type { ServiceLogLine, StreamPosition } from './log-question.ts';

export interface ReadEvent {
  readonly atMs: number;
  /** None where nothing is left of it that could be shown. */
  readonly lines: readonly string[];
}

export interface ReadStream {
  readonly task: string;
  readonly container: string;
  readonly position: StreamPosition;
  /** Behind the position, in order. */
  readonly events: readonly ReadEvent[];
  /** There are more that were not read. */
  readonly isCut: boolean;
}

export interface MergedPage {
  readonly lines: readonly ServiceLogLine[];
  /** Of each stream, in the order of the streams. */
  readonly positions: readonly StreamPosition[];
  readonly more: boolean;
}

/** @param bytes of the lines as JSON; one event at least is taken whatever its size */
export const mergeStreams = (streams: readonly ReadStream[], bytes: number): MergedPage => {
  const horizonMs = Math.min(...streams.map(lastCertainMs));
  const candidates = streams
    .flatMap(({ events }, stream) => events.map((event) => ({ ...event, stream })))
    .filter(({ atMs }) => atMs <= horizonMs)
    .sort((one, other) => one.atMs - other.atMs || one.stream - other.stream);
  const positions = streams.map(({ position }) => position);
  const lines: ServiceLogLine[] = [];
  let left = bytes;
  let taken = 0;
  for (const { stream, atMs, lines: texts } of candidates) {
    const { task = '', container = '' } = streams[stream] ?? {};
    const its = texts.map((line) => ({ atMs, task, container, line }));
    const size = sizeOf(its);
    if (taken > 0 && size > left) break;
    left -= size;
    taken += 1;
    lines.push(...its);
    positions[stream] = behind(positions[stream], atMs);
  }
  const all = streams.reduce((sum, { events }) => sum + events.length, 0);
  return { lines, positions, more: taken < all || streams.some(({ isCut }) => isCut) };
};

const lastCertainMs = ({ events, isCut }: ReadStream): number =>
  (isCut ? events.at(-1)?.atMs : undefined) ?? Number.POSITIVE_INFINITY;

const behind = (position: StreamPosition | undefined, atMs: number): StreamPosition =>
  position?.atMs === atMs ? { atMs, taken: position.taken + 1 } : { atMs, taken: 1 };

const sizeOf = (lines: readonly ServiceLogLine[]): number =>
  lines.reduce((sum, line) => sum + jsonBytes(line) + 1, 0);

export const jsonBytes = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;
