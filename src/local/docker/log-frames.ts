// Takes Docker's log stream apart: frames of 8 bytes header and a payload, each payload a line with its time.
import type { LogLine } from '../ecs/task-runtime.ts';

const headerBytes = 8;

export class LogFrames {
  #buffer = Buffer.alloc(0);
  /** By stream (stdout, stderr): a line longer than 16 KiB comes in several frames. */
  readonly #unfinished = new Map<number, { cursor: string; text: string }>();

  /** Returns the lines that the chunk completes. */
  push(chunk: Buffer): LogLine[] {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    const lines: LogLine[] = [];
    while (this.#buffer.length >= headerBytes) {
      const end = headerBytes + this.#buffer.readUInt32BE(4);
      if (this.#buffer.length < end) break;
      const line = this.#frame(this.#buffer[0] ?? 1, this.#buffer.toString('utf8', headerBytes, end));
      this.#buffer = this.#buffer.subarray(end);
      if (line) lines.push(line);
    }
    return lines;
  }

  #frame(stream: number, payload: string): LogLine | undefined {
    const space = payload.indexOf(' ');
    const before = this.#unfinished.get(stream);
    const cursor = before?.cursor ?? payload.slice(0, space);
    const text = (before?.text ?? '') + payload.slice(space + 1);
    if (!text.endsWith('\n') && text.length < 1_000_000) {
      this.#unfinished.set(stream, { cursor, text });
      return undefined;
    }
    this.#unfinished.delete(stream);
    return { cursor, timestampMs: Date.parse(cursor), message: text.replace(/\r?\n$/, '') };
  }
}

/** `2026-11-23T14:05:02.123456789Z` → `1795442702.123456789`, as the engine's `since` wants it. */
export function sinceOf(cursor: string): string {
  const fraction = /\.(\d+)Z$/.exec(cursor)?.[1] ?? '0';
  return `${Math.floor(Date.parse(cursor) / 1000)}.${fraction.padEnd(9, '0')}`;
}
