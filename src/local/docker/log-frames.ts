// Takes Docker's log stream apart: frames of 8 bytes header and a payload, each payload a line with its time.
// Works on bytes: Docker cuts a line after 16 KiB, also in the middle of a character.
import type { LogLine } from '../ecs/tasks/task-runtime.ts';

const headerBytes = 8;
/** Every piece of a long line but its last is exactly so long. */
const pieceBytes = 16_384;
/** An event of CloudWatch Logs holds 256 KiB, 26 bytes of them overhead; the awslogs driver splits longer lines. */
export const maximumEventBytes = 262_144 - 26;
const newline = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;

interface Unfinished {
  readonly cursor: string;
  readonly parts: Buffer[];
  bytes: number;
}

export class LogFrames {
  #buffer: Buffer = Buffer.alloc(0);
  /** By stream (stdout, stderr): a line longer than 16 KiB comes in several frames. */
  readonly #unfinished = new Map<number, Unfinished>();

  /** Returns the lines that the chunk completes. */
  push(chunk: Buffer): LogLine[] {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    const lines: LogLine[] = [];
    let start = 0;
    while (this.#buffer.length - start >= headerBytes) {
      const end = start + headerBytes + this.#buffer.readUInt32BE(start + 4);
      if (this.#buffer.length < end) break;
      this.#frame(this.#buffer[start] ?? 1, this.#buffer.subarray(start + headerBytes, end), lines);
      start = end;
    }
    this.#buffer = this.#buffer.subarray(start);
    return lines;
  }

  /** After the end of the stream: what was printed last, without an end of line. */
  rest(): LogLine[] {
    const lines: LogLine[] = [];
    for (const { cursor, parts } of this.#unfinished.values()) {
      lines.push(lineOf(cursor, Buffer.concat(parts)));
    }
    this.#unfinished.clear();
    return lines;
  }

  #frame(stream: number, payload: Buffer, lines: LogLine[]): void {
    const gap = payload.indexOf(space);
    const line = this.#unfinished.get(stream) ?? {
      cursor: payload.toString('latin1', 0, gap),
      parts: [],
      bytes: 0,
    };
    const text = payload.subarray(gap + 1);
    line.parts.push(text);
    line.bytes += text.length;
    // Of a long line, the `local` driver of 20.10 loses the end of line: there a shorter piece tells that it is the last.
    const complete = text.at(-1) === newline || text.length < pieceBytes;
    if (!complete && line.bytes <= maximumEventBytes) {
      this.#unfinished.set(stream, line);
      return;
    }
    const joined = Buffer.concat(line.parts);
    let whole: Buffer = complete ? withoutLineEnd(joined) : joined;
    while (whole.length > maximumEventBytes) {
      const at = characterStart(whole, maximumEventBytes);
      lines.push(lineOf(line.cursor, whole.subarray(0, at)));
      whole = whole.subarray(at);
    }
    this.#unfinished.delete(stream);
    if (complete) lines.push(lineOf(line.cursor, whole));
    else this.#unfinished.set(stream, { cursor: line.cursor, parts: [whole], bytes: whole.length });
  }
}

function lineOf(cursor: string, text: Buffer): LogLine {
  return { cursor, timestampMs: Date.parse(cursor), message: text.toString('utf8') };
}

function withoutLineEnd(text: Buffer): Buffer {
  const end = text.at(-1) === newline ? text.length - 1 : text.length;
  return text.subarray(0, text[end - 1] === carriageReturn ? end - 1 : end);
}

/** The last place not after `at` where no character of UTF-8 is cut; `at` itself if the bytes are no UTF-8. */
function characterStart(text: Buffer, at: number): number {
  for (let place = at; place > at - 4; place -= 1) {
    if (((text[place] ?? 0) & 0xc0) !== 0x80) return place;
  }
  return at;
}

/** `2026-11-23T14:05:02.123456789Z` → `1795442702.123456789`, as the engine's `since` wants it. */
export function sinceOf(cursor: string): string {
  const fraction = /\.(\d+)Z$/.exec(cursor)?.[1] ?? '0';
  return `${Math.floor(Date.parse(cursor) / 1000)}.${fraction.padEnd(9, '0')}`;
}
