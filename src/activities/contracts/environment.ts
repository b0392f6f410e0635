/** What the control pool offers around the turn of an environment. Types only. */
import type { Unattended } from '../../release/environment/attendance.ts';
import type { Foresight } from '../../release/environment/foresight.ts';
import type { LedgerEntry, Outcome } from '../../release/environment/ledger.ts';
import type { LedgerAnswer, LedgerQuestion } from '../../release/environment/ledger-question.ts';
import type { Arrival, EnvironmentState } from '../../release/environment/state.ts';

export interface EnvironmentActivities {
  /** Tells the environment that a release has come, or is ready for the turn; starts it where there is none yet. */
  tellEnvironment(input: TellEnvironmentInput): Promise<void>;
  /** What the store knows of an environment whose workflow begins with nothing: its first one, or one after a loss. */
  recallEnvironment(input: Place): Promise<Recalled>;
  /**
   * Waits until a release has ended, in whatever way; null: without a word. Tells the environment in between where
   * nobody works on it while it has the turn, and when somebody does again.
   */
  awaitRelease(input: AwaitReleaseInput): Promise<Outcome | null>;
  /** All releases are kept in the store, also those that the workflow has no room for any more. */
  keepEntry(input: KeepEntryInput): Promise<void>;
  /** So that a freeze outlives the workflow; null: there is none. */
  keepFreeze(input: KeepFreezeInput): Promise<void>;
  /** Reads what the store keeps of the environment's releases; changes nothing. */
  readLedger(question: LedgerQuestion): Promise<LedgerAnswer>;
  /** What the environment would answer to a release that came now; it does not hear of it. Changes nothing. */
  foreseeTurn(input: ForeseeTurnInput): Promise<Foresight>;
}

export interface Place {
  readonly app: string;
  readonly environment: string;
}

export interface TellEnvironmentInput extends Place {
  readonly arrival: Arrival;
}

/** The turn, where its holder still runs. */
export type Recalled = Pick<
  EnvironmentState,
  'lastNumber' | 'lastFence' | 'turn' | 'freeze' | 'serving' | 'needsRepair' | 'ledger'
>;

export interface AwaitReleaseInput extends Place {
  readonly releaseId: string;
  /** What the environment knows of it already. */
  readonly unattended: Unattended | null;
}

export interface KeepEntryInput extends Place {
  readonly entry: LedgerEntry;
}

/** Of a release that joins. */
export interface ForeseeTurnInput extends Place {
  readonly arrival: Arrival;
}

export type KeepFreezeInput = Place & Pick<EnvironmentState, 'freeze'>;
