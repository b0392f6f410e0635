/** Arrivals come as signals, which anybody may send with anything in it: what is not one must not hurt an environment. */
import type { Arrival } from './state.ts';

/** Undefined: it is none. */
export const readArrival = (input: unknown): Arrival | undefined => {
  if (!isFields(input) || !isFields(input.entrant)) return undefined;
  const { entrant, rules } = input;
  const { commit } = entrant;
  const isEntrant =
    typeof entrant.releaseId === 'string' &&
    entrant.releaseId.includes('/') &&
    typeof entrant.startedAtMs === 'number' &&
    isFields(commit) &&
    typeof commit.sha === 'string' &&
    typeof commit.subject === 'string' &&
    Array.isArray(commit.ancestors);
  const isRules =
    rules === null || (isFields(rules) && typeof rules.policy === 'string' && Array.isArray(rules.freezes));
  return isEntrant && isRules ? (input as unknown as Arrival) : undefined;
};

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
