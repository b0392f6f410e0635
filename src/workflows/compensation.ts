/**
 * Undoing a release: every touched service goes back to its recorded baseline, waves in reverse order,
 * services of one wave together, waited for and verified. Targets are absolute, so that a retried undo
 * cannot undo itself; services are registered here before they are touched, so that nothing can be missed.
 */
import { log } from '@temporalio/workflow';
import type { RolloutTarget } from '../activities/contract.ts';
import type { Plan } from '../release/plan.ts';
import type { ServiceReport } from '../release/verdict.ts';
import type { OperatorDesk } from './messages.ts';
import { deploys } from './proxies.ts';
import { causeOf, ReleaseFailure } from './release-failure.ts';
import { checkWaveHealth, type Wave } from './rollout-stage.ts';
import type { StepBoard } from './step-board.ts';

/** In poll intervals, so that tests that scale time down scale this too: 10 s and 5 min at the default of 5 s. */
const FIRST_RETRY_POLLS = 2;
const LONGEST_RETRY_POLLS = 60;

type Outcome = Pick<ServiceReport, 'state' | 'detail'>;

export class Compensation {
  readonly #waves: Wave[] = [];
  readonly #leftAlone = new Map<string, string>();
  readonly #outcomes = new Map<string, Outcome>();

  /** To be called before the first mutation of the wave. */
  willTouch(wave: Wave): void {
    this.#waves.push(wave);
  }

  /** Services that somebody else has changed in the meantime: theirs now, not ours to roll back. */
  leaveAlone(services: readonly { readonly name: string; readonly summary: string }[]): void {
    for (const { name, summary } of services) this.#leftAlone.set(name, summary);
  }

  get touched(): boolean {
    return this.#waves.length > 0;
  }

  /** Runs in a non-cancellable scope. True when everything that has a baseline is back on it and verified. */
  async restore(plan: Plan, board: StepBoard, desk: OperatorDesk): Promise<boolean> {
    let whole = true;
    for (const wave of this.#waves.toReversed()) {
      const step = board.announce('restore', String(wave.number));
      const restored = await this.#restoreWave(plan, wave, step, board, desk);
      whole &&= restored;
    }
    return whole;
  }

  reports(targets: readonly RolloutTarget[], succeeded: boolean): readonly ServiceReport[] {
    const touched = new Set(this.#waves.flatMap((wave) => wave.targets.map((target) => target.name)));
    return targets.map(({ name, service, baseline, taskDefinition }) => {
      const common = { name, service, baseline: baseline.taskDefinition };
      if (!touched.has(name))
        return { ...common, state: 'untouched', taskDefinition: baseline.taskDefinition };
      if (succeeded) return { ...common, state: 'updated', taskDefinition };
      const outcome = this.#outcomes.get(name) ?? { state: 'not-restored' as const };
      return {
        ...common,
        ...outcome,
        taskDefinition: outcome.state === 'restored' ? baseline.restoreTo : null,
      };
    });
  }

  async #restoreWave(
    plan: Plan,
    wave: Wave,
    step: string,
    board: StepBoard,
    desk: OperatorDesk,
  ): Promise<boolean> {
    const restorable = wave.targets.filter((target) => this.#isRestorable(target));
    if (restorable.length === 0) {
      await board.run(
        step,
        async () => undefined,
        () => ({ detail: 'nothing to go back to' }),
      );
      return this.#whole(wave);
    }
    const { pollIntervalMs } = plan.timing;
    const longestMs = pollIntervalMs * LONGEST_RETRY_POLLS;
    for (let waitMs = pollIntervalMs * FIRST_RETRY_POLLS; ; waitMs = Math.min(waitMs * 2, longestMs)) {
      try {
        await board.run(step, () => restoreOnce(plan, { ...wave, targets: restorable }));
        for (const target of restorable) this.#outcomes.set(target.name, { state: 'restored' });
        return this.#whole(wave);
      } catch (error) {
        const cause = causeOf(error, step);
        log.error('a compensation failed', { step, cause: cause.summary, nextTryMs: waitMs });
        const givenUp = await desk.whileStuck(`${step}: ${cause.summary}`, waitMs);
        if (!givenUp) continue;
        for (const target of restorable) {
          this.#outcomes.set(target.name, { state: 'not-restored', detail: cause.summary });
        }
        return false;
      }
    }
  }

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

  /** A foreign change is no failure of ours; a service without a baseline is one that a person must look at. */
  #whole(wave: Wave): boolean {
    return wave.targets.every((target) => this.#outcomes.get(target.name)?.state !== 'not-restored');
  }
}

const restoreOnce = async (plan: Plan, wave: Wave): Promise<void> => {
  const updates = wave.targets.flatMap(({ name, service, baseline }) =>
    baseline.restoreTo === null || baseline.taskDefinition === null
      ? []
      : [{ name, service, taskDefinition: baseline.restoreTo, acceptable: [baseline.taskDefinition] }],
  );
  const rollouts = await deploys.updateServices({ cluster: plan.cluster, updates });
  const { failures } = await deploys.waitUntilStable({
    cluster: plan.cluster,
    timing: plan.timing,
    rollouts: rollouts.map((rollout) => ({ ...rollout, baseline: null })),
  });
  const [failure] = failures;
  if (failure) {
    throw new ReleaseFailure(
      failure.kind,
      'restore',
      `${failure.name}: ${failure.summary}`,
      failure.evidence,
    );
  }
  await checkWaveHealth(plan, wave, null);
};
