/** What the control pool offers to the workflow: the source of a commit, and the memory of releases. Types only. */
import type { ReleaseRequest, ReleaseSpec } from '../release/plan.ts';
import type { ReleaseReport } from '../release/verdict.ts';
import type { LatestTag, RolloutTarget, RunMigrationInput } from './contract.ts';

/** Control: the only holder of the git credential; no AWS rights. */
export interface ControlActivities {
  /** Fetches the commit, stores its archive, validates `slipway.yaml` for the environment. */
  readSource(request: ReleaseRequest): Promise<ReleaseSpec>;
  /**
   * Releases of the environment that began to change things and ended without a word (terminated), oldest first.
   * Their `latest` is empty where they had not come to moving it: it is not theirs to put back.
   * Waits while one that has begun still runs.
   */
  findInterrupted(input: FindInterruptedInput): Promise<readonly ReleaseMark[]>;
  /** Keeps the mark, before the first mutation, unless that may not come now. The same mark twice is kept once. */
  openRelease(input: OpenReleaseInput): Promise<Claim>;
  /** Keeps the report of a release that has ended, and takes its mark (and those it has repaired) away. */
  closeRelease(input: CloseReleaseInput): Promise<void>;
}

export interface FindInterruptedInput {
  readonly app: string;
  readonly environment: string;
  /** Who asks: its own mark is no interrupted release. */
  readonly releaseId: string;
  readonly pollIntervalMs: number;
}

/**
 * `claimed`: no other release changes anything until this one has ended. Otherwise nothing was kept: `overtaken`: one
 * that was started later has succeeded since; `busy`: another one has begun since this one last looked.
 */
export type Claim =
  | { readonly kind: 'claimed' }
  | { readonly kind: 'overtaken' | 'busy'; readonly by: string };

export interface OpenReleaseInput {
  readonly mark: ReleaseMark;
  /** Marks of interrupted releases that this one has put right: they are no rivals; its report takes them away. */
  readonly repaired: readonly string[];
}

/** What a release is about to change, and how it was before: enough to undo it without its workflow. */
export interface ReleaseMark {
  readonly releaseId: string;
  readonly app: string;
  readonly environment: string;
  readonly cluster: string;
  /** Epoch milliseconds by Temporal's clock: of two releases, the one that was started later is the newer one. */
  readonly startedAtMs: number;
  readonly waves: readonly { readonly number: number; readonly targets: readonly RolloutTarget[] }[];
  readonly latest: readonly LatestTag[];
  /** The one that the release runs before its services; it may have been started. */
  readonly migration: RunMigrationInput | null;
}

export interface CloseReleaseInput {
  readonly releaseId: string;
  readonly app: string;
  readonly environment: string;
  /** Marks of interrupted releases that this one has put right. */
  readonly repaired: readonly string[];
  readonly report: ReleaseReport;
}
