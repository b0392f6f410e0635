/**
 * What a release has touched and how it was before: the record that a rollback works from. Whatever is about to be
 * touched is registered here *before* it is, so that nothing can be missed; targets are absolute, so that a retried
 * undo cannot undo itself.
 */
import type { ServingResult } from '../../activities/contracts/deploy.ts';
import type { LatestTag, RolloutTarget } from '../../activities/contracts/rollout.ts';
import type { OperatorRecord, ServiceReport } from '../../release/verdict.ts';
import type { Wave } from '../stages/rollout-stage.ts';
import { Looks } from './looks.ts';
import type { Failing } from './restore.ts';

type Outcome = Pick<ServiceReport, 'state' | 'detail'>;

export class Compensation {
  readonly looks = new Looks();
  readonly #waves: Wave[] = [];
  #latest: readonly LatestTag[] = [];
  readonly #leftAlone = new Map<string, string>();
  readonly #outcomes = new Map<string, Outcome>();
  /** ECS service → what runs there now. */
  readonly #serving = new Map<string, string>();

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
    return this.#targets.every(({ name }) => this.#outcomes.get(name)?.state !== 'not-restored');
  }

  /** Newest first, as they go back. */
  get waves(): readonly Wave[] {
    return this.#waves.toReversed();
  }

  /** Where `latest` was; empty where it was not moved. */
  get latest(): readonly LatestTag[] {
    return this.#latest;
  }

  /** Those that are back on their baseline, as far as was seen. */
  get restored(): readonly RolloutTarget[] {
    return this.#targets.filter(({ name }) => this.#outcomes.get(name)?.state === 'restored');
  }

  get #targets(): readonly RolloutTarget[] {
    return this.#waves.flatMap((wave) => wave.targets);
  }

  /** A foreign change is no failure of ours; a service without a baseline is one that a person must look at. */
  isRestorable({ name, baseline, taskDefinition, found }: RolloutTarget): boolean {
    const foreign = this.#leftAlone.get(name);
    if (foreign !== undefined) {
      this.#outcomes.set(name, { state: 'left-alone', detail: foreign });
      return false;
    }
    if (baseline.restoreTo !== null) return true;
    const why = baseline.whyNone ?? `no deployment had completed, and it was on ${found}`;
    const detail = `nothing to go back to: ${why}; it was asked to run ${taskDefinition}`;
    this.#outcomes.set(name, { state: 'not-restored', detail });
    return false;
  }

  /** What a try to restore came to. */
  noteTry(targets: readonly RolloutTarget[], failing: Failing): void {
    for (const { name } of targets) this.#outcomes.set(name, this.#outcomeOf(name, failing.get(name)));
  }

  /** A person decided to leave it as it is, and why it could not be restored. */
  noteLeft(name: string, decision: OperatorRecord, why: string | undefined): void {
    const detail = [why, leftBy(decision)].filter(Boolean).join('; ');
    this.#outcomes.set(name, { state: 'not-restored', detail });
  }

  /** A person decided to leave everything as it is. */
  leaveAsItIs(decision: OperatorRecord): void {
    for (const { name } of this.#targets) this.noteLeft(name, decision, undefined);
  }

  /** Another release has the turn: what is not restored yet is for that one to put right. */
  leaveToOther(why: string): void {
    for (const { name } of this.#targets) {
      const isSettled = this.#outcomes.has(name) || this.#leftAlone.has(name);
      if (!isSettled) this.#outcomes.set(name, { state: 'not-restored', detail: why });
    }
  }

  /** What was seen to run, at the very end, of those that are not put back. */
  noteServing({ services }: ServingResult): void {
    for (const { service, now } of services) this.#serving.set(service, now);
  }

  /** @param hasSucceeded the release; false: not (yet) */
  reports(targets: readonly RolloutTarget[], hasSucceeded: boolean): readonly ServiceReport[] {
    const touched = new Set(this.#targets.map(({ name }) => name));
    return targets.map(({ name, service, baseline, taskDefinition, found }) => {
      const now = this.#serving.get(service);
      const common = {
        name,
        service,
        baseline: baseline.taskDefinition,
        ...(now === undefined ? {} : { now }),
      };
      if (!touched.has(name)) {
        const foreign = this.#leftAlone.get(name);
        return foreign === undefined
          ? { ...common, state: 'untouched', taskDefinition: found === '' ? null : found }
          : { ...common, state: 'left-alone', taskDefinition: null, detail: foreign };
      }
      const empty = this.looks.isEmpty(name) ? { empty: true as const } : {};
      if (hasSucceeded) {
        const health = this.looks.isHealthy(name) ? 'passed' : 'not-asked';
        return { ...common, state: 'updated', taskDefinition, health, ...empty };
      }
      const outcome = this.#outcomes.get(name) ?? { state: 'not-restored' as const };
      return {
        ...common,
        ...outcome,
        ...(outcome.state === 'restored' ? empty : {}),
        taskDefinition: outcome.state === 'restored' ? baseline.restoreTo : null,
      };
    });
  }

  #outcomeOf(name: string, why: string | undefined): Outcome {
    if (why !== undefined) return { state: 'not-restored', detail: why };
    const foreign = this.#leftAlone.get(name);
    return foreign === undefined ? { state: 'restored' } : { state: 'left-alone', detail: foreign };
  }
}

const leftBy = ({ action, who, reason }: OperatorRecord): string =>
  `left as it is by ${who} (${action})${reason === '' ? '' : `: ${reason}`}`;
