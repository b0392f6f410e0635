/**
 * Whose turn it is: pure moves from one state of an environment to the next, each with what releases are to be told.
 * One release at a time has the turn, from the moment it is granted until that release has ended, and nobody else
 * changes anything in between. A move may come twice: what is known already is only told again.
 */
import { type Unattended, whyUnattended } from './attendance.ts';
import {
  contenders,
  firstInLine,
  inPlaceBefore,
  isRollback,
  nameOf,
  supersedes,
  waitingLine,
  whyNotNow,
  whyRefused,
} from './eligibility.ts';
import type { Freeze } from './freeze.ts';
import { brokenOff, entryOf, LEDGER_LENGTH, type LedgerEntry, lineOf, type Outcome } from './ledger.ts';
import type { Arrival, Dismissal, Entrant, EnvironmentState, Joined, Rules, Turn } from './state.ts';

/** The release that serves, and the full SHA of the commit that it has brought. */
export interface Served {
  readonly number: number;
  readonly sha: string;
}

/** What a release is told. `serving` is null where none is known to serve. `granted`, `superseded` and `refused` are said once and for all. */
export type TurnAnswer =
  | { readonly kind: 'joined'; readonly number: number; readonly serving: Served | null }
  | { readonly kind: 'waiting'; readonly number: number; readonly why: string }
  | {
      readonly kind: 'granted';
      readonly number: number;
      readonly fence: number;
      /** Another one than when it joined, where a release has succeeded since. */
      readonly serving: Served | null;
    }
  | (Dismissal & { readonly number: number });

export interface Letter {
  readonly releaseId: string;
  readonly answer: TurnAnswer;
}

export interface Move {
  readonly state: EnvironmentState;
  readonly letters: readonly Letter[];
}

/** How many of those that wait hear of every change before them; for the others it is far off. */
const HEAR_OF_CHANGES = 10;

/** A release knows its commit and begins to prepare: it gets a number, or hears at once that it cannot go on. */
export const join = (
  before: EnvironmentState,
  entrant: Entrant,
  rules: Rules | null,
  nowMs: number,
): Move => {
  if (find(before, entrant.releaseId)) return repeat(before, entrant.releaseId);
  const number = before.lastNumber + 1;
  const state = { ...before, rules: newerRules(before.rules, rules), lastNumber: number };
  const why = whyRefused(state, entrant, nowMs);
  const joined: Joined =
    why === undefined
      ? { ...entrant, number, phase: 'preparing' }
      : outOf({ ...entrant, number, phase: 'out' }, { kind: 'refused', why });
  // With other rules, the turn may be free for one that waits.
  return grant(repeat({ ...state, joined: [...state.joined, joined] }, entrant.releaseId), nowMs);
};

/**
 * Releases do not come in the order in which they have read the tip: all that wait come again to an environment that was
 * lost, with what they had read when they started.
 */
const newerRules = (known: Rules, read: Rules | null): Rules => {
  if (read === null) return known;
  const isOlder = read.readAtMs !== undefined && read.readAtMs < (known.readAtMs ?? 0);
  return isOlder ? known : read;
};

/** A release has tested and built, and wants the turn. */
export const ready = (before: EnvironmentState, releaseId: string, nowMs: number): Move => {
  const release = before.joined.find((each) => each.releaseId === releaseId);
  if (release?.phase !== 'preparing') return repeat(before, releaseId);
  // Whoever cannot have the turn must not take it from others either.
  const no = whyNotNow(before, release, nowMs);
  if (no) return grant(dismiss({ state: before, letters: [] }, release, no), nowMs);
  const waits: Joined = { ...release, phase: 'ready' };
  const state = replace(before, release, waits);
  const settled = state.rules.policy === 'supersede' ? supersede(state, waits) : { state, letters: [] };
  return grant(settled, nowMs, [releaseId]);
};

/** Whatever a release has sent: one that the environment has forgotten, or never heard of, comes anew. */
export const arrive = (before: EnvironmentState, arrival: Arrival, nowMs: number): Move => {
  const { entrant, rules } = arrival;
  const joined = join(before, entrant, rules, nowMs);
  return arrival.ready ? ready(joined.state, entrant.releaseId, nowMs) : joined;
};

/**
 * A release has ended, in whatever way: there is no other way out of an environment. Returns its entry too, which
 * belongs into the store.
 *
 * @param outcome null: without a word
 */
export const ended = (
  before: EnvironmentState,
  releaseId: string,
  outcome: Outcome | null,
  nowMs: number,
): Move & { readonly entry: LedgerEntry | null } => {
  const release = find(before, releaseId);
  if (!release) return { state: before, letters: [], entry: null };
  const turn = before.turn?.releaseId === releaseId ? before.turn : null;
  const entry = entryOf(release, turn?.sinceMs ?? null, outcome ?? brokenOff(nowMs));
  const state: EnvironmentState = {
    ...before,
    turn: turn ? null : before.turn,
    joined: before.joined.filter((each) => each !== release),
    ledger: [lineOf(entry), ...before.ledger].slice(0, LEDGER_LENGTH),
  };
  return { ...grant({ state: turn ? afterTurn(state, turn, entry) : state, letters: [] }, nowMs), entry };
};

