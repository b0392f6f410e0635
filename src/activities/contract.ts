/**
 * What each pool of workers offers to the workflow: types only, so that workflow code may import this file.
 * One interface a pool; a pool's rights are listed in DESIGN.md ("Pools by right").
 */
import type { FailureKind } from '../release/judge.ts';
import type {
  Architecture,
  CheckPlan,
  Commit,
  HealthPlan,
  ImagePlan,
  Plan,
  ReleaseRequest,
  ReleaseSpec,
  SourceArchive,
  Timing,
} from '../release/plan.ts';

/** Control: the only holder of the git credential; no AWS rights. */
export interface ControlActivities {
  /** Fetches the commit, stores its archive, validates `slipway.yaml` for the environment. */
  readSource(request: ReleaseRequest): Promise<ReleaseSpec>;
}

export interface RunCheckInput {
  readonly app: string;
  readonly source: SourceArchive;
  readonly check: CheckPlan;
}

export interface RunCheckResult {
  readonly logKey: string;
  readonly setupMs: number;
  readonly setupCached: boolean;
  readonly runMs: number;
}

/** Checks: repository code, no credentials. */
export interface ChecksActivities {
  runCheck(input: RunCheckInput): Promise<RunCheckResult>;
}

export interface BuildImageInput {
  readonly app: string;
  readonly commit: Commit;
  readonly source: SourceArchive;
  readonly image: ImagePlan;
}

/** `reused`: the registry has the commit already. `built`: it lies in one Docker engine, waiting to be pushed. */
export type BuildImageResult =
  | { readonly kind: 'reused'; readonly digest: string }
  | {
      readonly kind: 'built';
      /** Task queue of the workers beside the engine that holds the image. */
      readonly pushQueue: string;
      readonly localReference: string;
      readonly logKey: string;
      readonly emulated: boolean;
    };

/** Build pool of one architecture: a Docker engine, and read access to the app's repositories. */
export interface BuildActivities {
  buildImage(input: BuildImageInput): Promise<BuildImageResult>;
}

export interface PushImageInput {
  readonly app: string;
  readonly commit: Commit;
  readonly image: ImagePlan;
  readonly localReference: string;
}

export interface PushedImage {
  /** What the registry says after the push: `sha256:…`. */
  readonly digest: string;
  readonly logKey: string;
}

/** Beside the engine that built: may push to the app's repositories. */
export interface PushActivities {
  pushImage(input: PushImageInput): Promise<PushedImage>;
}

export interface ImageDigest {
  readonly image: string;
  readonly architecture: Architecture;
  readonly repositoryUri: string;
  readonly digest: string;
}

/** Where a service stood before we touched it: the only rollback target. */
export interface Baseline {
  /** The completed task definition found; null for a first-ever deployment (nothing to go back to). */
  readonly taskDefinition: string | null;
  /** What a rollback updates the service to: the same, or its digest-pinned copy if it names a moving tag. */
  readonly restoreTo: string | null;
}

/** One service's move, decided before the first mutation. */
export interface RolloutTarget {
  readonly name: string;
  readonly service: string;
  readonly baseline: Baseline;
  readonly taskDefinition: string;
  /** Desired count when read; a service scaled to zero cannot be health-checked. */
  readonly desired: number;
}

export interface PrepareRolloutInput {
  /** Stable over retries: `<workflow id>/<first run id>`. Task definitions are found again by it. */
  readonly releaseId: string;
  readonly plan: Plan;
  readonly images: readonly ImageDigest[];
}

export interface ServiceUpdate {
  readonly name: string;
  readonly service: string;
  readonly taskDefinition: string;
  /** Other task definitions that count as "there already": ECS's own rollback goes to the unpinned baseline. */
  readonly acceptable: readonly string[];
}

export interface UpdateServicesInput {
  readonly cluster: string;
  readonly updates: readonly ServiceUpdate[];
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
}

export interface CheckHealthInput {
  readonly targets: readonly {
    readonly name: string;
    readonly health: HealthPlan;
    /** Null when any commit will do (after a rollback). */
    readonly commit: string | null;
  }[];
}

export interface HealthResult {
  readonly failures: readonly {
    readonly name: string;
    readonly summary: string;
    readonly evidence: readonly string[];
  }[];
}

export interface MoveLatestInput {
  readonly images: readonly ImageDigest[];
}

/** Deploy: the only role that may read and change ECS and move `latest`; never runs repository code. */
export interface DeployActivities {
  /** Joins what the repository says with what the cluster and the registry say. Changes nothing. */
  inspect(spec: ReleaseSpec): Promise<Plan>;
  /** Records baselines, verifies the images' platforms, registers task definitions. Touches no service. */
  prepareRollout(input: PrepareRolloutInput): Promise<readonly RolloutTarget[]>;
  updateServices(input: UpdateServicesInput): Promise<readonly Rollout[]>;
  waitUntilStable(input: WaitUntilStableInput): Promise<StabilityResult>;
  checkHealth(input: CheckHealthInput): Promise<HealthResult>;
  moveLatest(input: MoveLatestInput): Promise<void>;
}
