/**
 * A release, whatever it brings: its own way to the turn (a course: `deploy.ts`, `rollback.ts`), then the same rollout,
 * wait, health check and verdict, or everything put back. Reads top to bottom as DESIGN.md's "How a release flows";
 * each stage lies in its own file.
 */
import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { PreparedRollout, Rollout, RunMigrationInput } from '../activities/contracts/rollout.ts';
import { type GitHubPlace, pictureOfPhase, type ReleasePhase } from '../release/github-status.ts';
import { releasePage } from '../release/page/release-page.ts';
import type { ClaimedPlan, MigrationPlan, Plan } from '../release/plan.ts';
import { isIndexed } from '../release/search-attributes.ts';
import type { Cause, ReleaseReport, ServiceReport, Verdict } from '../release/verdict.ts';
import { awaitApproval } from './approval-gate.ts';
import { bakeRelease } from './bake-stage.ts';
import { type Claimed, claimEnvironment } from './claim-stage.ts';
import { Compensation } from './compensation.ts';
import type { Course } from './course.ts';
import { REPORT_DESCRIPTION, STATUS_DESCRIPTION } from './descriptions.ts';
import { Herald } from './herald.ts';
import { askWhatServes } from './last-words.ts';
import { reportQuery, statusQuery } from './messages.ts';
import { migrate } from './migration-stage.ts';
import { OperatorDesk } from './operator-desk.ts';
import { keepPage } from './page.ts';
import { farewell } from './pools/control.ts';
import { promote } from './promote-stage.ts';
import {
  causeOf,
  causeOfStop,
  NOT_ALLOWED,
  NOT_VERIFIED,
  OLDER_COMMIT,
  TURN_LOST,
} from './release-failure.ts';
import { ReleaseStory } from './release-story.ts';
import { announceWaves, rollOutWave, verifyAll, type Wave } from './rollout-stage.ts';
import { labelRun, wasLabelled } from './search-labels.ts';
import { hearInOrder } from './signals.ts';
import { StepBoard } from './step-board.ts';
import { dismissed, TurnDesk } from './turn-desk.ts';
import { restoreAll } from './way-back.ts';

/** Runs it to its end: its report as the workflow's result, or as the failure that carries it. */
export const runRelease = async (course: Course): Promise<ReleaseReport> => {
  const release = new Release(course);
  try {
    await release.goForward();
  } catch (error) {
    await CancellationScope.nonCancellable(() => release.goBack(error));
  }
  return CancellationScope.nonCancellable(() => release.end());
};

class Release {
  readonly #course: Course;
  readonly #board = new StepBoard();
  readonly #compensation = new Compensation();
  readonly #desk: OperatorDesk;
  readonly #turns = new TurnDesk(releaseId());
  readonly #story: ReleaseStory;
  readonly #herald = new Herald();
  #claimed: ClaimedPlan | null = null;
  #prepared: PreparedRollout = { targets: [], latest: [] };
  /** The one whose command was started, if any. */
  #migration: MigrationPlan | null = null;
  #lostTurn = false;

