/**
 * The words of a release as data: what was asked for, what the repository says, and the frozen plan.
 * Everything here is plain JSON – it travels through Temporal payloads – and nothing here does I/O.
 */
import type { InPlace } from './environment/drift.ts';
import type { TurnToken } from './environment/state.ts';
import type { RollbackTarget } from './joining/rollback-target.ts';
import type { Whereabouts } from './whereabouts.ts';

/** As `slipway.yaml` and Docker spell it; ECS spells the same `ARM64` and `X86_64`. */
export type Architecture = 'arm64' | 'amd64';

/** Input of the `deploy` workflow. The minimum is `{environment, sha}`; the rest has defaults in control. */
export interface ReleaseRequest {
  readonly environment: string;
  /** A full or short SHA, a branch or a tag; the plan resolves it to 40 hex digits. */
  readonly sha: string;
  readonly app?: string;
  /** Who asked, as far as the starter knows: a claim for the report, not an identity. */
  readonly startedBy?: string;
  /** A branch such as `refs/heads/main` that must lead to the commit, or it is refused; absent: any branch or tag will do. */
  readonly partOf?: string;
  /** The commit may be an older one than that which serves. */
  readonly allowOlder?: boolean;
  /** Deploys the commit also where it serves already. */
  readonly force?: boolean;
  /** Why it may be deployed although the environment is frozen. */
  readonly overrideFreeze?: string;
}

export interface Commit {
  /** 40 hex digits. */
  readonly sha: string;
  /** First line of the message; untrusted text. */
  readonly subject: string;
  readonly author: string;
}

/** The commit's files in the store: a gzipped tar named by the SHA-256 of its bytes. */
export interface SourceArchive {
  readonly hash: string;
  readonly bytes: number;
}

/** A string is a shell script of the repository's own (`/bin/sh -ec`); a list is an argv, run without a shell. */
export type Command = string | readonly [string, ...string[]];

export interface CheckSetup {
  readonly run: Command;
  /** Files (relative to the check's directory) whose contents decide whether the set-up has to run again. */
  readonly cacheKey: readonly string[];
  /** What the set-up makes and the cache keeps, e.g. `.venv`, `node_modules`. */
  readonly cachePaths: readonly string[];
}

