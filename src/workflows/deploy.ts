/**
 * The `deploy` workflow: one commit brought to one environment, or everything put back.
 * Reads top to bottom as DESIGN.md's "How a release flows"; each stage lies in its own file.
 */
import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { PreparedRollout, Rollout, RunMigrationInput } from '../activities/contract.ts';
import type { MigrationPlan, Plan, ReleaseRequest } from '../release/plan.ts';
import { readRequest } from '../release/request.ts';
import type {
  Cause,
  ImageReport,
  ReleaseReport,
  ReleaseStatus,
  ServiceReport,
  Verdict,
} from '../release/verdict.ts';
import { awaitApproval } from './approval-gate.ts';
import { bakeRelease } from './bake-stage.ts';
import { runBuildStage } from './build-stage.ts';
import { type Claimed, claimEnvironment } from './claim-stage.ts';
import { Compensation } from './compensation.ts';
import { askWhatServes } from './last-words.ts';
import { statusQuery } from './messages.ts';
import { migrate } from './migration-stage.ts';
import { OperatorDesk } from './operator-desk.ts';
import { promote } from './promote-stage.ts';
import { control, farewell, inspection } from './proxies.ts';
import { causeOf, causeOfStop, ReleaseFailure } from './release-failure.ts';
import { announceWaves, rollOutWave, verifyAll, type Wave } from './rollout-stage.ts';
import { StepBoard } from './step-board.ts';
import { restoreAll } from './way-back.ts';

/** @param input a ReleaseRequest, as far as the starter got it right */
export const deploy = async (input: ReleaseRequest): Promise<ReleaseReport> => {
  const { request, problem } = readRequest(input);
  const release = new Release(request ?? { environment: '', sha: '' });
  try {
    if (problem !== null) throw new ReleaseFailure('configuration', 'plan', problem);
    await release.goForward();
  } catch (error) {
    await CancellationScope.nonCancellable(() => release.goBack(error));
  }
  return CancellationScope.nonCancellable(() => release.end());
};

class Release {
  readonly #request: ReleaseRequest;
  readonly #startedAtMs = Date.now();
  readonly #board = new StepBoard();
  readonly #compensation = new Compensation();
  readonly #desk: OperatorDesk;
  #plan: Plan | null = null;
  #images: readonly ImageReport[] = [];
  #prepared: PreparedRollout = { targets: [], latest: [] };
  #repaired: readonly string[] = [];
  #watched: readonly string[] = [];
  #warnings: readonly string[] = [];
  /** The one whose command was started, if any. */
  #migration: MigrationPlan | null = null;
  #restoring = false;
  #cause: Cause | null = null;
  #verdict: Verdict | null = null;
  #endedAtMs: number | null = null;

