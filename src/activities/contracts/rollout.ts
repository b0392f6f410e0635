/** How services are moved, waited for, asked and watched: what goes to the deploy pool's activities, and what comes back. */
import type { FailureKind } from '../../release/judging/judge.ts';
import type { BakePlan, HealthPlan, ImageDigest, MigrationPlan, Plan, Timing } from '../../release/plan.ts';

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
