/**
 * A release, whatever it brings: its own way to the turn (a course: `deploy.ts`, `rollback.ts`), then the same rollout,
 * wait, health check and verdict, or everything put back. Reads top to bottom as DESIGN.md's "How a release flows";
 * each stage lies in its own file.
 */
import { CancellationScope, CancelledFailure, isCancellation } from '@temporalio/workflow';
import type { PreparedRollout, RunMigrationInput } from '../activities/contracts/rollout.ts';
import type { ClaimedPlan, MigrationPlan, Plan } from '../release/plan.ts';
import type { Cause, ReleaseReport, ServiceReport } from '../release/verdict.ts';
import { OperatorDesk } from './desks/operator-desk.ts';
import { hearInOrder } from './desks/signals.ts';
import { dismissed, TurnDesk } from './desks/turn-desk.ts';
import { causeOf, causeOfStop, failureWith, TURN_LOST, verdictUntouched } from './release-failure.ts';
import { ownRunId } from './run-id.ts';
import { announceRest } from './stages/announce-rest.ts';
import { awaitApproval } from './stages/approval-gate.ts';
import { bakeRelease } from './stages/bake-stage.ts';
import { type Claimed, claimEnvironment } from './stages/claim-stage.ts';
import { migrate } from './stages/migration-stage.ts';
import { promote } from './stages/promote-stage.ts';
import { rollOutWaves, verifyAll } from './stages/rollout-stage.ts';
import type { Course } from './telling/course.ts';
import { askWhatServes } from './telling/last-words.ts';
import { ReleaseStory } from './telling/release-story.ts';
import { ReleaseVoice } from './telling/release-voice.ts';
import { StepBoard } from './telling/step-board.ts';
import { Compensation } from './way-back/compensation.ts';
import { restoreAll } from './way-back/way-back.ts';

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
  readonly #turns = new TurnDesk(ownRunId());
  readonly #story: ReleaseStory;
  readonly #voice: ReleaseVoice;
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
    this.#voice = new ReleaseVoice(this.#story, ownRunId());
    hearInOrder({ ...this.#turns.signals, ...this.#desk.signals });
    this.#voice.answer();
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
    const [board, desk] = [this.#board, this.#desk];
    const made = await this.#prepare();
    // What it would bring is there already.
    if (!made) return;
    announceRest(made, board);
    await awaitApproval(made, board, desk);
    const { plan, waves, migration } = await this.#claim(made);
    const { latest } = this.#prepared;
    if (migration) await this.#migrate(plan, migration);
    const rollouts = await rollOutWaves(plan, waves, board, desk, this.#compensation);
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

  #prepare(): Promise<Plan | null> {
    const story = this.#story;
    return this.#course.prepare({
      releaseId: ownRunId(),
      startedAtMs: story.startedAtMs,
      board: this.#board,
      desk: this.#desk,
      turns: this.#turns,
      onSubject: this.#voice.onSubject,
      onGitHub: this.#voice.onGitHub,
      onPlan: (plan) => story.notePlan(plan),
      onInPlace: (number, services) => story.noteInPlace(number, services),
      onImages: (images) => {
        story.images = images;
      },
    });
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
        this.#voice.tellPhase('deploying');
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

  /** Something failed or somebody stopped it: put back what was touched, and say which of both it was. */
  async goBack(error: unknown): Promise<void> {
    const plan = this.#claimed;
    const cause = this.#causeOf(error);
    this.#story.cause = cause;
    const migration = this.#migration;
    if (migration)
      this.#story.warn([`the migration was run, and is not undone: ${migration.command.join(' ')}`]);
    if (!plan || !this.#compensation.touched) {
      this.#story.verdict = verdictUntouched(error, cause);
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
    this.#voice.tellPhase('restoring');
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
    if (await this.#voice.keepReport(verdict, this.#lostTurn)) this.#voice.label(verdict);
    await this.#voice.leave();
    const report = story.report(verdict);
    if (verdict === 'succeeded') return report;
    throw failureWith(report);
  }

  #causeOf(error: unknown): Cause {
    const step = this.#board.stepThatThrew(error) ?? this.#board.latest() ?? 'plan';
    if (!isCancellation(error)) return causeOf(error, step);
    const [{ stop }, { dismissal }] = [this.#desk, this.#turns];
    if (stop) return causeOfStop(stop, step);
    return causeOf(dismissal ? dismissed(dismissal, step) : error, step);
  }

  #services(): readonly ServiceReport[] {
    const { targets } = this.#prepared;
    return this.#compensation.reports(targets, this.#story.verdict === 'succeeded');
  }
}
