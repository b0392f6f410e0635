/**
 * What an environment knows: who holds the turn, who is on the way to it, what was decided for it, and its last
 * releases. Plain JSON: it is carried from run to run of the `environment` workflow for years.
 */
import type { Unattended } from './attendance.ts';
import type { Freeze, Interval } from './freeze.ts';
import type { LedgerLine } from './ledger.ts';

/**
 * `supersede`: a newer commit that is ready replaces the older ones that have not begun to change anything.
 * `queue`: each in the order in which they came. `reject`: one at a time, others are refused.
 */
export type QueuePolicy = 'supersede' | 'queue' | 'reject';

export const QUEUE_POLICIES = ['supersede', 'queue', 'reject'] as const satisfies readonly QueuePolicy[];

/** What the tip of the protected branch says; every release that joins brings it along. */
export interface Rules {
  readonly policy: QueuePolicy;
  /** The recurring freezes of the next weeks, in the order of time. */
  readonly freezes: readonly Interval[];
  /** When the tip was read; absent where an earlier Slipway has read it. */
  readonly readAtMs?: number;
}

/** A commit and where it comes from, as far as a queue needs to know. */
export interface CommitLine {
  /** 40 hex digits. */
  readonly sha: string;
  /** First line of its message; untrusted text. */
  readonly subject: string;
  /** The first `ANCESTOR_DIGITS` digits of the commits that it contains, newest first, bounded. */
  readonly ancestors: readonly string[];
}

export const ANCESTOR_DIGITS = 12;

/** What a release says of itself when it joins. */
export interface Entrant {
  /** `<workflow id>/<first run id>`. */
  readonly releaseId: string;
  readonly commit: CommitLine;
  /**
   * The release whose version this one brings back; null where it brings a commit. A rollback goes to the front, frozen
   * or not.
   */
  readonly rollbackTo: number | null;
  /** A claim for the record, not an identity. */
  readonly startedBy: string | null;
  readonly startedAtMs: number;
  /** May replace a newer commit. */
  readonly allowOlder: boolean;
  /** Why it may go in spite of a freeze; null: it may not. */
  readonly overrideFreeze: string | null;
}

/** What a release sends to its environment, as often as it likes: what is known already is only answered. */
export interface Arrival {
  readonly entrant: Entrant;
  /** Null: it has not read them (a rollback asks no repository), so that the last known ones stay. */
  readonly rules: Rules | null;
  /** False: it begins to prepare, and wants to hear whether it may. True: it wants the turn. */
  readonly ready: boolean;
}

export interface Joined extends Entrant {
  /** Counts the releases of the environment from 1. */
  readonly number: number;
  /**
   * `preparing`: tests and builds. `ready`: waits for the turn, or has it. `out`: was told that it gets none, and has
   * not ended yet.
   */
  readonly phase: 'preparing' | 'ready' | 'out';
  /** What one that is out was told. */
  readonly told?: Dismissal;
}

/**
 * `superseded`: a newer commit makes it superfluous, that of release number `by`. `refused`: it may not change the
 * environment. `why` goes on after "superseded" or "refused:".
 */
export type Dismissal =
  | { readonly kind: 'superseded'; readonly why: string; readonly by: number }
  | { readonly kind: 'refused'; readonly why: string };

/** What whoever changes something shows: that it has the turn of this environment, and still has it. */
export interface TurnToken {
  readonly app: string;
  readonly environment: string;
  readonly fence: number;
}

/** The right to change the environment. Only one release has it. */
export interface Turn extends Joined {
  /**
   * Grows with every turn: whoever has an older one may not change anything any more. Never below the clock's epoch
   * milliseconds, so that it grows on where the environment has forgotten everything.
   */
  readonly fence: number;
  readonly sinceMs: number;
  /** Absent while somebody works on it. */
  readonly unattended?: Unattended;
}

/** The release whose version runs, as the ledger knows it. */
export interface Serving {
  readonly number: number;
  /** The release that first brought this version: another one where `number` is a rollback. */
  readonly origin: number;
  readonly commit: CommitLine;
}

/** A release that had the turn and ended without a word. */
export interface BrokenOff {
  readonly releaseId: string;
  readonly number: number;
  readonly sinceMs: number;
}

export interface EnvironmentState {
  readonly app: string;
  readonly environment: string;
  readonly rules: Rules;
  readonly lastNumber: number;
  readonly lastFence: number;
  readonly turn: Turn | null;
  /** All others that have not ended, by number. */
  readonly joined: readonly Joined[];
  readonly freeze: Freeze | null;
  readonly serving: Serving | null;
  /** Null: what the ledger says to serve is what a finished release has left. */
  readonly needsRepair: BrokenOff | null;
  /** Newest end first, at most `LEDGER_LENGTH`. */
  readonly ledger: readonly LedgerLine[];
}

export const emptyEnvironment = (app: string, environment: string): EnvironmentState => ({
  app,
  environment,
  rules: { policy: 'supersede', freezes: [] },
  lastNumber: 0,
  lastFence: 0,
  turn: null,
  joined: [],
  freeze: null,
  serving: null,
  needsRepair: null,
  ledger: [],
});
