/**
 * Undoing a release: `latest` goes back, then every touched service to its recorded baseline, waves in reverse
 * order, services of one wave together, each waited for and verified. Targets are absolute, so that a retried undo
 * cannot undo itself; what is about to be touched is registered here before it is, so that nothing can be missed.
 * What cannot be restored is tried again at a growing interval until a person skips it or gives up.
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

/** Name under which the tags are reported, skipped and given up, beside the services' own. */
const LATEST = 'latest';

export interface CompensationParts {
  readonly plan: Plan;
  /** The plan's own, or that of an interrupted release. */
  readonly cluster: string;
  readonly board: StepBoard;
  readonly desk: OperatorDesk;
  /** Of the steps: `restore`, or `repair` for an interrupted release. */
  readonly kind: 'restore' | 'repair';
}

export class Compensation {
  readonly #waves: Wave[] = [];
  #latest: readonly LatestTag[] = [];
  #latestBack = true;
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

  /** Runs in a non-cancellable scope. True when everything that has a baseline is back on it and verified. */
  async restore(parts: CompensationParts): Promise<boolean> {
    if (this.#latest.length > 0) {
      const step = parts.board.announce(parts.kind, LATEST);
      const failing = await untilRestored(parts, step, [LATEST], () => restoreLatest(parts, this.#latest));
      this.#latestBack = failing.size === 0;
    }
    let whole = this.#latestBack;
    for (const wave of this.#waves.toReversed()) {
      const step = parts.board.announce(parts.kind, String(wave.number));
      const restored = await this.#restoreWave(parts, wave, step);
      whole &&= restored;
    }
    return whole;
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

  async #restoreWave(parts: CompensationParts, wave: Wave, step: string): Promise<boolean> {
    const restorable = wave.targets.filter((target) => this.#isRestorable(target));
    if (restorable.length === 0) {
      const detail = wave.targets.map((target) => this.#outcomes.get(target.name)?.detail).join('; ');
      await parts.board.run(
        step,
        async () => undefined,
        () => ({ detail }),
      );
    } else {
      const names = restorable.map((target) => target.name);
      const failing = await untilRestored(parts, step, names, async (open) => {
        const wanted = restorable.filter((target) => open.includes(target.name));
        const { failing: missed, foreign } = await restoreServices(parts, { ...wave, targets: wanted });
        this.leaveAlone(foreign);
        return missed;
      });
      for (const { name } of restorable) this.#outcomes.set(name, this.#outcomeOf(name, failing));
    }
    return wave.targets.every((target) => this.#outcomes.get(target.name)?.state !== 'not-restored');
  }

  #outcomeOf(name: string, failing: Failing): Outcome {
    const why = failing.get(name);
    if (why !== undefined) return { state: 'not-restored', detail: why };
    const foreign = this.#leftAlone.get(name);
    return foreign === undefined ? { state: 'restored' } : { state: 'left-alone', detail: foreign };
  }

  /** A foreign change is no failure of ours; a service without a baseline is one that a person must look at. */
  #isRestorable(target: RolloutTarget): boolean {
    const foreign = this.#leftAlone.get(target.name);
    if (foreign !== undefined) {
      this.#outcomes.set(target.name, { state: 'left-alone', detail: foreign });
      return false;
    }
    if (target.baseline.restoreTo !== null) return true;
    this.#outcomes.set(target.name, {
      state: 'not-restored',
      detail: `first deployment: nothing to go back to; it is left on ${target.taskDefinition}`,
    });
    return false;
  }
}

/**
 * Tries until nothing is failing, or people have skipped or given up the rest; those are returned, with the reason.
 * Each try is for what is still open; a retry, skip or give-up interrupts the waiting in it.
 */
const untilRestored = async (
  parts: CompensationParts,
  step: string,
  names: readonly string[],
  attempt: (open: readonly string[]) => Promise<Failing>,
): Promise<Failing> => {
  const { desk } = parts;
  const { pollIntervalMs } = parts.plan.timing;
  const longestMs = pollIntervalMs * LONGEST_RETRY_POLLS;
  const dropped = new Map<string, string>();
  let reasons: Failing = new Map();
  let open = names;
  let waitMs = pollIntervalMs * FIRST_RETRY_POLLS;
  while (open.length > 0) {
    const tried = open;
    const failing = await tryOnce(parts, step, () => attempt(tried));
    if (failing !== 'interrupted') {
      reasons = failing;
      open = tried.filter((name) => failing.has(name));
      desk.reportStuck(failing);
      if (open.length === 0) break;
      log.error('a compensation failed', { step, ...Object.fromEntries(failing), nextTryMs: waitMs });
      await desk.beforeRetry(waitMs);
      waitMs = Math.min(waitMs * 2, longestMs);
    }
    for (const name of open) {
      const decision = desk.skipped(name) ?? desk.givenUp;
      if (decision) dropped.set(name, [reasons.get(name), leftBy(decision)].filter(Boolean).join('; '));
    }
    open = open.filter((name) => !dropped.has(name));
  }
  desk.reportStuck(new Map());
  return dropped;
};

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
    await desk.interruptible(
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
