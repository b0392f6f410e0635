/** What the pools before the deployment offer to the workflow: checks, builds and pushes. Types only, as in deploy.ts. */
import type { CheckPlan, Commit, ImagePlan, SourceArchive } from '../../release/plan.ts';

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
