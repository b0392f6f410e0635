/** The environment as people see it: what its `environment` query answers. */

import type { Freeze } from './freeze.ts';
import { LEDGER_LENGTH, type LedgerLine, type RollbackTarget, rollbackTarget } from './ledger.ts';
import type { BrokenOff, CommitLine, EnvironmentState, Joined, Rules, Turn } from './state.ts';

type Seen<T extends { readonly commit: CommitLine }> = Omit<T, 'commit'> & {
  readonly commit: Pick<CommitLine, 'sha' | 'subject'>;
};

export interface EnvironmentStatus {
  readonly app: string;
  readonly environment: string;
  readonly rules: Rules;
  /** Who may change the environment at the moment, and since when. */
  readonly turn: Seen<Turn> | null;
  /** Everyone else who has not ended, by number. */
  readonly joined: readonly Seen<Joined>[];
  /** As it was set: it may have ended since (`whyFrozen`). */
  readonly freeze: Freeze | null;
  readonly serving: Seen<NonNullable<EnvironmentState['serving']>> | null;
  readonly needsRepair: BrokenOff | null;
  /** Where a rollback would go at this moment. */
  readonly rollbackTarget: RollbackTarget;
  readonly ledger: readonly LedgerLine[];
}

export const statusOf = (state: EnvironmentState): EnvironmentStatus => {
  const { app, environment, rules, turn, joined, freeze, serving, needsRepair, ledger } = state;
  return {
    app,
    environment,
    rules,
    turn: turn && seen(turn),
    joined: joined.map(seen),
    freeze,
    serving: serving && seen(serving),
    needsRepair,
    rollbackTarget: rollbackTarget(state),
    ledger,
  };
};

/** Ancestors are for the rules alone, and long. */
const seen = <T extends { readonly commit: CommitLine }>(release: T): Seen<T> => {
  const { sha, subject } = release.commit;
  return { ...release, commit: { sha, subject } };
};

/**
 * Below this number there are releases that the last lines leave out; null: there are none. Releases do not end in the
 * order of their numbers: the oldest line may be of one that has ended after many that are left out.
 */
export const olderThan = ({ turn, joined, ledger }: EnvironmentStatus): number | null => {
  if (ledger.length < LEDGER_LENGTH) return null;
  const known = new Set([...ledger, ...joined, ...(turn ? [turn] : [])].map(({ number }) => number));
  let leftOut = Math.max(...ledger.map(({ number }) => number));
  while (known.has(leftOut)) leftOut -= 1;
  return leftOut === 0 ? null : leftOut + 1;
};
