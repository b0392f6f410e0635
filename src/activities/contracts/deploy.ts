/**
 * What the deploy pool offers to the workflow: types only, so that workflow code may import this file. Each pool has its
 * own contract beside this one, and rights of its own (DESIGN.md, "Pools by right").
 */
import type { RecordedService, ServiceStanding } from '../../release/environment/drift.ts';
import type { GoodRelease } from '../../release/environment/good-releases.ts';
import type { TurnToken } from '../../release/environment/state.ts';
import type { Plan, ReleaseSpec } from '../../release/plan.ts';
import type { Sight } from '../../release/preview/sight.ts';
import type { DeregisterUnusedInput, DeregisterUnusedResult } from './gc.ts';
import type { CopiedImage, CopyImageInput, MoveLatestInput, TagKeptInput } from './registry.ts';
import type {
  BakeResult,
  CheckHealthInput,
  HealthResult,
  MigrationResult,
  PreparedRollout,
  PrepareRolloutInput,
  RunMigrationInput,
  StabilityResult,
  UpdateServicesInput,
  UpdateServicesResult,
  WaitUntilStableInput,
  WatchBakeInput,
} from './rollout.ts';

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
   * The same for people who ask before: what the plan refuses is part of the answer, and of each image and service it
   * says what would become of it. Changes nothing.
   */
  preview(input: InspectInput): Promise<Sight>;
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
