/**
 * The health check's truth table: consecutive successes decide, "bad answer" and "could not ask" are counted apart
 * (facts/orchestrators.md 1.2, Argo Rollouts' analysis).
 */
import type { HealthSpec } from '../plan.ts';

export type Sample =
  | { readonly kind: 'good' }
  /** It answered, and the answer was wrong: status, body, commit. */
  | { readonly kind: 'bad'; readonly text: string }
  /** It could not be asked: refused, reset, timed out. */
  | { readonly kind: 'unreachable'; readonly text: string };

export interface HealthTally {
  readonly consecutiveGood: number;
  readonly consecutiveBad: number;
  readonly consecutiveUnreachable: number;
  readonly asked: number;
  /** Latest complaints, newest first, at most {@link KEPT_COMPLAINTS}. */
  readonly complaints: readonly string[];
}

export const KEPT_COMPLAINTS = 5;

export const NO_SAMPLES: HealthTally = {
  consecutiveGood: 0,
  consecutiveBad: 0,
  consecutiveUnreachable: 0,
  asked: 0,
  complaints: [],
};

export const addSample = (tally: HealthTally, sample: Sample): HealthTally => ({
  asked: tally.asked + 1,
  consecutiveGood: sample.kind === 'good' ? tally.consecutiveGood + 1 : 0,
  consecutiveBad: sample.kind === 'bad' ? tally.consecutiveBad + 1 : 0,
  consecutiveUnreachable: sample.kind === 'unreachable' ? tally.consecutiveUnreachable + 1 : 0,
  complaints:
    sample.kind === 'good' ? tally.complaints : [sample.text, ...tally.complaints].slice(0, KEPT_COMPLAINTS),
});

/** Between two samples lie the pause, a slow answer, and what a busy worker adds to it. */
export const longestGapMs = (limits: Pick<HealthSpec, 'intervalMs' | 'requestTimeoutMs'>): number =>
  3 * limits.intervalMs + limits.requestTimeoutMs;

/**
 * How long has really been asked, for `readHealth`: while no worker was there nobody asked, and a service is not
 * unhealthy for that. A gap counts as one interval, so that slow samples come to an end as well.
 *
 * @param limitMs a longer gap between two samples is one in which nobody asked
 */
export const addAskedTime = (
  askedMs: number,
  gapMs: number,
  { intervalMs }: Pick<HealthSpec, 'intervalMs'>,
  limitMs: number,
): number => askedMs + (gapMs > limitMs ? intervalMs : Math.max(gapMs, 0));

export type HealthAnswer =
  | { readonly state: 'healthy' | 'open' }
  | { readonly state: 'unhealthy'; readonly summary: string };

/** A network that hiccups is forgiven more often than a service that answers wrongly. */
const UNREACHABLE_FACTOR = 3;

export const readHealth = (
  tally: HealthTally,
  limits: Pick<HealthSpec, 'successes' | 'failures' | 'timeoutMs'>,
  askedMs: number,
): HealthAnswer => {
  if (tally.consecutiveGood >= limits.successes) return { state: 'healthy' };
  const latest = tally.complaints[0] ?? 'no answer';
  if (tally.consecutiveBad >= limits.failures) {
    return { state: 'unhealthy', summary: `${tally.consecutiveBad} wrong answers in a row: ${latest}` };
  }
  if (tally.consecutiveUnreachable >= limits.failures * UNREACHABLE_FACTOR) {
    return {
      state: 'unhealthy',
      summary: `could not be asked ${tally.consecutiveUnreachable} times in a row: ${latest}`,
    };
  }
  if (askedMs >= limits.timeoutMs) {
    const { consecutiveGood, asked } = tally;
    return {
      state: 'unhealthy',
      summary: `only ${consecutiveGood} of ${limits.successes} good answers in a row after ${Math.round(askedMs / 1000)} s (${asked} asked): ${latest}`,
    };
  }
  return { state: 'open' };
};
