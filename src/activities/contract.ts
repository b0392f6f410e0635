/**
 * What each pool of workers offers to the workflow: types only, so that workflow code may import this file.
 * One interface a pool; a pool's rights are listed in DESIGN.md ("Pools by right").
 */
import type {
  Architecture,
  CheckPlan,
  Commit,
  ImagePlan,
  ReleaseRequest,
  ReleaseSpec,
  SourceArchive,
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