export interface CheckPlan {
  readonly name: string;
  /** Relative to the repository's root. */
  readonly directory: string;
  readonly needs: readonly string[];
  readonly setup?: CheckSetup;
  readonly run: Command;
  /** Added to the scrubbed environment; values are in the repository, so nothing secret. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** An image as the repository describes it. */
export interface ImageSpec {
  readonly name: string;
  /** Build context, relative to the repository's root. */
  readonly context: string;
  /** Relative to the context. */
  readonly dockerfile: string;
  readonly target?: string;
  readonly args: Readonly<Record<string, string>>;
  /** Build argument that receives the commit SHA; the Dockerfile uses it in its last layer. */
  readonly commitArg: string;
  /** Default: that of the services that run it. */
  readonly architecture?: Architecture;
  /** ECR repository name. */
  readonly repository: string;
  readonly provenance: boolean;
  readonly timeoutMs: number;
}

/** An image as it will be built: the registry and the architecture are known. */
export interface ImagePlan extends ImageSpec {
  readonly architecture: Architecture;
  /** `<registry host>/<repository>`, as ECR names it. */
  readonly repositoryUri: string;
  /** False where the repository's tags are immutable, so that `latest` cannot move. */
  readonly movesLatest: boolean;
  /** True: its last good releases carry tags that protect them (keep-tags.ts). */
  readonly isTagged?: boolean;
}

/** An image in the registry. */
export interface ImageDigest {
  /** Its name in `slipway.yaml`. */
  readonly image: string;
  readonly architecture: Architecture;
  readonly repositoryUri: string;
  readonly digest: string;
}

export interface HealthSpec {
  /** An absolute URL, or a path that is asked for through the service's load balancer. */
  readonly url?: string;
  readonly path?: string;
  /** Field of the JSON answer that must equal the commit the image was built from. */
  readonly commitField?: string;
  readonly successes: number;
  readonly failures: number;
  readonly intervalMs: number;
  readonly requestTimeoutMs: number;
  readonly timeoutMs: number;
}

export interface HealthPlan extends Omit<HealthSpec, 'path' | 'url'> {
  readonly url: string;
}

export interface ServiceSpec {
  readonly name: string;
  /** Name of the ECS service. */
  readonly service: string;
  /** Container name → image name. Empty: the task definition's only container runs the image `image`. */
  readonly containers: Readonly<Record<string, string>>;
  readonly image?: string;
  /** Hash (in the store) of a RegisterTaskDefinition body kept in the repository; absent: the live one is the base. */
  readonly taskDefinitionBody?: string;
  /** ARN: this very one, as an earlier release has registered it. */
  readonly taskDefinition?: string;
  readonly health?: HealthSpec;
}

export interface ServicePlan {
  readonly name: string;
  readonly service: string;
  readonly serviceArn: string;
  readonly containers: Readonly<Record<string, string>>;
  readonly architecture: Architecture;
  readonly taskDefinitionBody?: string;
  /** As in the spec. */
  readonly taskDefinition?: string;
  readonly health?: HealthPlan;
  /** Looked at when the plan was made; absent in plans of before. */
  readonly rollback?: RollbackTarget;
}

/** Waiting and polling, in one place so that tests can scale time. */
export interface Timing {
  /** Longest time a wave may take to become stable, all told. */
  readonly stabilityTimeoutMs: number;
  /** A rollout without any progress for this long is a failure. */
  readonly stallTimeoutMs: number;
  /** How long to wait for room ("unable to place a task") before that is a failure. */
  readonly capacityTimeoutMs: number;
  readonly pollIntervalMs: number;
}

/** Somebody has to say yes before anything is changed. */
export interface ApprovalPlan {
  /** After this long without an answer the release ends as `aborted`. */
  readonly deadlineMs: number;
}

/** New log lines of one service that match a pattern, counted per minute. */
export interface LogWatch {
  /** Name of the service in `slipway.yaml`. */
  readonly service: string;
  /** Default: every container of the service that logs to CloudWatch Logs. */
  readonly container?: string;
  /** A CloudWatch Logs filter pattern. */
  readonly pattern: string;
  /** More than so many matches within one minute are a breach. */
  readonly maximumPerMinute: number;
}

/** What is watched after the health check, and for how long; a breach rolls the release back. */
export interface BakePlan {
  readonly durationMs: number;
  /** Names of CloudWatch alarms, metric or composite. */
  readonly alarms: readonly string[];
  readonly logs: readonly LogWatch[];
}

/** A one-off task before the services are touched: the service's next task definition with another command. */
export interface MigrationPlan {
  /** Name (in `slipway.yaml`) of the service whose task definition, network and role it runs with. */
  readonly service: string;
  /** The container whose exit code decides. */
  readonly container: string;
  readonly command: readonly [string, ...string[]];
  /** False: the old version does not run on the new schema, so a later failure waits for a person. */
  readonly reversible: boolean;
  readonly timeoutMs: number;
}

/** As the repository says it; without a container, the one that runs the service's image. */
export interface MigrationSpec extends Omit<MigrationPlan, 'container'> {
  readonly container?: string;
}

/** A release of another environment that has verified the commit, and the very images that it has brought. */
export interface Promotion {
  readonly environment: string;
  readonly number: number;
  /** The commit is refused where it is not verified any more when the turn comes. */
  readonly required?: true;
  readonly images: readonly ImageDigest[];
}

/** What a rollback needs, and is kept. */
export interface KeepPlan {
  /** As many good releases before this one. */
  readonly releases: number;
  /** True: their images get tags that a lifecycle rule can leave alone. */
  readonly tag: boolean;
}

/** What `slipway.yaml` at the commit says for one environment, validated, defaults filled in. */
export interface ReleaseSpec extends Whereabouts {
  readonly app: string;
  readonly environment: string;
  readonly commit: Commit;
  readonly source: SourceArchive;
  readonly checks: readonly CheckPlan[];
  readonly images: readonly ImageSpec[];
  readonly services: readonly ServiceSpec[];
  readonly waves: readonly (readonly string[])[];
  readonly timing: Timing;
  /** Absent in plans of before. */
  readonly keep?: KeepPlan;
  readonly approval?: ApprovalPlan;
  readonly migration?: MigrationSpec;
  readonly bake?: BakePlan;
  /** Absent: everything is tested and built. */
  readonly promotion?: Promotion;
  /** What was noticed while it was read. */
  readonly warnings?: readonly string[];
}

/** The frozen plan that a release follows: the spec joined with what the cluster and the registry say. */
export interface Plan extends Omit<ReleaseSpec, 'images' | 'services' | 'migration' | 'warnings'> {
  readonly images: readonly ImagePlan[];
  readonly services: readonly ServicePlan[];
  readonly migration?: MigrationPlan;
  /** Its commit serves already, and everything is as the release that brought it has left it; null: not so. */
  readonly inPlace: InPlace | null;
  readonly warnings: readonly string[];
}

/** The plan of a release that has the turn: nothing can be changed without it. */
export interface ClaimedPlan extends Plan {
  readonly turn: TurnToken;
}
