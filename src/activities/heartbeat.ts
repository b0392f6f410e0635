/**
 * Heartbeats by the clock, not by output: a silent child process is still at work, and cancellation arrives
 * only with the answer to a heartbeat (facts/temporal.md 1.4).
 */
import { Context } from '@temporalio/activity';
import { whileBeating } from './while-beating.ts';

/** What `describe()` shows of a running step. */
export interface StepProgress {
  readonly phase: string;
  /** Untrusted text: the renderer strips control characters. */
  readonly lastLine: string;
}

const LONGEST_LINE = 300;

export interface Heart {
  phase(phase: string): void;
  line(line: string): void;
  /** Asks for the newest line at each beat, instead of being told. */
  follow(newestLine: () => string): void;
}

/** A fraction of the heartbeat timeout, so that one late beat does no harm; 1 s at most without one. */
function intervalMs(): number {
  const timeoutMs = Context.current().info.heartbeatTimeoutMs ?? 10_000;
  return Math.max(50, Math.min(1000, timeoutMs / 4));
}

/** Runs `work` with a heart that beats at once, at each new phase, and by interval with the newest details. */
export async function withHeartbeat<T>(phase: string, work: (heart: Heart) => Promise<T>): Promise<T> {
  const context = Context.current();
  let progress: StepProgress = { phase, lastLine: '' };
  let newestLine: (() => string) | undefined;
  const beat = (): void => {
    const lastLine = (newestLine?.() ?? progress.lastLine).slice(0, LONGEST_LINE);
    context.heartbeat({ ...progress, lastLine });
  };
  const heart: Heart = {
    phase(next) {
      progress = { phase: next, lastLine: '' };
      beat();
    },
    line(line) {
      progress = { ...progress, lastLine: line };
    },
    follow(read) {
      newestLine = read;
    },
  };
  return whileBeating(beat, () => work(heart), intervalMs());
}
