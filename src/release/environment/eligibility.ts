/** Who may have the turn, and who may not (any more), and why: one release looked at among the others. */
import { workflowIdOf } from '../names.ts';
import { commitOrder } from './commit-order.ts';
import { whyFrozen } from './freeze.ts';
import type { Dismissal, Entrant, EnvironmentState, Joined } from './state.ts';

/** More releases at the same time than anybody means to start. */
export const MOST_JOINED = 100;

export const isRollback = ({ rollbackTo }: Entrant): boolean => rollbackTo !== null;

/** In half a sentence, for people. */
export const nameOf = ({ number, commit, rollbackTo }: Joined): string =>
  rollbackTo === null
    ? `release ${number} (${commit.sha.slice(0, 12)})`
    : `release ${number} (back to release ${rollbackTo})`;

/** Those that wait for the turn, the next one first: rollbacks, then by number. */
export const waitingLine = ({ joined }: EnvironmentState): readonly Joined[] => {
  const waiting = joined.filter(({ phase }) => phase === 'ready');
  return [...waiting.filter(isRollback), ...waiting.filter((each) => !isRollback(each))];
};

/** Who gets the turn when it is free. In a `queue`, one that still prepares keeps its place. */
export const firstInLine = (state: EnvironmentState): Joined | undefined => {
  const [first] = waitingLine(state);
  if (!first || isRollback(first) || state.rules.policy !== 'queue') return first;
  return inPlaceBefore(state, first) ? undefined : first;
};

/** In a `queue`: who came before it and has not ended. */
export const inPlaceBefore = ({ joined }: EnvironmentState, release: Joined): Joined | undefined =>
  joined.find((each) => each.phase === 'preparing' && !isRollback(each) && each.number < release.number);

/** Why a release that has just come cannot go on. */
export const whyRefused = (state: EnvironmentState, entrant: Entrant, nowMs: number): string | undefined => {
  if (state.joined.length >= MOST_JOINED) return `${MOST_JOINED} releases are under way here already`;
  const others = contenders(state);
  if (isRollback(entrant)) {
    const same = others.find(({ rollbackTo }) => rollbackTo === entrant.rollbackTo);
    return same && `release ${same.number} goes back to release ${same.rollbackTo} already`;
  }
  const twin = others.find((other) => !isRollback(other) && other.commit.sha === entrant.commit.sha);
  if (twin) return `release ${twin.number} brings this commit here already: ${workflowIdOf(twin.releaseId)}`;
  const frozen = whyFrozenFor(state, entrant, nowMs);
  if (frozen !== undefined) return frozen;
  const [first] = others;
  return state.rules.policy === 'reject' && first ? `${nameOf(first)} is under way` : undefined;
};

/** Why one whose turn it would be cannot have it: what has happened since it came. */
export const whyNotNow = (state: EnvironmentState, release: Joined, nowMs: number): Dismissal | undefined => {
  if (isRollback(release)) return undefined;
  const { serving } = state;
  if (serving && !release.allowOlder && commitOrder(release.commit, serving.commit) === 'older') {
    const why = `by release ${serving.number}, which has brought a newer commit`;
    return { kind: 'superseded', why, by: serving.number };
  }
  const why = whyFrozenFor(state, release, nowMs);
  return why === undefined ? undefined : { kind: 'refused', why };
};

const whyFrozenFor = (
  { freeze, rules }: EnvironmentState,
  { overrideFreeze }: Entrant,
  nowMs: number,
): string | undefined => {
  const why = overrideFreeze === null ? whyFrozen(freeze, rules.freezes, nowMs) : undefined;
  return why === undefined ? undefined : `the environment is ${why}`;
};

/** Those that may still change something, the holder of the turn first. */
export const contenders = ({ turn, joined }: EnvironmentState): readonly Joined[] => [
  ...(turn ? [turn] : []),
  ...joined.filter(({ phase }) => phase !== 'out'),
];

/**
 * Whether one that is ready, or has the turn, makes another one superfluous that has not begun to change anything. Of
 * two commits of which neither contains the other the one that was started later stays, and only where both are
 * ready: one that still prepares may never become so.
 */
export const supersedes = (one: Joined, other: Joined): boolean => {
  if (one === other || isRollback(one) || isRollback(other)) return false;
  if (one.phase !== 'ready' || other.phase === 'out') return false;
  const order = commitOrder(one.commit, other.commit);
  if (order === 'newer') return !other.allowOlder;
  return order === 'unrelated' && other.phase === 'ready' && isStartedLater(one, other);
};

const isStartedLater = (one: Joined, other: Joined): boolean =>
  one.startedAtMs === other.startedAtMs ? one.number > other.number : one.startedAtMs > other.startedAtMs;
