/**
 * What the deploy pool offers to the workflow: types only, so that workflow code may import this file. Each pool has its
 * own contract (build-contract.ts, control-contract.ts, environment-contract.ts), and rights of its own (DESIGN.md,
 * "Pools by right").
 */
import type { RecordedService, ServiceStanding } from '../release/environment/drift.ts';
import type { GoodRelease } from '../release/environment/good-releases.ts';
import type { TurnToken } from '../release/environment/state.ts';
import type { GcStop } from '../release/gc-request.ts';
import type { FailureKind } from '../release/judge.ts';
import type {
  BakePlan,
  HealthPlan,
  ImageDigest,
  MigrationPlan,
  Plan,
  ReleaseSpec,
  Timing,
} from '../release/plan.ts';
import type { Whereabouts } from '../release/whereabouts.ts';

export interface InspectInput {
  readonly spec: ReleaseSpec;
  /** Number of the release that the ledger says to serve; null: it knows of none. */
  readonly serving: number | null;
  /** What a rollback may go to. */
  readonly good: readonly GoodRelease[];
}

export interface CompareServicesInput {
  readonly cluster: string;
  readonly services: readonly RecordedService[];
}

/** Where a service stood before we touched it: the only rollback target. */
export interface Baseline {
  /** The task definition that has completed, be it in ECS's history; null where there is none to go back to. */
  readonly taskDefinition: string | null;
  /** What a rollback updates the service to: the same, or its digest-pinned copy if it names a moving tag. */
  readonly restoreTo: string | null;
  /** Where there is nothing to go back to: why, in half a sentence. */
  readonly whyNone?: string;
}

/** Where an image's `latest` pointed before the release, and where the release moves it. */
export interface LatestTag {
  readonly image: string;
  readonly repositoryUri: string;
  /** Null where there was none, or where it does not move. */
  readonly digest: string | null;
  /** The release's own digest. */
  readonly next: string;
}

/** One service's move, decided before the first mutation. */
export interface RolloutTarget {
  readonly name: string;
  readonly service: string;
  /** Task definition of the service when it was read: any third one later on is somebody else's change. */
  readonly found: string;
  readonly baseline: Baseline;
  readonly taskDefinition: string;
  /** Desired count when read; it may be another one since. */
  readonly desired: number;
}

export interface PrepareRolloutInput {
  /** Stable over retries: `<workflow id>/<first run id>`. Task definitions are found again by it. */
  readonly releaseId: string;
  /** Of the releases of the environment. */
  readonly number: number;
  readonly plan: Plan;
  readonly images: readonly ImageDigest[];
}

export interface PreparedRollout {
  readonly targets: readonly RolloutTarget[];
  readonly latest: readonly LatestTag[];
}

export interface ServiceUpdate {
  readonly name: string;
  readonly service: string;
  readonly taskDefinition: string;
  /** Other task definitions that count as "there already": ECS's own rollback goes to the unpinned baseline. */
  readonly acceptable: readonly string[];
  /** The service may be moved from these (and is left alone where it has any other: `foreign-change`). */
  readonly from: readonly string[];
}

export interface UpdateServicesInput {
  readonly cluster: string;
  readonly updates: readonly ServiceUpdate[];
  /** True: where one cannot be moved, none is (a wave that goes forward). False: each for itself (a rollback). */
  readonly allOrNothing: boolean;
}

export interface UpdateProblem {
  readonly name: string;
  /** `refused`: ECS said no for good, or the service is gone. */
  readonly kind: 'foreign-change' | 'refused';
  readonly summary: string;
  readonly evidence: readonly string[];
}

export interface UpdateServicesResult {
  readonly rollouts: readonly Rollout[];
  readonly problems: readonly UpdateProblem[];
  /** True: it is certain that no call of this activity, in no attempt, has changed anything. */
  readonly untouched: boolean;
}

