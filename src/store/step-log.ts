/**
 * The log of one attempt of one step: redacted line by line, kept in the store, its tail at hand for errors
 * and heartbeats. Control characters stay; whoever shows the log strips them.
 */
import { logKey } from './keys.ts';
import { createRedactor } from './redact.ts';
import type { Store } from './store.ts';

export interface StepLog {
  readonly key: string;
  /** Takes text in any pieces. */
  write(text: string): void;
  /** The last lines of this attempt, redacted. */
  tail(lines: number): string[];
  /** Writes the rest. Never rejects: a log that cannot be written must not fail a release. */
  close(): Promise<void>;
}

export interface StepLogOptions {
  readonly store: Store;
  readonly workflowId: string;
  readonly runId: string;
  /** E.g. `check:api`. */
  readonly step: string;
  readonly attempt: number;
  /** Values that must not be written. */
  readonly secrets?: readonly string[];
  /** Told once, of the first write that failed. */
  readonly onError?: (error: unknown) => void;
}

const KEPT_LINES = 200;
const LONGEST_LINE = 64 * 1024;
const LONGEST_LOG = 64 * 1024 * 1024;

export function openStepLog(options: StepLogOptions): StepLog {
  const { store } = options;
  const key = logKey(options.workflowId, options.runId, options.step);
  const redact = createRedactor(options.secrets ?? []);
  const kept: string[] = [];
  let partial = '';
  let waiting = '';
  let written = 0;
  let failed = false;
  let flushing: Promise<void> | undefined;

  const flush = async (): Promise<void> => {
    while (waiting !== '' && !failed) {
      const text = waiting;
      waiting = '';
      try {
        await store.appendLog(key, text);
      } catch (error) {
        failed = true;
        options.onError?.(error);
      }
    }
    flushing = undefined;
  };

  const append = (clean: string): void => {
    if (written > LONGEST_LOG || failed) return;
    written += clean.length + 1;
    waiting +=
      written > LONGEST_LOG ? '[the log is longer than 64 MiB; the rest is left out]\n' : `${clean}\n`;
    flushing ??= flush();
  };

  const emit = (line: string): void => {
    const clean = redact(line);
    kept.push(clean);
    if (kept.length > KEPT_LINES) kept.shift();
    append(clean);
  };

  append(`--- ${options.step}, attempt ${options.attempt}, ${new Date().toISOString()} ---`);

  return {
    key,
    write(text) {
      const lines = (partial + text).split('\n');
      partial = lines.pop() ?? '';
      for (const line of lines) emit(line);
      if (partial.length > LONGEST_LINE) {
        emit(partial);
        partial = '';
      }
    },
    tail: (lines) => [...kept, ...(partial === '' ? [] : [redact(partial)])].slice(-lines),
    async close() {
      if (partial !== '') emit(partial);
      partial = '';
      await flushing;
    },
  };
}
