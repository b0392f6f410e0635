/** How a release comes to its turn: what it wants to bring, tried as far as that goes without changing anything. */
import type { GitHubPlace } from '../../release/github-status.ts';
import type { Plan } from '../../release/plan.ts';
import type { Indexing } from '../../release/search-attributes.ts';
import type { ImageReport, OperatorRecord, ReleaseReport, ServiceReport } from '../../release/verdict.ts';
import type { OperatorDesk } from '../desks/operator-desk.ts';
import type { TurnDesk } from '../desks/turn-desk.ts';
import type { StepBoard } from './step-board.ts';

/** What a release is about: as its starter says it, then as it turns out. */
export type Subject = Pick<
  ReleaseReport,
  'app' | 'environment' | 'cluster' | 'commit' | 'startedBy' | 'rollbackTo'
>;

export interface Course {
  /** As the starter says it. */
  readonly subject: Subject;
  /** What somebody said when it was started, for the record. */
  readonly opening?: OperatorRecord;
  /** Returns what the turn is waited for with; null: all is there already. Throws what keeps it from going on. */
  prepare(road: Road): Promise<Plan | null>;
}

/** What a course finds on its way. */
export interface Road {
  /** `<workflow id>/<first run id>`. */
  readonly releaseId: string;
  readonly startedAtMs: number;
  readonly board: StepBoard;
  readonly desk: OperatorDesk;
  readonly turns: TurnDesk;
  /**
   * Told as it becomes known, so that whoever asks hears of it.
   *
   * @param source whether search attributes were registered a moment ago
   */
  onSubject(subject: Partial<Subject>, source: Indexing): void;
  /** GitHub is to be told how the release of this commit stands; told after `onSubject`. */
  onGitHub(place: GitHubPlace, sha: string): void;
  onPlan(plan: Plan): void;
  onImages(images: readonly ImageReport[]): void;
  /** What it would bring is there already: who has brought it, and how its services were found. */
  onInPlace(number: number, services: readonly ServiceReport[]): void;
}
