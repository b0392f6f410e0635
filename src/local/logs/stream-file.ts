// One log stream as a file of JSON lines: a header, then an event a line, in order of arrival.
// Appending is the only way to write, so what `kill -9` leaves is whole but for the last line.
import { appendFile, open, readFile, rm } from 'node:fs/promises';
import type { LogEvent } from './log-sink.ts';

export interface StoredEvent extends LogEvent {
  readonly ingestedAtMs: number;
}

export interface StreamFile {
  readonly name: string;
  readonly createdAtMs: number;
  firstEventMs: number | undefined;
  lastEventMs: number | undefined;
  lastIngestedAtMs: number | undefined;
  /** Returns at once; writes in order behind. What could not be written is told to `log`. */
  append(events: readonly LogEvent[]): void;
  /** All that was appended before, also what is still on its way to the disk. */
  read(): Promise<StoredEvent[]>;
  flushed(): Promise<void>;
  remove(): Promise<void>;
}

interface Header {
  readonly stream: string;
  readonly createdAtMs: number;
}

/** Nothing is written before `folderMade` has settled. */
export function createStreamFile(
  path: string,
  name: string,
  log: (line: string) => void,
  folderMade: Promise<unknown> = Promise.resolve(),
): StreamFile {
  const header: Header = { stream: name, createdAtMs: Date.now() };
  return streamFile(path, header, `${JSON.stringify(header)}\n`, log, folderMade);
}

/** Undefined when the file does not begin with a header: it is not ours. */
export async function openStreamFile(
  path: string,
  log: (line: string) => void,
): Promise<StreamFile | undefined> {
  const { head, tail } = await readEnds(path);
  const [first = '', ...headLines] = head.split('\n');
  const header = parseLine(first);
  if (!isHeader(header)) return undefined;
  // A line that a crash cut off stays unreadable; the next one must not be glued to it.
  const file = streamFile(path, header, tail.endsWith('\n') ? '' : '\n', log);
  file.firstEventMs = headLines.map(parseEvent).find((each) => each !== undefined)?.timestampMs;
  const last = tail
    .split('\n')
    .map(parseEvent)
    .findLast((each) => each !== undefined);
  file.lastEventMs = last?.timestampMs;
  file.lastIngestedAtMs = last?.ingestedAtMs;
  return file;
}

function streamFile(
  path: string,
  header: Header,
  pending: string,
  log: (line: string) => void,
  folderMade: Promise<unknown> = Promise.resolve(),
): StreamFile {
  let waiting = pending;
  let writing: Promise<unknown> = folderMade;
  const flush = (): void => {
    writing = writing.then(async () => {
      const text = waiting;
      waiting = '';
      if (text === '') return;
      try {
        await appendFile(path, text);
      } catch (error) {
        log(`log lines were lost: ${path} cannot be written (${(error as Error).message})`);
      }
    });
  };
  if (waiting !== '') flush();
  const self: StreamFile = {
    name: header.stream,
    createdAtMs: header.createdAtMs,
    firstEventMs: undefined,
    lastEventMs: undefined,
    lastIngestedAtMs: undefined,
    append(events) {
      const ingestedAtMs = Date.now();
      for (const { timestampMs, message } of events) {
        waiting += `${JSON.stringify({ t: timestampMs, i: ingestedAtMs, m: message })}\n`;
        self.firstEventMs ??= timestampMs;
        self.lastEventMs = timestampMs;
        self.lastIngestedAtMs = ingestedAtMs;
      }
      flush();
    },
    async read() {
      await writing;
      const lines = (await readFile(path, 'utf8')).split('\n');
      return lines.map(parseEvent).filter((each) => each !== undefined);
    },
    flushed: async () => {
      await writing;
    },
    async remove() {
      await writing;
      await rm(path, { force: true });
    },
  };
  return self;
}

const endBytes = 65_536;

/** The beginning and the end of the file, which may be large. */
async function readEnds(path: string): Promise<{ head: string; tail: string }> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const part = async (position: number): Promise<string> => {
      const buffer = Buffer.alloc(Math.min(endBytes, size));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
      return buffer.subarray(0, bytesRead).toString('utf8');
    };
    return { head: await part(0), tail: await part(Math.max(0, size - endBytes)) };
  } finally {
    await file.close();
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isHeader(value: unknown): value is Header {
  return typeof value === 'object' && value !== null && 'stream' in value && 'createdAtMs' in value;
}

function parseEvent(line: string): StoredEvent | undefined {
  const value = parseLine(line) as { t?: unknown; i?: unknown; m?: unknown } | undefined;
  if (typeof value?.t !== 'number' || typeof value.m !== 'string') return undefined;
  return { timestampMs: value.t, ingestedAtMs: Number(value.i), message: value.m };
}
