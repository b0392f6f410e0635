/**
 * Undoing a release: every touched service back to its recorded baseline, waves in reverse order, services of one
 * wave together, each waited for and verified; then `latest`. Targets are absolute, so that a retried undo cannot
 * undo itself; what is about to be touched is registered here before it is, so that nothing can be missed.
 * What cannot be restored does not keep the rest from its turn; it is tried again at a growing interval until a
 * person skips it or gives it up.
 */
import { CancellationScope, isCancellation, log } from '@temporalio/workflow';
import type { LatestTag, RolloutTarget } from '../activities/contract.ts';
import type { Plan } from '../release/plan.ts';
import type { OperatorRecord, ServiceReport } from '../release/verdict.ts';
import type { OperatorDesk } from './operator-desk.ts';
import { type Failing, restoreLatest, restoreServices } from './restore.ts';
import type { Wave } from './rollout-stage.ts';
import type { StepBoard } from './step-board.ts';

/** In poll intervals, so that tests that scale time down scale this too: 10 s and 5 min at the default of 5 s. */
const FIRST_RETRY_POLLS = 2;
const LONGEST_RETRY_POLLS = 60;

type Outcome = Pick<ServiceReport, 'state' | 'detail'>;

export interface CompensationParts {
  readonly plan: Plan;
  /** The plan's own, or that of an interrupted release. */
  readonly cluster: string;
  readonly board: StepBoard;
  readonly desk: OperatorDesk;
  /** Name of the step for a wave, or for `latest`. */
  readonly announce: (name: string) => string;
}

export class Compensation {
  readonly #waves: Wave[] = [];
  #latest: readonly LatestTag[] = [];
  readonly #leftAlone = new Map<string, string>();
  readonly #outcomes = new Map<string, Outcome>();

  /** To be called before the first mutation of the wave. */
  willTouch(wave: Wave): void {
    this.#waves.push(wave);
  }

  /** No service of the wave was touched after all, and that is certain. */
  didNotTouch(wave: Wave): void {
    const index = this.#waves.indexOf(wave);
    if (index >= 0) this.#waves.splice(index, 1);
  }

  /** To be called before `latest` is moved; where there was none before, it stays. */
  willMoveLatest(before: readonly LatestTag[]): void {
    this.#latest = before.filter((tag) => tag.digest !== null);
  }

  /** Services that somebody else has changed in the meantime: theirs now, not ours to roll back. */
  leaveAlone(services: readonly { readonly name: string; readonly summary: string }[]): void {
    for (const { name, summary } of services) this.#leftAlone.set(name, summary);
  }

  get touched(): boolean {
    return this.#waves.length > 0;
  }