  constructor(course: Course) {
    this.#course = course;
    this.#story = new ReleaseStory(course, {
      board: this.#board,
      turns: this.#turns,
      desk: () => this.#desk,
      services: () => this.#services(),
    });
    const root = CancellationScope.current();
    this.#desk = new OperatorDesk(() => ({
      phase: this.#story.verdict === null ? this.#story.phase : 'ended',
      touched: this.#compensation.touched,
      cancelled: root.consideredCancelled,
    }));
    setHandler(statusQuery, () => this.#story.status(), { description: STATUS_DESCRIPTION });
    setHandler(reportQuery, () => this.#story.reportSoFar(), { description: REPORT_DESCRIPTION });
    hearInOrder({ ...this.#turns.signals, ...this.#desk.signals });
    keepPage(() => releasePage(this.#story.status(), workflowInfo().workflowId));
  }

  /** Until the release has succeeded, or throws: what failed, or a cancellation (an operator's or Temporal's). */
  async goForward(): Promise<void> {
    const scope = new CancellationScope();
    const interrupt = (): void => scope.cancel();
    const work = (): Promise<void> =>
      scope.run(async () => {
        await this.#forward();
        // A last step that was past cancelling must not turn an accepted stop into a success.
        if (scope.consideredCancelled) throw new CancelledFailure('stopped at the very end');
      });
    await this.#desk.forward(interrupt, () => this.#turns.forward(interrupt, work));
    this.#story.verdict = 'succeeded';
  }

  async #forward(): Promise<void> {
    const board = this.#board;
    const desk = this.#desk;
    const made = await this.#prepare();
    // What it would bring is there already.
    if (!made) return;
    this.#announceRest(made);
    await awaitApproval(made, board, desk);
    const { plan, waves, migration } = await this.#claim(made);
    const { latest } = this.#prepared;
    if (migration) await this.#migrate(plan, migration);
    const rollouts = await this.#rollOut(plan, waves);
    if (plan.bake) {
      await bakeRelease(plan, plan.bake, rollouts, board, (lines) => {
        this.#story.watched = lines;
      });
    }
    // A pause may be long: what is told at the end has been seen after it.
    do {
      await desk.beforeChange();
      await verifyAll(plan, waves, rollouts, board, this.#compensation);
    } while (desk.paused);
    this.#story.warn(await promote(plan, this.#story.images, latest, board, this.#compensation));
    this.#story.warn(this.#compensation.looks.warnings(this.#prepared.targets));
  }

  /** Something failed or somebody stopped it: put back what was touched, and say which of both it was. */
  async goBack(error: unknown): Promise<void> {
    const plan = this.#claimed;
    const cause = this.#causeOf(error);
    this.#story.cause = cause;
    const migration = this.#migration;
    if (migration)
      this.#story.warn([`the migration was run, and is not undone: ${migration.command.join(' ')}`]);
    if (!plan || !this.#compensation.touched) {
      this.#story.verdict = this.#verdictUntouched(error, cause);
      return;
    }
    try {
      if (cause.kind === TURN_LOST) throw error;
      if (migration?.reversible === false && !isCancellation(error) && !this.#desk.stop) {
        const decision = await this.#desk.decision(
          'the migration cannot be undone: roll the services back over it (rollback), or leave all as it is (give-up)?',
        );
        if (decision.action === 'give-up') {
          this.#compensation.leaveAsItIs(decision);
          this.#story.verdict = 'rollback-failed';
          return;
        }
      }
      await this.#restore(plan);
      this.#story.verdict = this.#compensation.whole ? 'rolled-back' : 'rollback-failed';
    } catch (trouble) {
      const { kind, summary } = causeOf(trouble, 'restore');
      if (kind !== TURN_LOST) throw trouble;
      this.#lostTurn = true;
      this.#compensation.leaveToOther(summary);
      this.#story.verdict = 'rollback-failed';
    }
  }

  async #restore(plan: ClaimedPlan): Promise<void> {
    this.#story.restoring = true;
    this.#tellPhase('restoring');
    this.#desk.beginWayBack();
    const board = this.#board;
    const announce = (name: string): string => board.announce('restore', name);
    const [compensation, desk] = [this.#compensation, this.#desk];
    this.#story.warn(await restoreAll({ compensation, plan, board, desk, announce }));
  }

  /** The report as the workflow's result, or as the failure that carries it. */
  async end(): Promise<ReleaseReport> {
    const story = this.#story;
    this.#board.skipWaiting();
    if (story.plan) this.#compensation.noteServing(await askWhatServes(story.plan, this.#services()));
    story.end();
    const verdict = story.verdict ?? 'failed';
    if (await this.#keepReport(verdict)) labelRun({ ...story.searchValues, verdict });
    await this.#herald.leave();
    const report = story.report(verdict);
    if (verdict === 'succeeded') return report;
    throw ApplicationFailure.create({
      type: verdict,
      message: `${verdict}: ${report.cause?.summary ?? 'no cause recorded'}`,
      nonRetryable: true,
      details: [report],
    });
  }

  #prepare(): Promise<Plan | null> {
    const story = this.#story;
    return this.#course.prepare({
      releaseId: releaseId(),
      startedAtMs: story.startedAtMs,
      board: this.#board,
      desk: this.#desk,
      turns: this.#turns,
      onSubject: (subject, source) => {
        story.noteSubject(subject);
        if (isIndexed(source, Date.now())) labelRun(story.searchValues);
      },
      onGitHub: (place, sha) => this.#beginToTell(place, sha),
      onPlan: (plan) => story.notePlan(plan),
      onInPlace: (number, services) => story.noteInPlace(number, services),
      onImages: (images) => {
        story.images = images;
      },
    });
  }

  #beginToTell(github: GitHubPlace, sha: string): void {
    const { place } = this.#story;
    if (!place) return;
    const subject = { kind: 'release', runId: releaseId(), ...place, ...github, sha } as const;
    this.#herald.begin({ subject, picture: pictureOfPhase(github.label, 'waiting') });
  }

  /** Nobody hears it where GitHub is not told. */
  #tellPhase(phase: ReleasePhase): void {
    this.#herald.say(({ label }) => pictureOfPhase(label, phase));
  }

  #announceRest(plan: Plan): void {
    const board = this.#board;
    if (plan.approval) board.announce('approve', '');
    board.announce('turn', '');
    board.announce('repair', '');
    board.announce('register', '');
    board.announce('mark', '');
    if (plan.migration) board.announce('migrate', '');
    announceWaves(plan, board);
    if (plan.bake) board.announce('bake', '');
    board.announce('verify', '');
    board.announce('promote', '');
  }

  #claim(plan: Plan): Promise<Claimed> {
    return claimEnvironment({
      plan,
      images: this.#story.images,
      board: this.#board,
      desk: this.#desk,
      turns: this.#turns,
      onTurn: (claimed) => {
        this.#claimed = claimed;
        this.#tellPhase('deploying');
      },
      onRepaired: (repair, warnings) => {
        this.#story.noteRepair(repair);
        this.#story.warn(warnings);
      },
      onPrepared: (prepared) => {
        this.#prepared = prepared;
      },
    });
  }

  async #migrate(plan: ClaimedPlan, input: RunMigrationInput): Promise<void> {
    await this.#desk.beforeChange();
    await migrate(plan, input, this.#board, () => {
      this.#migration = input.migration;
    });
  }

  async #rollOut(plan: ClaimedPlan, waves: readonly Wave[]): Promise<readonly Rollout[]> {
    const rollouts: Rollout[] = [];
    for (const wave of waves) {
      await this.#desk.beforeChange();
      rollouts.push(...(await rollOutWave(plan, wave, this.#board, this.#compensation)));
    }
    return rollouts;
  }

  #causeOf(error: unknown): Cause {
    const step = this.#board.stepThatThrew(error) ?? this.#board.latest() ?? 'plan';
    if (!isCancellation(error)) return causeOf(error, step);
    const [{ stop }, { dismissal }] = [this.#desk, this.#turns];
    if (stop) return causeOfStop(stop, step);
    return causeOf(dismissal ? dismissed(dismissal, step) : error, step);
  }

  #verdictUntouched(error: unknown, { kind }: Cause): Verdict {
    if (kind === 'superseded') return 'superseded';
    if (NOT_TO_BEGIN.has(kind)) return 'refused';
    return isCancellation(error) || kind === 'approval-expired' ? 'aborted' : 'failed';
  }

  /** Returns whether the run can be labelled. */
  async #keepReport(verdict: Verdict): Promise<boolean> {
    const { place } = this.#story;
    if (!place) return wasLabelled();
    const [leaveMark, report] = [this.#lostTurn, this.#story.report(verdict)];
    try {
      const closed = await farewell.closeRelease({ ...place, releaseId: releaseId(), leaveMark, report });
      return isIndexed(closed, Date.now());
    } catch (error) {
      const why = causeOf(error, 'report').summary;
      this.#story.warn([`the report could not be kept in the store: ${why}`]);
      return false;
    }
  }

  #services(): readonly ServiceReport[] {
    const { targets } = this.#prepared;
    return this.#compensation.reports(targets, this.#story.verdict === 'succeeded');
  }
}

/** Kinds of causes for which a release was not let begin. */
const NOT_TO_BEGIN: ReadonlySet<string> = new Set(['unsafe-plan', NOT_ALLOWED, NOT_VERIFIED, OLDER_COMMIT]);

/** Stable over retries and over continue-as-new. */
const releaseId = (): string => {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  return `${workflowId}/${firstExecutionRunId}`;
};
