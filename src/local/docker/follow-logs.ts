// Reads a container's log to its end, however often the engine drops the connection meanwhile.
import type Docker from 'dockerode';
import type { LogLine } from '../ecs/tasks/task-runtime.ts';
import { statusOf } from './engine.ts';
import { LogFrames, sinceOf } from './log-frames.ts';

export interface LogSubject {
  readonly docker: Docker;
  readonly runtimeId: string;
  /** Begin here: lines of that moment are included. From the first line if there is none. */
  readonly since: string | undefined;
  readonly onLine: (line: LogLine) => void;
  readonly signal: AbortSignal;
}

const retryMs = 500;

/** Resolves when the container has ended (or is gone) and all its lines were handed over, or the signal aborts. */
export async function followLogs(subject: LogSubject): Promise<void> {
  const { signal } = subject;
  const place = new Place(subject.since);
  for (;;) {
    const ended = await hasEnded(subject);
    if (signal.aborted || ended === 'gone') return;
    const whole = await readOnce(subject, place);
    if (ended === true && whole) return;
    if (signal.aborted) return;
    // The stream of a container that runs ends with it, or because the engine went away.
    if (!whole) await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

/** Where the reading stands: lines of the same moment are told apart by their number. */
class Place {
  cursor: string | undefined;
  #given = 0;
  #skip = 0;

  constructor(since: string | undefined) {
    this.cursor = since;
  }

  /** Before the log is read again from `cursor` on. */
  again(): void {
    this.#skip = this.#given;
  }

  isNew(line: LogLine): boolean {
    if (line.cursor !== this.cursor) {
      this.cursor = line.cursor;
      this.#given = 0;
      this.#skip = 0;
    } else if (this.#skip > 0) {
      this.#skip -= 1;
      return false;
    }
    this.#given += 1;
    return true;
  }
}

/** True when the stream came to its proper end. */
async function readOnce(subject: LogSubject, place: Place): Promise<boolean> {
  const { docker, runtimeId, onLine, signal } = subject;
  const frames = new LogFrames();
  const hand = (lines: readonly LogLine[]): void => {
    for (const line of lines) if (place.isNew(line)) onLine(line);
  };
  let stream: NodeJS.ReadableStream;
  try {
    stream = await docker.getContainer(runtimeId).logs({
      follow: true,
      stdout: true,
      stderr: true,
      timestamps: true,
      abortSignal: signal,
      ...(place.cursor !== undefined && { since: sinceOf(place.cursor) as unknown as number }),
    });
  } catch (error) {
    return statusOf(error) === 404;
  }
  place.again();
  const whole = await new Promise<boolean>((resolve) => {
    stream.on('data', (chunk: Buffer) => hand(frames.push(chunk)));
    stream.on('end', () => resolve(true));
    for (const event of ['close', 'error']) stream.on(event, () => resolve(false));
  });
  // What a lost connection cut off comes again, whole.
  if (whole && !signal.aborted) hand(frames.rest());
  return whole;
}

async function hasEnded({ docker, runtimeId }: LogSubject): Promise<boolean | 'gone' | 'unknown'> {
  try {
    const { State } = await docker.getContainer(runtimeId).inspect();
    return !State.Running;
  } catch (error) {
    return statusOf(error) === 404 ? 'gone' : 'unknown';
  }
}