  /** Everything that has a baseline is back on it and verified, or somebody else's. */
  get whole(): boolean {
    return this.#waves
      .flatMap((wave) => wave.targets)
      .every((target) => this.#outcomes.get(target.name)?.state !== 'not-restored');
  }

  /** Runs in a non-cancellable scope, until nothing is open any more. Returns warnings. */
  async restore(parts: CompensationParts): Promise<readonly string[]> {
    const { desk, plan } = parts;
    const { pollIntervalMs } = plan.timing;
    const waves = this.#waves.toReversed();
    const steps = new Map(waves.map((wave) => [wave, parts.announce(String(wave.number))]));
    const open = new Map<Wave, readonly RolloutTarget[]>(
      waves.map((wave) => [wave, wave.targets.filter((target) => this.#isRestorable(target))]),
    );
    const reasons = new Map<string, string>();
    let waitMs = pollIntervalMs * FIRST_RETRY_POLLS;
    for (;;) {
      for (const wave of waves) {
        const left = await this.#restoreWave(parts, steps.get(wave) ?? '', open.get(wave) ?? [], reasons);
        open.set(wave, left);
      }
      if (reasons.size === 0) break;
      log.error('a compensation failed', { ...Object.fromEntries(reasons), nextTryMs: waitMs });
      await desk.beforeRetry(waitMs);
      waitMs = Math.min(waitMs * 2, pollIntervalMs * LONGEST_RETRY_POLLS);
    }
    if (this.#latest.length === 0) return [];
    return parts.board.run(parts.announce('latest'), () => restoreLatest(plan, this.#latest));
  }

  /** A person decided to leave everything as it is. */
  leaveAsItIs(decision: OperatorRecord): void {
    for (const target of this.#waves.flatMap((wave) => wave.targets)) {
      this.#outcomes.set(target.name, { state: 'not-restored', detail: leftBy(decision) });
    }
  }

  reports(targets: readonly RolloutTarget[], succeeded: boolean): readonly ServiceReport[] {
    const touched = new Set(this.#waves.flatMap((wave) => wave.targets.map((target) => target.name)));
    return targets.map(({ name, service, baseline, taskDefinition }) => {
      const common = { name, service, baseline: baseline.taskDefinition };
      if (!touched.has(name)) {
        const foreign = this.#leftAlone.get(name);
        return foreign === undefined
          ? { ...common, state: 'untouched', taskDefinition: baseline.taskDefinition }
          : { ...common, state: 'left-alone', taskDefinition: null, detail: foreign };
      }
      if (succeeded) return { ...common, state: 'updated', taskDefinition };
      const outcome = this.#outcomes.get(name) ?? { state: 'not-restored' as const };
      return {
        ...common,
        ...outcome,
        taskDefinition: outcome.state === 'restored' ? baseline.restoreTo : null,
      };
    });
  }

  /** One turn of a wave; repeated only where a person interrupts it. Returns what is still open, reasons in `reasons`. */
  async #restoreWave(
    parts: CompensationParts,
    step: string,
    targets: readonly RolloutTarget[],
    reasons: Map<string, string>,
  ): Promise<readonly RolloutTarget[]> {
    for (;;) {
      const open = targets.filter((target) => !this.#isDropped(parts.desk, target.name, reasons));
      parts.desk.reportStuck(reasons);
      if (open.length === 0) {
        parts.board.skip(step, targets.length === 0 ? 'nothing to restore' : undefined);
        return [];
      }
      const failing = await tryOnce(parts, step, async () => {
        const result = await restoreServices(parts, open);
        this.leaveAlone(result.foreign);
        return result.failing;
      });
      if (failing === 'interrupted') continue;
      for (const { name } of open) {
        const why = failing.get(name);
        if (why === undefined) reasons.delete(name);
        else reasons.set(name, why);
        this.#outcomes.set(name, this.#outcomeOf(name, why));
      }
      parts.desk.reportStuck(reasons);
      return open.filter(({ name }) => failing.has(name));
    }
  }

  /** Skipped or given up by a person, who knew that it was stuck. */
  #isDropped(desk: OperatorDesk, name: string, reasons: Map<string, string>): boolean {
    const decision = desk.dropped(name);
    if (!decision) return false;
    const detail = [reasons.get(name), leftBy(decision)].filter(Boolean).join('; ');
    this.#outcomes.set(name, { state: 'not-restored', detail });
    reasons.delete(name);
    return true;
  }

  #outcomeOf(name: string, why: string | undefined): Outcome {
    if (why !== undefined) return { state: 'not-restored', detail: why };
    const foreign = this.#leftAlone.get(name);
    return foreign === undefined ? { state: 'restored' } : { state: 'left-alone', detail: foreign };
  }

  /** A foreign change is no failure of ours; a service without a baseline is one that a person must look at. */
  #isRestorable({ name, baseline, taskDefinition }: RolloutTarget): boolean {
    const foreign = this.#leftAlone.get(name);
    if (foreign !== undefined) {
      this.#outcomes.set(name, { state: 'left-alone', detail: foreign });
      return false;
    }
    if (baseline.restoreTo !== null) return true;
    const detail = `first deployment: nothing to go back to; it was asked to run ${taskDefinition}`;
    this.#outcomes.set(name, { state: 'not-restored', detail });
    return false;
  }
}

const tryOnce = async (
  { board, desk }: CompensationParts,
  step: string,
  attempt: () => Promise<Failing>,
): Promise<Failing | 'interrupted'> => {
  const scope = new CancellationScope();
  const work = async (): Promise<void> => {
    const failing = await scope.run(attempt);
    if (failing.size > 0) throw new NotRestored(failing);
  };
  try {
    await desk.restoring(
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

const leftBy = ({ action, who, reason }: OperatorRecord): string =>
  `left as it is by ${who} (${action})${reason === '' ? '' : `: ${reason}`}`;
