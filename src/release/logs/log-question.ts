/**
 * What people can ask of logs, and the answers: a step's out of control's store, a service's out of CloudWatch Logs by
 * the deploy pool. Each is one short `logs` workflow with one page as its result, so everything here is plain JSON, and
 * an answer stays well below the 64 KiB that Temporal advises for a payload. A question names what is meant, and how far
 * it has been read: where that lies is for the workers to say, by what they have recorded.
 */
/** Of the lines of one page, as JSON. */
export const PAGE_BYTES = 48 * 1024;

/** Of a service that has more, the newest: more than that nobody can follow. */
export const MOST_TASKS = 20;
/** ECS remembers stopped tasks for about an hour, and so does a cursor. */
export const MOST_DONE = 100;

/** A run of a release: its logs lie under both. */
export interface LogOwner {
  readonly workflowId: string;
  /** Where a log may lie, the likeliest first: a run that was reset goes on under another id. */
  readonly runIds: readonly string[];
}

export interface NamedStepLog {
  /** Id of the step: `check:api`. */
  readonly step: string;
  /** As the step has announced it; null: it has not (yet), and the log is looked for by the ids. */
  readonly logKey: string | null;
}

/** Which steps have a log, and how long they are. */
export interface StepListQuestion extends LogOwner {
  readonly kind: 'steps';
  readonly steps: readonly NamedStepLog[];
}

export interface StepList {
  readonly kind: 'steps';
  /** Bytes in the store; null: there is no such log. */
  readonly logs: readonly { readonly step: string; readonly bytes: number | null }[];
}

/** Where to begin: with the last so many lines (null: with the first one), or where the page before has ended. */
export type StepLogStart = { readonly tail: number | null } | { readonly offset: number };

export interface StepLogQuestion extends LogOwner, NamedStepLog {
  readonly kind: 'step';
  readonly from: StepLogStart;
  /** How long to wait for the first new line; bounded by src/release/logs/log-pace.ts. */
  readonly waitMs: number;
  /** How long to wait for more behind it. */
  readonly settleMs: number;
  /** The step has ended: a last line without its end is a line, too. */
  readonly isFinal: boolean;
}

export interface StepLogPage {
  readonly kind: 'step';
  /** False: the store has no such log. */
  readonly isThere: boolean;
  /** Whole lines, redacted, without control characters, cut. */
  readonly lines: readonly string[];
  /** To be asked for next. */
  readonly nextOffset: number;
  /** There is more already. */
  readonly more: boolean;
  /** Bytes before the first line of a page that began with the last lines. */
  readonly skippedBytes: number;
  /** The log was shorter than the offset that was asked for: it is another one, read from its beginning. */
  readonly startedOver: boolean;
}

/** Up to which event a stream has been read: of those at that very time, so many have been taken. */
export interface StreamPosition {
  readonly atMs: number;
  readonly taken: number;
}

/** Of a task, by the name of the container; of those only whose log can be read. */
export type StreamPositions = Readonly<Record<string, StreamPosition>>;

/** What the next page of a service's logs has to know: positions, and never a place. */
export interface ServiceLogCursor {
  /** By the id of the task. */
  readonly tasks: Readonly<Record<string, StreamPositions>>;
  /** Tasks that have stopped, and of which everything has been told. */
  readonly done: readonly string[];
  /** What had stopped before that is of no interest. */
  readonly sinceMs: number;
}

/** What people want to read. */
export type LoggedPart =
  /** In `slipway.yaml`, or in ECS. */
  | { readonly kind: 'service'; readonly name: string }
  /** The one-off task of the first of the releases. */
  | { readonly kind: 'migration' };

export interface ServiceLogQuestion {
  readonly kind: 'service';
  readonly app: string;
  readonly environment: string;
  /** Numbers: what the first of them that has brought anything has left is where its logs are. */
  readonly releases: readonly number[];
  readonly part: LoggedPart;
  /** Null: the first page. */
  readonly cursor: ServiceLogCursor | null;
  /** Of the first page: the last lines of each container; null: all that are there. */
  readonly tail: number | null;
  /** Of the first page: nothing from before that. */
  readonly sinceMs: number | null;
  readonly waitMs: number;
  readonly settleMs: number;
}

export interface ServiceLogLine {
  readonly atMs: number;
  /** Id, the last part of its ARN. */
  readonly task: string;
  readonly container: string;
  readonly line: string;
}

export interface ServiceLogPage {
  readonly kind: 'service';
  /** By time. */
  readonly lines: readonly ServiceLogLine[];
  /** What became of tasks, one line each. */
  readonly notes: readonly string[];
  readonly cursor: ServiceLogCursor;
  /** The release by whose record they were found. */
  readonly release: number;
  readonly more: boolean;
  /** Tasks that are being read. */
  readonly running: number;
}

export type LogQuestion = StepListQuestion | StepLogQuestion | ServiceLogQuestion;
export type LogAnswer = StepList | StepLogPage | ServiceLogPage;
