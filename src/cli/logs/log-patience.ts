/** While a log is followed, a worker or Temporal may be away for a while: that is said once, and waited for. */
import { SlipwayError } from '../../errors.ts';

export interface Patience {
  readonly now: () => number;
  /** Resolves early when the signal says so; never rejects. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly note: (text: string) => void;
}

const PATIENCE_MS = 120_000;
const AGAIN_AFTER_MS = 3_000;

/** May pass: a worker that is not there, a call that failed, Temporal itself (`ServiceError` of its client). */
const mayPass = (error: unknown): boolean =>
  error instanceof SlipwayError ? error.retryable : error instanceof Error && error.name === 'ServiceError';

/** Repeats what fails until it works, or for two minutes. Throws at once what does not pass, and when `stop` has come. */
export async function patiently<T>(
  { now, sleep, note }: Patience,
  stop: AbortSignal,
  call: () => Promise<T>,
): Promise<T> {
  let sinceMs: number | undefined;
  for (;;) {
    try {
      const answer = await call();
      if (sinceMs !== undefined) note('it goes on');
      return answer;
    } catch (error) {
      if (stop.aborted || !mayPass(error)) throw error;
      if (sinceMs === undefined) note(`${(error as Error).message}; waiting for it`);
      sinceMs ??= now();
      if (now() - sinceMs > PATIENCE_MS) throw error;
    }
    await sleep(AGAIN_AFTER_MS, stop);
    stop.throwIfAborted();
  }
}
