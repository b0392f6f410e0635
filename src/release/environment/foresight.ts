/**
 * What would become of a release that came at this moment, without its coming: the queue's own moves, made on a state
 * that nobody keeps. Bounded, as people read it: of a long line the next ones are named.
 */
import { whyUnattended } from './attendance.ts';
import { nameOf, waitingLine } from './eligibility.ts';
import { type Interval, whyFrozen } from './freeze.ts';
import { cut, type RollbackTarget, rollbackTarget } from './ledger.ts';
import { join, type Letter, ready } from './queue.ts';
import type { Arrival, EnvironmentState, Joined, QueuePolicy } from './state.ts';

/** More of those on the way are counted only. */
const MOST_NAMED = 10;

/** How it would stand if it had tested and built by now. */
export type TurnForeseen =
  | { readonly kind: 'granted' }
  | { readonly kind: 'waiting'; readonly why: string }
  | { readonly kind: 'superseded'; readonly why: string };

export interface OnTheWay {
  /** `release 7 (<12 digits>)`. */
  readonly name: string;
  readonly releaseId: string;
  readonly startedBy: string | null;
  readonly phase: Joined['phase'];
}

export interface Foresight {
  /** That it would get. */
  readonly number: number;
  readonly policy: QueuePolicy;
  /** Why it would not be let begin; null: it would be. */
  readonly refused: string | null;
  /** Null: it would not come so far. */
  readonly turn: TurnForeseen | null;
  /** Those that would get no turn for it, if it was ready now. */
  readonly supersedes: readonly string[];
  /** Who has the turn. `stands`: why nobody works on it; null: somebody does. */
  readonly holder:
    | (Omit<OnTheWay, 'phase'> & { readonly sinceMs: number; readonly stands: string | null })
    | null;
  /** The others that have not ended: those that wait for the turn first, in their order. */
  readonly others: readonly OnTheWay[];
  readonly moreOthers: number;
  /** Why nothing may be deployed at this moment; null: it is not frozen. */
  readonly frozen: string | null;
  /** The next one of the freezes that come again and again; null: none is known. */
  readonly nextFreeze: Interval | null;
  readonly serving: {
    readonly number: number;
    readonly origin: number;
    readonly sha: string;
    readonly subject: string;
  } | null;
  /** The release that has ended without a word, and that the next one puts right first. */
  readonly needsRepair: number | null;
  /** Where a rollback would go at this moment. */
  readonly rollbackTarget: RollbackTarget;
}

/** @param arrival as of a release that joins; a rollback has other rules, and is not foretold here */
export const foresee = (before: EnvironmentState, arrival: Arrival, nowMs: number): Foresight => {
  const { releaseId } = arrival.entrant;
  const joined = join(before, arrival.entrant, arrival.rules, nowMs);
  const told = answerIn(joined.letters, releaseId);
  const { rules } = joined.state;
  const isLetIn = told?.kind !== 'refused';
  const then = isLetIn ? ready(joined.state, releaseId, nowMs) : null;
  const { turn, freeze, serving, needsRepair } = before;
  const others = [...waitingLine(before), ...before.joined.filter(({ phase }) => phase !== 'ready')];
  return {
    number: before.lastNumber + 1,
    policy: rules.policy,
    refused: told?.kind === 'refused' ? cut(told.why) : null,
    turn: then && turnIn(then.letters, releaseId),
    supersedes: (then?.letters ?? [])
      .filter((letter) => letter.releaseId !== releaseId && letter.answer.kind === 'superseded')
      .slice(0, MOST_NAMED)
      .map((letter) => nameIn(before, letter.releaseId)),
    holder: turn && {
      ...withoutPhase(seen(turn)),
      sinceMs: turn.sinceMs,
      stands: turn.unattended ? whyUnattended(turn.unattended) : null,
    },
    others: others.slice(0, MOST_NAMED).map(seen),
    moreOthers: Math.max(0, others.length - MOST_NAMED),
    frozen: cutOrNull(whyFrozen(freeze, rules.freezes, nowMs)),
    nextFreeze: nextOf(rules.freezes, nowMs),
    serving: serving && {
      number: serving.number,
      origin: serving.origin,
      sha: serving.commit.sha,
      subject: cut(serving.commit.subject),
    },
    needsRepair: needsRepair?.number ?? null,
    rollbackTarget: rollbackTarget(before),
  };
};

const answerIn = (letters: readonly Letter[], releaseId: string): Letter['answer'] | undefined =>
  letters.findLast((letter) => letter.releaseId === releaseId)?.answer;

const turnIn = (letters: readonly Letter[], releaseId: string): TurnForeseen => {
  const answer = answerIn(letters, releaseId);
  switch (answer?.kind) {
    case 'superseded':
      return { kind: 'superseded', why: cut(answer.why) };
    case 'waiting':
      return { kind: 'waiting', why: cut(answer.why) };
    case 'refused':
    case 'joined':
    case undefined:
      // Whoever has just been let in is neither refused at the same moment nor left without a word.
      return { kind: 'waiting', why: 'the environment did not say' };
    case 'granted':
      return { kind: 'granted' };
  }
};

const seen = (release: Joined): OnTheWay => ({
  name: nameOf(release),
  releaseId: cut(release.releaseId),
  startedBy: release.startedBy === null ? null : cut(release.startedBy),
  phase: release.phase,
});

const withoutPhase = ({ phase: _phase, ...rest }: OnTheWay): Omit<OnTheWay, 'phase'> => rest;

const nameIn = ({ joined }: EnvironmentState, releaseId: string): string => {
  const found = joined.find((each) => each.releaseId === releaseId);
  return found ? nameOf(found) : releaseId;
};

const nextOf = (freezes: readonly Interval[], nowMs: number): Interval | null => {
  const [next] = freezes
    .filter(({ fromMs }) => fromMs > nowMs)
    .toSorted((one, other) => one.fromMs - other.fromMs);
  return next ? { ...next, name: cut(next.name) } : null;
};

const cutOrNull = (text: string | undefined): string | null => (text === undefined ? null : cut(text));
