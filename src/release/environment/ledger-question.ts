/**
 * What can be asked of an environment's ledger in the store, which goes back to its first release: by starters, who
 * have no access to the store, through the short `ledger` workflow.
 */
import { workflowIdOf } from '../names.ts';
import type { ReleaseReport } from '../verdict.ts';
import type { LedgerEntry, LedgerLine } from './ledger.ts';

/** Entries of one answer at most; long ones are fewer, so that an answer stays small. */
export const MOST_ENTRIES = 100;

/** By number, the newest release of a commit (7 to 40 digits), or the newest run of a workflow id. */
export type ReleaseName =
  | { readonly number: number }
  | { readonly commit: string }
  | { readonly workflowId: string };

export interface PageQuestion {
  readonly kind: 'page';
  readonly app: string;
  readonly environment: string;
  /** Releases below this number; null: from the newest one on. */
  readonly before: number | null;
  readonly limit: number;
}

export interface ReleaseQuestion {
  readonly kind: 'release';
  readonly app: string;
  readonly environment: string;
  readonly release: ReleaseName;
  /** Whether its whole report is wanted too. */
  readonly report: boolean;
}

export type LedgerQuestion = PageQuestion | ReleaseQuestion;

export interface LedgerPage {
  readonly kind: 'page';
  /** Newest number first. */
  readonly entries: readonly LedgerEntry[];
  /** Releases whose document in the store cannot be read. */
  readonly damaged: readonly number[];
  /** To be asked for next, as `before`; null: nothing is left. */
  readonly next: number | null;
}

export interface LedgerRelease {
  readonly kind: 'release';
  /** Null: the ledger has none such. */
  readonly entry: LedgerEntry | null;
  /** Null where it was not asked for, where the release left none, and where it is not in the store. */
  readonly report: ReleaseReport | null;
  /** What might have been it, but cannot be read. */
  readonly damaged: readonly number[];
}

export type LedgerAnswer = LedgerPage | LedgerRelease;

export const isNamed = ({ number, commit, releaseId }: LedgerLine, release: ReleaseName): boolean => {
  if ('number' in release) return number === release.number;
  if ('commit' in release) return commit.sha.startsWith(release.commit);
  return workflowIdOf(releaseId) === release.workflowId;
};
