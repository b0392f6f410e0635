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
  /** Of the release's steps the one that this is (`build:api`): an activity's own id does not tell. */
  readonly step?: string;
  /** How far it is, where it can be counted. */
  readonly measured?: Measured;
}

export interface Measured {
  readonly done: number;
  readonly total: number;
  readonly unit: 'steps' | 'layers';
  /** What it is at, in the words of the tool; untrusted as well. */
  readonly current?: string;
  readonly bytes?: { readonly done: number; readonly total: number };
}

const LONGEST_LINE = 300;

export interface Heart {
  phase(phase: string): void;
  line(line: string): void;
  /** Asks for the newest line at each beat, instead of being told. */
  follow(newestLine: () => string): void;
  /** Holds until the next phase. */
  measure(measured: Measured): void;
}

/** A fraction of the heartbeat timeout, so that one late beat does no harm; 1 s at most without one. */
function intervalMs(): number {
  const timeoutMs = Context.current().info.heartbeatTimeoutMs ?? 10_000;
  return Math.max(50, Math.min(1000, timeoutMs / 4));
}

/** Runs `work` with a heart that beats at once, at each new phase, and by interval with the newest details. */
export async function withHeartbeat<T>(
  phase: string,
  work: (heart: Heart) => Promise<T>,
  step?: string,
): Promise<T> {
  const context = Context.current();
  const ofStep = step === undefined ? {} : { step };
  let progress: StepProgress = { phase, lastLine: '', ...ofStep };
  let newestLine: (() => string) | undefined;
  const beat = (): void => {
    const lastLine = (newestLine?.() ?? progress.lastLine).slice(0, LONGEST_LINE);
    context.heartbeat({ ...progress, lastLine } satisfies StepProgress);
  };
  const heart: Heart = {
    phase(next) {
      progress = { phase: next, lastLine: '', ...ofStep };
      beat();
    },
    measure(measured) {
      const current = measured.current?.slice(0, LONGEST_LINE);
      progress = { ...progress, measured: { ...measured, ...(current === undefined ? {} : { current }) } };
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
