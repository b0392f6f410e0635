/** What the control pool offers to the workflow: the source of a commit, and the memory of releases. Types only. */
import type { CommitOrder } from '../../release/environment/commit-order.ts';
import type { RecordedService } from '../../release/environment/drift.ts';
import type { GoodRelease } from '../../release/environment/good-releases.ts';
import type { Rules, Turn } from '../../release/environment/state.ts';
import type { GitHubPlace } from '../../release/github-status.ts';
import type { ImageDigest, ReleaseRequest, ReleaseSpec } from '../../release/plan.ts';
import type { Verification } from '../../release/promotion.ts';
import type { RollbackRequest } from '../../release/requests/rollback-request.ts';
import type { Indexing } from '../../release/search-attributes.ts';
import type { ReleaseReport } from '../../release/verdict.ts';
import type { Whereabouts } from '../../release/whereabouts.ts';
import type { EnvironmentActivities, Place } from './environment.ts';
import type { GarbageScope, NeededRevision } from './gc.ts';
import type { LatestTag, RolloutTarget, RunMigrationInput } from './rollout.ts';

/** Control: the only holder of the git credential; no AWS rights. */
export interface ControlActivities extends EnvironmentActivities {
  /** Fetches the commit, stores its archive, validates `slipway.yaml` for the environment. */
  readSource(request: ReleaseRequest): Promise<SourceReading>;
  /**
   * What an earlier release has brought, to be brought again. Errors: `ConfigurationError` where there is none such,
   * `UnsafePlan` where nothing is left of it.
   */
  recallRelease(input: RecallReleaseInput): Promise<RecalledRelease>;
  /** The services of a release as it has left them; null: that is not known. */
  recallServices(input: RecallServicesInput): Promise<RecalledServices | null>;
  /** The last versions that succeeded, what serves first; what the store has lost of them is left out. */
  recallGoodReleases(input: RecallGoodReleasesInput): Promise<readonly GoodRelease[]>;
  /**
   * What the task definitions of an environment are still needed for, by all that the store knows. Errors:
   * `ConfigurationError`, `StoreDamaged`.
   */
  recallReferences(input: RecallReferencesInput): Promise<References>;
  /** Whether the environment has verified a commit, as it says now. Errors: `StoreDamaged`. */
  recallVerification(input: RecallVerificationInput): Promise<Verification>;
  /** How a commit stands to the one that serves, by what each contains; null: that one is not there any more. */
  compareCommits(input: CompareCommitsInput): Promise<CommitOrder | null>;
  /**
   * From now on nobody with an earlier turn changes anything. Returns the releases of the environment that began to
   * change things and ended without a word (terminated), oldest first. Their `latest` is empty where they had not come
   * to moving it: it is not theirs to put back. Waits while one that has begun still runs. Error: `StaleTurn`.
   */
  takeTurn(input: TakeTurnInput): Promise<readonly ReleaseMark[]>;
  /** Keeps the mark, before the first mutation. The same mark twice is kept once. */
  openRelease(mark: ReleaseMark): Promise<void>;
  /**
   * Keeps the report of a release that has ended, and takes its mark (and those it has repaired) away. An earlier Slipway
   * answers nothing.
   */
  closeRelease(input: CloseReleaseInput): Promise<Indexing> | Promise<void>;
}

export interface SourceReading extends Indexing {
  readonly spec: ReleaseSpec;
  /** The environment demands that another one verifies the commit first, and that one has not. Absent: nothing is missing. */
  readonly unverified?: Unverified;
  /** As in `CommitLine`. */
  readonly ancestors: readonly string[];
  /** From the tip of the protected branch, not from the commit. */
  readonly rules: Rules;
  /** Absent: GitHub is not told. */
  readonly github?: GitHubPlace;
}

export interface Unverified {
  /** The environment that should have. */
  readonly from: string;
  /** In half a sentence. */
  readonly why: string;
}

/** As in `RollbackRequest`. */
export type RecallReleaseInput = Pick<RollbackRequest, 'app' | 'environment' | 'to'>;

export interface RecalledRelease extends Indexing {
  readonly number: number;
  readonly spec: ReleaseSpec;
  readonly images: readonly ImageDigest[];
  /** Absent: GitHub is not told. */
  readonly github?: GitHubPlace;
}

/** A release of the environment, by its number. */
export interface RecallServicesInput extends Place {
  readonly number: number;
}

export interface RecalledServices extends Whereabouts {
  readonly services: readonly RecordedService[];
}

export interface RecallGoodReleasesInput extends Place {
  readonly count: number;
}

export interface RecallReferencesInput {
  readonly app?: string;
  readonly environment: string;
  /** Good releases whose task definitions stay; absent: as many as the last plan kept images of. */
  readonly keep?: number;
}

export interface References extends Place {
  readonly keep: number;
  /** Who has the turn and still runs. */
  readonly holder: { readonly number: number; readonly releaseId: string } | null;
  /** Null: no release has changed anything here yet. */
  readonly scope: GarbageScope | null;
  readonly needed: readonly NeededRevision[];
}

export interface RecallVerificationInput extends Place {
  readonly sha: string;
}

export interface CompareCommitsInput {
  readonly app: string;
  /** Full SHAs. */
  readonly sha: string;
  readonly serving: string;
}

export interface TakeTurnInput extends Place {
  readonly turn: Turn;
  readonly pollIntervalMs: number;
}

/** What a release is about to change, and how it was before: enough to undo it without its workflow. */
export interface ReleaseMark extends Whereabouts {
  readonly releaseId: string;
  readonly app: string;
  readonly environment: string;
  readonly waves: readonly { readonly number: number; readonly targets: readonly RolloutTarget[] }[];
  readonly latest: readonly LatestTag[];
  /** The one that the release runs before its services; it may have been started. */
  readonly migration: RunMigrationInput | null;
}

export interface CloseReleaseInput extends Place {
  readonly releaseId: string;
  /** True: another release has its turn by now, and puts right what the mark names. */
  readonly leaveMark: boolean;
  readonly report: ReleaseReport;
}
