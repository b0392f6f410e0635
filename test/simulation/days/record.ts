/** What is kept of a day, for the invariants to judge. Plain data. */
import type { LedgerEntry } from '../../../src/release/environment/ledger.ts';
import type { EnvironmentStatus } from '../../../src/release/environment/status.ts';
import type { ReleaseReport } from '../../../src/release/verdict.ts';
import type { Call, ServiceState } from '../record.ts';
import type { Day, DayRelease } from './day.ts';

/** A turn as it was taken in the store. */
export interface TakenTurn {
  readonly workflowId: string;
  readonly fence: number;
  readonly number: number;
  readonly atMs: number;
}

/** What a release found when it was about to record its baselines, after any repair. */
export interface Baselines {
  readonly workflowId: string;
  readonly number: number;
  /** Service → digest of its PRIMARY's image. */
  readonly found: Readonly<Record<string, string>>;
}

export interface EndedRelease {
  readonly workflowId: string;
  readonly asked: DayRelease;
  /** Null: it was terminated. */
  readonly report: ReleaseReport | null;
  /** Whether what was to befall it did. */
  readonly harmed: boolean;
  /** It had not ended when patience was lost: how it stood. */
  readonly hung: string | null;
}

export interface DayRecord {
  readonly day: Day;
  /** In the order in which they were started; the last one came when all others had ended. */
  readonly releases: readonly EndedRelease[];
  readonly calls: readonly Call[];
  readonly turns: readonly TakenTurn[];
  readonly baselines: readonly Baselines[];
  /** Service → digest, before the first release. */
  readonly before: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, ServiceState>>;
  readonly beforeLast: EnvironmentStatus;
  readonly status: EnvironmentStatus;
  /** The ledger in the store, by number. */
  readonly stored: readonly LedgerEntry[];
}
