/**
 * Arrivals come as signals, which anybody may send with anything in it: what is not one must not hurt an environment,
 * which carries them from run to run. Whoever claims or asks for nothing that can be read claims and asks for nothing.
 */
import { isFields } from '../fields.ts';
import { isWorkflowId, LONGEST_WORKFLOW_ID, workflowIdOf } from '../names.ts';
import { cut } from './ledger.ts';
import { ANCESTOR_DIGITS, type Arrival, type CommitLine, type Entrant, type Rules } from './state.ts';

/** As many as a release brings along: commits that wait for the same turn are closer together than that. */
export const MOST_ANCESTORS = 200;

/** Workflow id and run id. */
const LONGEST_RELEASE_ID = LONGEST_WORKFLOW_ID + 100;

/** The end of what a Date can say. */
const LATEST_MS = 8.64e15;

/** Undefined: it is none. */
export const readArrival = (input: unknown): Arrival | undefined => {
  if (!isFields(input)) return undefined;
  const entrant = readEntrant(input.entrant);
  const rules = input.rules === null ? null : readRules(input.rules);
  return entrant && rules !== undefined ? { entrant, rules, ready: input.ready === true } : undefined;
};

const readEntrant = (given: unknown): Entrant | undefined => {
  if (!isFields(given)) return undefined;
  const { releaseId, startedAtMs, rollbackTo, startedBy, allowOlder, overrideFreeze } = given;
  const commit = readCommit(given.commit);
  if (!commit || !isReleaseId(releaseId)) return undefined;
  if (typeof startedAtMs !== 'number') return undefined;
  return {
    releaseId,
    commit,
    rollbackTo: typeof rollbackTo === 'number' ? rollbackTo : null,
    startedBy: typeof startedBy === 'string' ? cut(startedBy) : null,
    startedAtMs,
    allowOlder: allowOlder === true,
    overrideFreeze: typeof overrideFreeze === 'string' ? cut(overrideFreeze) : null,
  };
};

/**
 * It becomes the address of a letter: one that Temporal does not take would stop the environment at every try, and its
 * worker with it.
 */
const isReleaseId = (given: unknown): given is string =>
  typeof given === 'string' && isWorkflowId(workflowIdOf(given)) && given.length <= LONGEST_RELEASE_ID;

const readCommit = (given: unknown): CommitLine | undefined => {
  if (!isFields(given)) return undefined;
  const { sha, subject, ancestors } = given;
  if (typeof sha !== 'string' || typeof subject !== 'string' || !Array.isArray(ancestors)) return undefined;
  const known: readonly unknown[] = ancestors.slice(0, MOST_ANCESTORS);
  if (!known.every((each) => typeof each === 'string')) return undefined;
  return { sha, subject: cut(subject), ancestors: known.map((each) => each.slice(0, ANCESTOR_DIGITS)) };
};

const readRules = (given: unknown): Rules | undefined => {
  if (!isFields(given) || typeof given.policy !== 'string' || !Array.isArray(given.freezes)) return undefined;
  const { policy, freezes, readAtMs } = given as unknown as Rules;
  if (!freezes.every(isInterval)) return undefined;
  return { policy, freezes, ...(isMoment(readAtMs) && { readAtMs }) };
};

const isInterval = (given: unknown): boolean =>
  isFields(given) && typeof given.name === 'string' && isMoment(given.fromMs) && isMoment(given.untilMs);

const isMoment = (given: unknown): boolean => typeof given === 'number' && Math.abs(given) <= LATEST_MS;