/** The deployment that brings (or has brought) the service there; `started` is false when it was there already. */
export interface Rollout {
  readonly name: string;
  readonly service: string;
  readonly taskDefinition: string;
  readonly deploymentId: string;
  readonly started: boolean;
  readonly startedAtMs: number;
}

export interface WaitUntilStableInput {
  readonly cluster: string;
  readonly timing: Timing;
  readonly rollouts: readonly (Rollout & { readonly baseline: string | null })[];
  /** True: every rollout is waited for, also when one has failed (a rollback). False: the first failure decides. */
  readonly decideAll: boolean;
}

export interface ServiceFailure {
  readonly name: string;
  readonly kind: FailureKind;
  readonly summary: string;
  readonly evidence: readonly string[];
}

/** A failed rollout is an answer, not an error: only "could not look" is thrown (and retried). */
export interface StabilityResult {
  readonly failures: readonly ServiceFailure[];
  /** Names of those that are stable with no task to run: scaled to zero. */
  readonly empty?: readonly string[];
}

export interface CheckHealthInput {
  readonly targets: readonly {
    readonly name: string;
    readonly health: HealthPlan;
    /** Null when any commit will do (after a rollback). */
    readonly commit: string | null;
  }[];
  /** As for the wait: true lets every target have its own answer. */
  readonly decideAll: boolean;
}

export interface HealthResult {
  readonly failures: readonly {
    readonly name: string;
    readonly summary: string;
    readonly evidence: readonly string[];
  }[];
}

export interface RunMigrationInput {
  /** Names the RunTask: a retry after a lost answer finds the same task. */
  readonly releaseId: string;
  readonly cluster: string;
  readonly migration: MigrationPlan;
  /** Name of the ECS service whose network settings and launch type it runs with. */
  readonly service: string;
  readonly taskDefinition: string;
  readonly pollIntervalMs: number;
  /** False: one that was started is looked for and waited for, but none is started. */
  readonly mayStart: boolean;
}

/** A migration that failed is an answer: it must not be run again by a retry. */
export interface MigrationResult {
  /** Null: no task was started (no room, refused). */
  readonly taskArn: string | null;
  /** Of the container that decides; null where it has none. */
  readonly exitCode: number | null;
  /** False: its command was not started, so that nothing of it can have happened. */
  readonly ran: boolean;
  readonly failure: { readonly summary: string; readonly evidence: readonly string[] } | null;
}

export interface WatchBakeInput {
  readonly cluster: string;
  readonly bake: BakePlan;
  readonly pollIntervalMs: number;
  /** The new version's tasks: those that these deployments started. */
  readonly services: readonly {
    readonly name: string;
    readonly service: string;
    readonly taskDefinition: string;
    readonly deploymentId: string;
  }[];
}

export interface BakeResult {
  readonly breaches: readonly { readonly summary: string; readonly evidence: readonly string[] }[];
  /** What was watched and what was seen, one line each, measurements and could-not-measure apart. */
  readonly watched: readonly string[];
}

export interface MoveLatestInput {
  readonly images: readonly {
    readonly image: string;
    readonly repositoryUri: string;
    readonly digest: string;
    /** Moved only where `latest` names this digest now: what somebody else has moved since is left alone. */
    readonly onlyFrom?: string;
  }[];
}

/** From the registry of one account to that of another. */
export interface CopyImageInput {
  readonly image: string;
  /** `<registry host>/<repository>`. */
  readonly from: string;
  readonly to: string;
  /** The same on both sides: manifests are copied to the byte. */
  readonly digest: string;
  /** What it is called there: the commit. */
  readonly tag: string;
}

export interface CopiedImage {
  /** Blobs and manifests that were not there before. */
  readonly uploaded: number;
}

export interface TagKeptInput {
  readonly environment: string;
  readonly images: readonly {
    readonly image: string;
    readonly repositoryUri: string;
    /** The release's own first, then those before it; each keeps a tag or gets one. */
    readonly digests: readonly string[];
  }[];
  /** As many tags as there are. */
  readonly slots: number;
}

