/**
 * The way back of a release: every touched service to its recorded baseline, waves in reverse order, services of one
 * wave together, each waited for and verified; a last look at all of them; then `latest`. What cannot be restored does
 * not keep the rest from its turn; it is tried again at a growing interval until a person skips it or gives it up.
 */
import { CancellationScope, isCancellation, log } from '@temporalio/workflow';
import type { Rollout, RolloutTarget } from '../../activities/contracts/rollout.ts';
import type { ClaimedPlan } from '../../release/plan.ts';
import type { OperatorDesk } from '../desks/operator-desk.ts';
import type { Wave } from '../stages/rollout-stage.ts';
import type { StepBoard } from '../telling/step-board.ts';
import type { Compensation } from './compensation.ts';
import { type Failing, lookAgain, type RestoreResult, restoreLatest, restoreServices } from './restore.ts';

/** In poll intervals, so that tests that scale time down scale this too: 10 s and 5 min at the default of 5 s. */
const FIRST_RETRY_POLLS = 2;
const LONGEST_RETRY_POLLS = 60;

export interface WayBackParts {
  readonly compensation: Compensation;
  /** The release's own; in a repair it leads to where the interrupted release was. */
  readonly plan: ClaimedPlan;
  readonly board: StepBoard;
  readonly desk: OperatorDesk;
  /** Name of the step for a wave, for the last look (`verify`), or for `latest`. */
  readonly announce: (name: string) => string;
}

/** Runs in a non-cancellable scope, until nothing is open any more. Returns warnings. */
export const restoreAll = async (parts: WayBackParts): Promise<readonly string[]> => {
  const { compensation, plan, board, announce } = parts;
  await new WayBack(parts).run();
  const empty = compensation.restored
    .filter(({ name }) => compensation.looks.isEmpty(name))
    .map(({ name }) => `${name} is scaled to zero: it was put back, but nothing runs there`);
  if (compensation.latest.length === 0) return empty;
  const left = await board.run(announce('latest'), () => restoreLatest(plan, compensation.latest));
  return [...empty, ...left];
};

class WayBack {
  readonly #parts: WayBackParts;
  /** Why what is still open could not be restored, by name. */
  readonly #reasons = new Map<string, string>();
  /** What has brought services back. */
  readonly #rollouts = new Map<string, Rollout>();

  constructor(parts: WayBackParts) {
    this.#parts = parts;
  }

  async run(): Promise<void> {
    const { compensation, desk, plan, announce } = this.#parts;
    const { pollIntervalMs } = plan.timing;
    const { waves } = compensation;
    const steps = new Map(waves.map((wave) => [wave, announce(String(wave.number))]));
    let open: readonly RolloutTarget[] = waves
      .flatMap((wave) => wave.targets)
      .filter((target) => compensation.isRestorable(target));
    let waitMs = pollIntervalMs * FIRST_RETRY_POLLS;
    for (let turn = 1; ; turn += 1) {
      const left: RolloutTarget[] = [];
      for (const wave of waves) {
        left.push(...(await this.#restoreWave(steps.get(wave) ?? '', targetsIn(wave, open))));
      }
      // One wave at its first try: nothing else was waited for since.
      const hasWaited = turn > 1 || waves.length > 1;
      open = left.length === 0 && hasWaited ? await this.#lookAgain() : left;
      if (open.length === 0) return;
      log.error('a compensation failed', { ...Object.fromEntries(this.#reasons), nextTryMs: waitMs });
      await desk.beforeRetry(waitMs);
      waitMs = Math.min(waitMs * 2, pollIntervalMs * LONGEST_RETRY_POLLS);
    }
  }

  /** One turn of a wave; repeated only where a person interrupts it. Returns what is still open. */
  async #restoreWave(step: string, targets: readonly RolloutTarget[]): Promise<readonly RolloutTarget[]> {
    const { board, desk } = this.#parts;
    for (;;) {
      const open = targets.filter((target) => !this.#isDropped(target.name));
      desk.stuck.report(this.#reasons);
      if (open.length === 0) {
        board.skip(step, targets.length === 0 ? 'nothing to restore' : undefined);
        return [];
      }
      const left = await this.#tryOnce(step, open, () => restoreServices(this.#parts, open));
      if (left !== 'interrupted') return left;
    }
  }

  /** Returns those that are not where they were brought any more. */
  async #lookAgain(): Promise<readonly RolloutTarget[]> {
    const { compensation, board, announce } = this.#parts;
    const step = announce('verify');
    for (;;) {
      const { restored } = compensation;
      if (restored.length === 0) {
        board.skip(step, 'nothing was restored');
        return [];
      }
      const rollouts = restored.flatMap(({ name }) => this.#rollouts.get(name) ?? []);
      const left = await this.#tryOnce(step, restored, () => lookAgain(this.#parts, restored, rollouts));
      if (left !== 'interrupted') return left;
    }
  }

  /** Returns what is still open; its reasons are kept. */
  async #tryOnce(
    step: string,
    targets: readonly RolloutTarget[],
    attempt: () => Promise<RestoreResult>,
  ): Promise<readonly RolloutTarget[] | 'interrupted'> {
    const { compensation, desk } = this.#parts;
    const failing = await tryOnce(this.#parts, step, async () => {
      const result = await attempt();
      compensation.leaveAlone(result.foreign);
      for (const rollout of result.rollouts) this.#rollouts.set(rollout.name, rollout);
      return result.failing;
    });
    if (failing === 'interrupted') {
      desk.throwIfRepairEnds();
      return failing;
    }
    compensation.noteTry(targets, failing);
    for (const { name } of targets) this.#reasons.delete(name);
    for (const [name, why] of failing) this.#reasons.set(name, why);
    desk.stuck.report(this.#reasons);
    return targets.filter(({ name }) => failing.has(name));
  }

  /** Skipped or given up by a person, who knew that it was stuck. */
  #isDropped(name: string): boolean {
    const { compensation, desk } = this.#parts;
    const decision = desk.stuck.droppedBy(name);
    if (!decision) return false;
    compensation.noteLeft(name, decision, this.#reasons.get(name));
    this.#reasons.delete(name);
    return true;
  }
}

const targetsIn = (wave: Wave, targets: readonly RolloutTarget[]): readonly RolloutTarget[] =>
  targets.filter((target) => wave.targets.includes(target));

const tryOnce = async (
  { board, desk }: WayBackParts,
  step: string,
  attempt: () => Promise<Failing>,
): Promise<Failing | 'interrupted'> => {
  const scope = new CancellationScope();
  const work = async (): Promise<void> => {
    const failing = await scope.run(attempt);
    if (failing.size > 0) throw new NotRestored(failing);
  };
  try {
    await desk.stuck.trying(
      () => scope.cancel(),
      () => board.run(step, work),
    );
    return new Map();
  } catch (error) {
    if (isCancellation(error)) return 'interrupted';
    if (error instanceof NotRestored) return error.failing;
    throw error;
  }
};

/** Thrown through the step board only, so that the step is shown as failed. */
class NotRestored extends Error {
  readonly failing: Failing;

  constructor(failing: Failing) {
    super([...failing].map(([name, why]) => `${name}: ${why}`).join('; '));
    this.failing = failing;
  }
}
