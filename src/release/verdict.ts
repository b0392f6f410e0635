/**
 * How a release ends. Every verdict but `succeeded` fails the workflow with an ApplicationFailure whose
 * type is the verdict and whose first detail is the report (DESIGN.md, "Verdicts, states, exit codes").
 */
import type { OperatorAction } from './operator.ts';
import type { Architecture, Commit } from './plan.ts';

export type Verdict =
  | 'succeeded'
  | 'failed'
  | 'rolled-back'
  | 'rollback-failed'
  | 'superseded'
  | 'aborted'
  | 'refused';

export const VERDICTS = [
  'succeeded',
  'failed',
  'rolled-back',
  'rollback-failed',
  'superseded',
  'aborted',
  'refused',
] as const satisfies readonly Verdict[];

export type StepKind =
  | 'plan'
  | 'check'
  | 'build'
  | 'push'
  | 'copy'
  | 'turn'
  | 'repair'
  | 'mark'
  | 'register'
  | 'approve'
  | 'migrate'
  | 'update'
  | 'stable'
  | 'health'
  | 'bake'
  | 'verify'
  | 'promote'
  | 'restore';

export type StepState = 'waiting' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'skipped';

/** One step of a release as people see it; `id` is stable (`build:api`), times are epoch milliseconds. */
export interface StepStatus {
  readonly id: string;
  readonly kind: StepKind;
  readonly name: string;
  readonly state: StepState;
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
  /** One line: what happened, or why it failed. */
  readonly detail?: string;
  readonly architecture?: Architecture;
  /** Key of the step's whole log in the store. */
  readonly logKey?: string;
}

/** Why a release did not succeed: a stable kind for machines, one line for people, and the evidence. */
export interface Cause {
  /** E.g. `check-failed`, `build-failed`, `task-failed`, `unhealthy`, `stalled`, `foreign-change`. */
  readonly kind: string;
  readonly step: string;
  readonly summary: string;
  /** Stopped reasons, exit codes, event texts, last log lines; redacted and bounded. */
  readonly evidence: readonly string[];
}

export interface ImageReport {
  readonly name: string;
  readonly architecture: Architecture;
  readonly repositoryUri: string;
  readonly digest: string;
  /** True where the commit was in the registry already and nothing was built. */
  readonly reused: boolean;
}

/** Where a service stands when the release ends. */
export interface ServiceReport {
  readonly name: string;
  readonly service: string;
  readonly state: 'untouched' | 'updated' | 'restored' | 'not-restored' | 'left-alone';
  readonly baseline: string | null;
  readonly taskDefinition: string | null;
  readonly detail?: string;
  /** Of one that was not put back: what runs there now, in one line; absent where ECS could not be asked. */
  readonly now?: string;
  /** Of an updated one, or one that was found in place: whether it passed a health check of its own, or ECS's word was all there was to ask. */
  readonly health?: 'passed' | 'not-asked';
  /** Of an updated or restored one, or one that was found in place: it is scaled to zero, so that nothing runs there. */
  readonly empty?: true;
}

/** What an operator said to a release, and what came of it. `who` is a claim, not an identity. */
export interface OperatorRecord {
  readonly atMs: number;
  readonly action: OperatorAction;
  readonly who: string;
  readonly reason: string;
  /** Of a pause that ends by itself. */
  readonly forMs?: number;
  /** False where it meant nothing at that moment; `answer` says why. */
  readonly accepted: boolean;
  readonly answer: string;
}

/** Why a release stands still until a person says something, or until a time. */
export interface Hold {
  readonly kind: 'paused' | 'approval' | 'decision';
  /** One line: what it waits for, or why it was paused. */
  readonly reason: string;
  readonly sinceMs: number;
  /** When it ends by itself (an approval: as `aborted`); null: never. */
  readonly untilMs: number | null;
}

export interface Repair {
  /** Of the one that was broken off. */
  readonly releaseId: string;
  /** One line: what was done, and how its services were left. */
  readonly did: string;
}

/** The release of another environment whose images were brought: nothing was tested or built for them again. */
export interface PromotedFrom {
  readonly environment: string;
  readonly number: number;
}

export interface ReleaseReport {
  readonly verdict: Verdict;
  /** Of the releases of its environment, from 1; null: it ended before its environment knew of it. */
  readonly number: number | null;
  readonly app: string;
  readonly environment: string;
  /** Null until the plan is made. */
  readonly cluster: string | null;
  readonly commit: Commit | null;
  readonly startedBy: string | null;
  /** Number of the release whose version it brings back; null where it brings a commit. */
  readonly rollbackTo: number | null;
  /** Number of the release that had brought the same before: this one has only looked whether it is healthy. */
  readonly broughtBy: number | null;
  /** Absent where it has built them, or brings back a release. */
  readonly promotedFrom?: PromotedFrom;
  readonly cause: Cause | null;
  readonly steps: readonly StepStatus[];
  readonly images: readonly ImageReport[];
  readonly services: readonly ServiceReport[];
  readonly warnings: readonly string[];
  /** Releases that were broken off before it, and that it has put right. */
  readonly repaired: readonly Repair[];
  readonly operators: readonly OperatorRecord[];
  /** What was watched during the bake time and what was seen, one line each. */
  readonly watched: readonly string[];
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/** Answer of the `report` query: the report, with null for what a release that runs does not have yet. */
export interface ReportSoFar extends Omit<ReleaseReport, 'verdict' | 'endedAtMs'> {
  readonly verdict: Verdict | null;
  readonly endedAtMs: number | null;
}

/** Answer of the `status` query while a release runs (and after). */
export interface ReleaseStatus extends ReportSoFar {
  /** Null while nobody has to say anything. */
  readonly hold: Hold | null;
  /** Why the compensation cannot get on (state `rollback-stuck`); null otherwise. */
  readonly stuck: string | null;
  /** `running`, `restoring`, or `ended`. */
  readonly phase: 'running' | 'restoring' | 'ended';
}