/** Where an environment's task definitions are registered and used. */
export interface GarbageScope extends Whereabouts {
  /** The last one that was given: as soon as another release takes its turn, nothing more is changed. */
  readonly turn: TurnToken;
  readonly services: readonly { readonly name: string; readonly service: string }[];
  /** Families in which the environment has registered task definitions. */
  readonly families: readonly string[];
}

export interface NeededRevision {
  readonly taskDefinition: string;
  /** What needs it, in half a sentence. */
  readonly why: string;
}

export interface DeregisterUnusedInput extends GarbageScope {
  readonly needed: readonly NeededRevision[];
  /** One that was registered later than so long ago stays. */
  readonly minimumAgeMs: number;
  /** True: nothing is changed. */
  readonly dryRun: boolean;
}

export interface DeregisterUnusedResult {
  /** `family:revision`, in a dry run: what would be. */
  readonly deregistered: readonly string[];
  readonly kept: readonly { readonly why: string; readonly revisions: readonly string[] }[];
  readonly stopped: GcStop | null;
}

export interface DescribeServingInput {
  readonly cluster: string;
  /** Names of ECS services. */
  readonly services: readonly string[];
}

export interface ServingResult {
  /** What runs there at the moment, in one line, of every service that was asked for. */
  readonly services: readonly { readonly service: string; readonly now: string }[];
}

/** Of everything that changes something: the turn, which is looked at directly before each call. Error: `StaleTurn`. */
export type Held<Input> = Input & { readonly turn: TurnToken };

/** What is left to do once the turn has been looked at. */
export type Unheld = {
  readonly [Name in keyof DeployActivities]: (
    input: Omit<Parameters<DeployActivities[Name]>[0], 'turn'>,
  ) => ReturnType<DeployActivities[Name]>;
};

/** Deploy: the only role that may read and change ECS and move `latest`; never runs repository code. */
export interface DeployActivities {
  /** Joins what the repository says with what the cluster and the registry say. Changes nothing. */
  inspect(input: InspectInput): Promise<Plan>;
  /**
   * Brings an image into this pool's registry, as a push does: no service is changed, so that it needs no turn. Errors:
   * `UnsafePlan` where it is gone, `RefusedByService` where it may not be read.
   */
  copyImage(input: CopyImageInput): Promise<CopiedImage>;
  /** Records baselines, verifies the images' platforms, registers task definitions. Touches no service. */
  prepareRollout(input: Held<PrepareRolloutInput>): Promise<PreparedRollout>;
  /** Runs the migration's task once and waits for its end; stops it at its time limit. */
  runMigration(input: Held<RunMigrationInput>): Promise<MigrationResult>;
  updateServices(input: Held<UpdateServicesInput>): Promise<UpdateServicesResult>;
  waitUntilStable(input: WaitUntilStableInput): Promise<StabilityResult>;
  checkHealth(input: CheckHealthInput): Promise<HealthResult>;
  /** Watches alarms and log patterns for the bake time; ends at the first breach. */
  watchBake(input: WatchBakeInput): Promise<BakeResult>;
  /** Each image has its turn, whatever becomes of the others. */
  moveLatest(input: Held<MoveLatestInput>): Promise<void>;
  /** How services stand beside what a release has left. Changes nothing. */
  compareServices(input: CompareServicesInput): Promise<{ readonly services: readonly ServiceStanding[] }>;
  /** As `moveLatest`, for the tags that protect images from lifecycle rules. Deletes nothing. */
  tagKept(input: Held<TagKeptInput>): Promise<void>;
  /** Deregisters task definitions that nothing refers to. Running services and tasks are not touched by it. */
  deregisterUnused(input: DeregisterUnusedInput): Promise<DeregisterUnusedResult>;
  /** For the report of what was not put back. Changes nothing. */
  describeServing(input: DescribeServingInput): Promise<ServingResult>;
}
