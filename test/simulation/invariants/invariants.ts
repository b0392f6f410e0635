/** What must hold after every run, whatever befell it (facts/orchestrators.md 5.1). The ninth, replay, is in replay.ts. */
import { endsOrSaysWhy, nothingLeaks } from './endings.ts';
import type { Invariant } from './facts.ts';
import { neverTwoAtOnce } from './never-two-at-once.ts';
import { eachMessageOnce, heldMeansHeld } from './operators.ts';
import { rollbackIffTouched, rolledBackMeansRestored } from './rollback.ts';
import { succeededMeansRunning, undisturbedMeansSucceeded } from './success.ts';

export const INVARIANTS = {
  'succeeded means that every service runs the requested digest, and was healthy after it was steady':
    succeededMeansRunning,
  'rolled back means that every touched service runs what it ran before, verified': rolledBackMeansRestored,
  'no service is changed twice at once, nothing is registered twice': neverTwoAtOnce,
  'after a stop, and while paused, nothing goes forward': heldMeansHeld,
  'there is a rollback if, and only if, something may have been changed': rollbackIffTouched,
  'each message is recorded once; duplicates and late ones do no harm': eachMessageOnce,
  'the history keeps no secret and stays small': nothingLeaks,
  'the release ends, or says what it waits for': endsOrSaysWhy,
  'a release that nothing disturbs succeeds': undisturbedMeansSucceeded,
} as const satisfies Readonly<Record<string, Invariant>>;
