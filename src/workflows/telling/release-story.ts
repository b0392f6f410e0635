/** What a release tells of itself: at any moment as its status, in the end as its report. */
import type { Plan } from '../../release/plan.ts';
import type { SearchValues } from '../../release/search-attributes.ts';
import type {
  Cause,
  ImageReport,
  OperatorRecord,
  ReleaseReport,
  ReleaseStatus,
  Repair,
  ReportSoFar,
  ServiceReport,
  Verdict,
} from '../../release/verdict.ts';
import type { OperatorDesk } from '../desks/operator-desk.ts';
import type { TurnDesk } from '../desks/turn-desk.ts';
import type { Course, Subject } from './course.ts';
import type { StepBoard } from './step-board.ts';

/** Where the rest of the answer lies. */
export interface StorySources {
  readonly board: StepBoard;
  readonly turns: TurnDesk;
  readonly desk: () => OperatorDesk;
  readonly services: () => readonly ServiceReport[];
}

export class ReleaseStory {
  readonly startedAtMs = Date.now();
  verdict: Verdict | null = null;
  cause: Cause | null = null;
  restoring = false;
  plan: Plan | null = null;
  images: readonly ImageReport[] = [];
  /** As in the report. */
  watched: readonly string[] = [];
  readonly #sources: StorySources;
  #subject: Subject;
  readonly #opening: readonly OperatorRecord[];
  #isKnown = false;
  #broughtBy: number | null = null;
  /** Of one that found everything in place. */
  #found: readonly ServiceReport[] = [];
  #repaired: readonly Repair[] = [];
  #warnings: readonly string[] = [];
  #endedAtMs: number | null = null;

  constructor({ subject, opening }: Course, sources: StorySources) {
    this.#subject = subject;
    this.#opening = opening ? [opening] : [];
    this.#sources = sources;
  }

  /** Where the release goes, as it has turned out; null while that is only what its starter says. */
  get place(): Pick<Subject, 'app' | 'environment'> | null {
    const { app, environment } = this.#subject;
    return this.#isKnown ? { app, environment } : null;
  }

  /** What it is listed by, as far as that is known for sure. */
  get searchValues(): SearchValues {
    if (!this.#isKnown) return {};
    const { app, environment, commit } = this.#subject;
    return { app, environment, ...(commit && { commit: commit.sha }) };
  }

  get phase(): ReleaseStatus['phase'] {
    if (this.#endedAtMs !== null) return 'ended';
    return this.restoring ? 'restoring' : 'running';
  }

  noteSubject(subject: Partial<Subject>): void {
    this.#subject = { ...this.#subject, ...subject };
    this.#isKnown = true;
  }

  notePlan(plan: Plan): void {
    this.plan = plan;
    this.warn(plan.warnings);
  }

  noteInPlace(number: number, services: readonly ServiceReport[]): void {
    this.#broughtBy = number;
    this.#found = services;
  }

  noteRepair(repair: Repair): void {
    this.#repaired = [...this.#repaired, repair];
    this.warn([repair.did]);
  }

  warn(lines: readonly string[]): void {
    this.#warnings = [...this.#warnings, ...lines];
  }

  end(): void {
    this.#endedAtMs = Date.now();
  }

  status(): ReleaseStatus {
    const { board, turns, desk, services } = this.#sources;
    const { hold, stuck, records } = desk();
    return {
      phase: this.phase,
      hold,
      stuck: stuck.line,
      verdict: this.verdict,
      number: turns.number,
      ...this.#subject,
      broughtBy: this.#broughtBy,
      ...promotedFrom(this.plan),
      cause: this.cause,
      steps: board.list(),
      images: this.images,
      services: this.#broughtBy === null ? services() : this.#found,
      warnings: this.#warnings,
      repaired: this.#repaired,
      operators: [...this.#opening, ...records],
      watched: this.watched,
      startedAtMs: this.startedAtMs,
      endedAtMs: this.#endedAtMs,
    };
  }

  reportSoFar(): ReportSoFar {
    const { phase: _phase, stuck: _stuck, hold: _hold, ...report } = this.status();
    return report;
  }

  report(verdict: Verdict): ReleaseReport {
    return { ...this.reportSoFar(), verdict, endedAtMs: this.#endedAtMs ?? Date.now() };
  }
}

const promotedFrom = (plan: Plan | null): Pick<ReleaseReport, 'promotedFrom'> => {
  if (!plan?.promotion) return {};
  const { environment, number } = plan.promotion;
  return { promotedFrom: { environment, number } };
};