  constructor(request: ReleaseRequest) {
    this.#request = request;
    const root = CancellationScope.current();
    this.#desk = new OperatorDesk(() => ({
      phase: this.#verdict !== null ? 'ended' : this.#restoring ? 'restoring' : 'running',
      touched: this.#compensation.touched,
      cancelled: root.consideredCancelled,
    }));
    setHandler(statusQuery, () => this.#status());
  }

  /** Until the release has succeeded, or throws: what failed, or a cancellation (an operator's or Temporal's). */
  async goForward(): Promise<void> {
    const scope = new CancellationScope();
    await this.#desk.forward(
      () => scope.cancel(),
      () =>
        scope.run(async () => {
          await this.#forward();
          // A last step that was past cancelling must not turn an accepted stop into a success.
          if (scope.consideredCancelled) throw new CancelledFailure('stopped at the very end');
        }),
    );
    this.#verdict = 'succeeded';
  }

  async #forward(): Promise<void> {
    const board = this.#board;
    const desk = this.#desk;
    const plan = await this.#makePlan();
    this.#images = await runBuildStage(plan, board);
    this.#announceRest(plan);
    await awaitApproval(plan, board, desk);
    const { waves, migration } = await this.#claim(plan);
    const { latest } = this.#prepared;
    if (migration) await this.#migrate(plan, migration);
    const rollouts = await this.#rollOut(plan, waves);
    if (plan.bake) {
      await bakeRelease(plan, plan.bake, rollouts, board, (lines) => {
        this.#watched = lines;
      });
    }
    // A pause may be long: what is told at the end has been seen after it.
    do {
      await desk.beforeChange();
      await verifyAll(plan, waves, rollouts, board, this.#compensation);
    } while (desk.paused);
    this.#warn(await promote(plan, this.#images, latest, board, this.#compensation));
    this.#warn(this.#compensation.looks.warnings(this.#prepared.targets));
  }

  /** Something failed or somebody stopped it: put back what was touched, and say which of both it was. */
  async goBack(error: unknown): Promise<void> {
    const plan = this.#plan;
    this.#cause = this.#causeOf(error);
    const migration = this.#migration;
    if (migration) this.#warn([`the migration was run, and is not undone: ${migration.command.join(' ')}`]);
    if (!plan || !this.#compensation.touched) {
      this.#verdict = this.#verdictUntouched(error);
      return;
    }
    if (migration?.reversible === false && !isCancellation(error) && !this.#desk.stop) {
      const decision = await this.#desk.decision(
        'the migration cannot be undone: roll the services back over it (rollback), or leave all as it is (give-up)?',
      );
      if (decision.action === 'give-up') {
        this.#compensation.leaveAsItIs(decision);
        this.#verdict = 'rollback-failed';
        return;
      }
    }
    this.#restoring = true;
    this.#desk.beginWayBack();
    const board = this.#board;
    const announce = (name: string): string => board.announce('restore', name);
    const [compensation, desk, { cluster }] = [this.#compensation, this.#desk, plan];
    this.#warn(await restoreAll({ compensation, plan, cluster, board, desk, announce }));
    this.#verdict = compensation.whole ? 'rolled-back' : 'rollback-failed';
  }

  /** The report as the workflow's result, or as the failure that carries it. */
  async end(): Promise<ReleaseReport> {
    this.#board.skipWaiting();
    if (this.#plan) this.#compensation.noteServing(await askWhatServes(this.#plan, this.#services()));
    this.#endedAtMs = Date.now();
    const verdict = this.#verdict ?? 'failed';
    await this.#keepReport(verdict);
    const report = this.#report(verdict);
    if (verdict === 'succeeded') return report;
    throw ApplicationFailure.create({
      type: verdict,
      message: `${verdict}: ${report.cause?.summary ?? 'no cause recorded'}`,
      nonRetryable: true,
      details: [report],
    });
  }

  async #makePlan(): Promise<Plan> {
    const step = this.#board.announce('plan', '');
    const plan = await this.#board.run(
      step,
      async () => inspection.inspect(await control.readSource(this.#request)),
      (made) => ({ detail: `${made.images.length} images, ${made.services.length} services` }),
    );
    this.#plan = plan;
    this.#warnings = plan.warnings;
    return plan;
  }

  #announceRest(plan: Plan): void {
    const board = this.#board;
    if (plan.approval) board.announce('approve', '');
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
      images: this.#images,
      release: { releaseId: releaseId(), startedAtMs: this.#startedAtMs },
      board: this.#board,
      desk: this.#desk,
      onRepaired: (repaired, warnings) => {
        this.#repaired = [...this.#repaired, repaired];
        this.#warn(warnings);
      },
      onPrepared: (prepared) => {
        this.#prepared = prepared;
      },
    });
  }

  async #migrate(plan: Plan, input: RunMigrationInput): Promise<void> {
    await this.#desk.beforeChange();
    await migrate(plan, input, this.#board, () => {
      this.#migration = input.migration;
    });
  }

  async #rollOut(plan: Plan, waves: readonly Wave[]): Promise<readonly Rollout[]> {
    const rollouts: Rollout[] = [];
    for (const wave of waves) {
      await this.#desk.beforeChange();
      rollouts.push(...(await rollOutWave(plan, wave, this.#board, this.#compensation)));
    }
    return rollouts;
  }

  #warn(lines: readonly string[]): void {
    this.#warnings = [...this.#warnings, ...lines];
  }

  #causeOf(error: unknown): Cause {
    const step = this.#board.stepThatThrew(error) ?? this.#board.latest() ?? 'plan';
    const { stop } = this.#desk;
    return stop && isCancellation(error) ? causeOfStop(stop, step) : causeOf(error, step);
  }

  #verdictUntouched(error: unknown): Verdict {
    const kind = this.#cause?.kind;
    if (isCancellation(error) || kind === 'approval-expired') return 'aborted';
    if (kind === 'superseded') return 'superseded';
    return kind === 'unsafe-plan' ? 'refused' : 'failed';
  }

  async #keepReport(verdict: Verdict): Promise<void> {
    if (!this.#plan) return;
    const { app, environment } = this.#plan;
    const repaired = this.#repaired;
    const report = this.#report(verdict);
    try {
      await farewell.closeRelease({ releaseId: releaseId(), app, environment, repaired, report });
    } catch (error) {
      const why = causeOf(error, 'report').summary;
      this.#warn([`the report could not be kept in the store: ${why}`]);
    }
  }

  #report(verdict: Verdict): ReleaseReport {
    const { phase: _phase, stuck: _stuck, hold: _hold, ...status } = this.#status();
    return { ...status, verdict, endedAtMs: this.#endedAtMs ?? Date.now() };
  }

  #services(): readonly ServiceReport[] {
    const { targets } = this.#prepared;
    return this.#compensation.reports(targets, this.#verdict === 'succeeded');
  }

  #status(): ReleaseStatus {
    return {
      phase: this.#endedAtMs !== null ? 'ended' : this.#restoring ? 'restoring' : 'running',
      hold: this.#desk.hold,
      stuck: this.#desk.stuck,
      verdict: this.#verdict,
      app: this.#plan?.app ?? this.#request.app ?? '',
      environment: this.#request.environment,
      cluster: this.#plan?.cluster ?? null,
      commit: this.#plan?.commit ?? null,
      startedBy: this.#request.startedBy ?? null,
      cause: this.#cause,
      steps: this.#board.list(),
      images: this.#images,
      services: this.#services(),
      warnings: this.#warnings,
      operators: this.#desk.records,
      watched: this.#watched,
      startedAtMs: this.#startedAtMs,
      endedAtMs: this.#endedAtMs,
    };
  }
}

/** Stable over retries and over continue-as-new. */
const releaseId = (): string => {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  return `${workflowId}/${firstExecutionRunId}`;
};
