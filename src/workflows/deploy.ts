/**
 * The `deploy` workflow: one commit brought to one environment, or everything put back.
 * Reads top to bottom as DESIGN.md's "How a release flows"; each stage lies in its own file.
 */
import {
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { RolloutTarget } from '../activities/contract.ts';
import type { Plan, ReleaseRequest } from '../release/plan.ts';
import { readRequest } from '../release/request.ts';
import type { Cause, ImageReport, ReleaseReport, ReleaseStatus, Verdict } from '../release/verdict.ts';
import { runBuildStage, toDigests } from './build-stage.ts';
import { Compensation } from './compensation.ts';
import { OperatorDesk, statusQuery } from './messages.ts';
import { control, deploys } from './proxies.ts';
import { causeOf, ReleaseFailure } from './release-failure.ts';
import { announceWaves, rollOutWave, wavesOf } from './rollout-stage.ts';
import { StepBoard } from './step-board.ts';

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
  return release.end();
};

class Release {
  readonly #request: ReleaseRequest;
  readonly #startedAtMs = Date.now();
  readonly #board = new StepBoard();
  readonly #desk = new OperatorDesk();
  readonly #compensation = new Compensation();
  #plan: Plan | null = null;
  #images: readonly ImageReport[] = [];
  #targets: readonly RolloutTarget[] = [];
  #warnings: readonly string[] = [];
  #cause: Cause | null = null;
  #verdict: Verdict | null = null;
  #endedAtMs: number | null = null;

  constructor(request: ReleaseRequest) {
    this.#request = request;
    setHandler(statusQuery, () => this.#status());
  }

  async goForward(): Promise<void> {
    const board = this.#board;
    const plan = await this.#makePlan();
    this.#images = await runBuildStage(plan, board);

    board.announce('register', '');
    announceWaves(plan, board);
    board.announce('promote', '');
    this.#targets = await board.run('register', () =>
      deploys.prepareRollout({ releaseId: releaseId(), plan, images: toDigests(this.#images) }),
    );
    for (const wave of wavesOf(plan, this.#targets)) await rollOutWave(plan, wave, board, this.#compensation);
    await this.#promote(plan);
    this.#verdict = 'succeeded';
  }

  /** Something failed or somebody cancelled: put back what was touched, and say which of both it was. */
  async goBack(error: unknown): Promise<void> {
    this.#cause = causeOf(error, this.#board.stepThatThrew(error) ?? 'plan');
    if (this.#plan && this.#compensation.touched) {
      const whole = await this.#compensation.restore(this.#plan, this.#board, this.#desk);
      this.#verdict = whole ? 'rolled-back' : 'rollback-failed';
    } else if (isCancellation(error)) {
      this.#verdict = 'aborted';
    } else {
      this.#verdict = this.#cause.kind === 'unsafe-plan' ? 'refused' : 'failed';
    }
  }

  /** The report as the workflow's result, or as the failure that carries it. */
  end(): ReleaseReport {
    this.#board.skipWaiting();
    this.#endedAtMs = Date.now();
    const { phase: _phase, stuck: _stuck, ...status } = this.#status();
    const verdict = this.#verdict ?? 'failed';
    const report: ReleaseReport = { ...status, verdict, endedAtMs: this.#endedAtMs };
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
      async () => deploys.inspect(await control.readSource(this.#request)),
      (made) => ({ detail: `${made.images.length} images, ${made.services.length} services` }),
    );
    this.#plan = plan;
    this.#warnings = plan.warnings;
    return plan;
  }

  /** `latest` is a label for people: failing to move it is a warning on a healthy release, not its end. */
  async #promote(plan: Plan): Promise<void> {
    const fixed = plan.images.filter((image) => !image.movesLatest).map((image) => image.name);
    const movable = this.#images.filter((image) => !fixed.includes(image.name));
    try {
      await this.#board.run('promote', () => deploys.moveLatest({ images: toDigests(movable) }));
    } catch (error) {
      if (isCancellation(error)) throw error;
      this.#warnings = [...this.#warnings, `\`latest\` was not moved: ${causeOf(error, 'promote').summary}`];
    }
  }

  #status(): ReleaseStatus {
    return {
      phase: this.#endedAtMs !== null ? 'ended' : this.#cause ? 'restoring' : 'running',
      stuck: this.#desk.stuck,
      verdict: this.#verdict,
      app: this.#plan?.app ?? this.#request.app ?? '',
      environment: this.#request.environment,
      commit: this.#plan?.commit ?? null,
      startedBy: this.#request.startedBy ?? null,
      cause: this.#cause,
      steps: this.#board.list(),
      images: this.#images,
      services: this.#compensation.reports(this.#targets, this.#verdict === 'succeeded'),
      warnings: this.#warnings,
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