/** Somebody works on the one that has the turn, or nobody does any more: it keeps the turn, and who waits is told. */
export const attend = (before: EnvironmentState, releaseId: string, unattended: Unattended | null): Move => {
  const { turn } = before;
  const isNews = turn?.releaseId === releaseId && !isSame(turn.unattended ?? null, unattended);
  if (!isNews) return { state: before, letters: [] };
  const { unattended: _, ...rest } = turn;
  const state = { ...before, turn: unattended ? { ...rest, unattended } : rest };
  const hear = waitingLine(state).slice(0, HEAR_OF_CHANGES);
  return { state, letters: hear.map((each) => letterTo(state, each)) };
};

const isSame = (one: Unattended | null, other: Unattended | null): boolean =>
  one?.queue === other?.queue && one?.kind === other?.kind && one?.sinceMs === other?.sinceMs;

export const freeze = (state: EnvironmentState, what: Freeze): EnvironmentState => ({
  ...state,
  freeze: what,
});

export const unfreeze = (state: EnvironmentState): EnvironmentState => ({ ...state, freeze: null });

/** Of the one that has just become ready and those that stand beside it, the newer ones stay. */
const supersede = (state: EnvironmentState, release: Joined): Move => {
  const newer = contenders(state).find((other) => supersedes(other, release));
  const by = newer ?? release;
  const superfluous = newer ? [release] : state.joined.filter((other) => supersedes(release, other));
  return superfluous.reduce<Move>(
    (move, other) => dismiss(move, other, { kind: 'superseded', why: `by ${nameOf(by)}`, by: by.number }),
    { state, letters: [] },
  );
};

const dismiss = ({ state, letters }: Move, release: Joined, told: Dismissal): Move => {
  const out = outOf(release, told);
  const after = replace(state, release, out);
  return { state: after, letters: [...letters, letterTo(after, out)] };
};

/** It is compared with nobody any more: what that takes would be carried along for nothing, of however many. */
const outOf = (release: Joined, told: Dismissal): Joined => ({
  ...release,
  commit: { ...release.commit, ancestors: [] },
  phase: 'out',
  told,
});

/**
 * Gives a free turn to the first who may have it, and tells those who may not have it any more.
 *
 * @param curious releases that wait to hear how they stand, whether or not anything changes
 */
const grant = (move: Move, nowMs: number, curious: readonly string[] = []): Move => {
  let { state, letters } = move;
  for (let next = firstInLine(state); state.turn === null && next; next = firstInLine(state)) {
    const no = whyNotNow(state, next, nowMs);
    if (no) {
      ({ state, letters } = dismiss({ state, letters }, next, no));
      continue;
    }
    const turn: Turn = { ...next, fence: Math.max(state.lastFence + 1, nowMs), sinceMs: nowMs };
    const joined = state.joined.filter((each) => each.releaseId !== turn.releaseId);
    state = { ...state, turn, joined, lastFence: turn.fence };
    letters = [...letters, letterTo(state, turn)];
  }
  const hasChanged = state.turn !== move.state.turn;
  const hear = waitingLine(state).filter(
    (each, place) => curious.includes(each.releaseId) || (hasChanged && place < HEAR_OF_CHANGES),
  );
  return { state, letters: [...letters, ...hear.map((each) => letterTo(state, each))] };
};

/** What the end of a turn says about what serves. */
const afterTurn = (state: EnvironmentState, turn: Turn, entry: LedgerEntry): EnvironmentState => {
  const { releaseId, number, commit, rollbackTo } = turn;
  if (entry.verdict === 'broken-off') {
    return { ...state, needsRepair: { releaseId, number, sinceMs: entry.endedAtMs } };
  }
  const needsRepair = entry.repaired ? null : state.needsRepair;
  if (entry.verdict !== 'succeeded') return { ...state, needsRepair };
  return { ...state, needsRepair, serving: { number, origin: rollbackTo ?? number, commit } };
};

const repeat = (state: EnvironmentState, releaseId: string): Move => {
  const release = find(state, releaseId);
  return { state, letters: release ? [letterTo(state, release)] : [] };
};

const find = ({ turn, joined }: EnvironmentState, releaseId: string): Joined | undefined =>
  turn?.releaseId === releaseId ? turn : joined.find((each) => each.releaseId === releaseId);

const replace = (state: EnvironmentState, old: Joined, by: Joined): EnvironmentState => ({
  ...state,
  joined: state.joined.map((each) => (each.releaseId === old.releaseId ? by : each)),
});

/** How a release stands, as it is told. */
const letterTo = (state: EnvironmentState, release: Joined): Letter => ({
  releaseId: release.releaseId,
  answer: answerTo(state, release),
});

const answerTo = (state: EnvironmentState, release: Joined): TurnAnswer => {
  const { number } = release;
  const { turn } = state;
  const serving = state.serving && { number: state.serving.number, sha: state.serving.commit.sha };
  if (turn?.releaseId === release.releaseId) return { kind: 'granted', number, fence: turn.fence, serving };
  if (release.told) return { ...release.told, number };
  if (release.phase === 'ready') return { kind: 'waiting', number, why: whyWaiting(state, release) };
  return { kind: 'joined', number, serving };
};

const whyWaiting = (state: EnvironmentState, release: Joined): string => {
  const line = waitingLine(state);
  const before = line.findIndex((each) => each.releaseId === release.releaseId);
  const holder = state.turn ?? (isRollback(release) ? undefined : inPlaceBefore(state, release));
  const others =
    before <= 0 ? '' : before === 1 ? ', and one waits before it' : `, and ${before} wait before it`;
  const { unattended } = state.turn ?? {};
  const stands = unattended ? `, and nobody works on it: ${whyUnattended(unattended)}` : '';
  return holder ? `${nameOf(holder)} comes first${others}${stands}` : `${before} wait before it`;
};
