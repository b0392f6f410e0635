/**
 * The steps of a release as people see them: what the `status` query answers and the report keeps.
 * `Date.now()` is workflow time here, the same on every replay.
 */
import { isCancellation } from '@temporalio/workflow';
import type { Architecture } from '../../release/plan.ts';
import type { StepKind, StepState, StepStatus } from '../../release/verdict.ts';
import { causeOf } from '../release-failure.ts';

export interface StepNote {
  readonly detail?: string;
  readonly logKey?: string;
}

export class StepBoard {
  readonly #steps = new Map<string, StepStatus>();
  readonly #thrown = new Map<unknown, string>();

  /** Announces a step before it starts, so that people see what is to come. */
  announce(kind: StepKind, name: string, architecture?: Architecture): string {
    const id = name ? `${kind}:${name}` : kind;
    this.#steps.set(id, { id, kind, name, state: 'waiting', ...(architecture ? { architecture } : {}) });
    return id;
  }

  /** Runs a step and keeps its times, its end and one line about it. Errors go on to the caller. */
  async run<T>(id: string, work: () => Promise<T>, note: (result: T) => StepNote = () => ({})): Promise<T> {
    this.#begin(id);
    try {
      const result = await work();
      this.#set(id, { state: 'succeeded', endedAtMs: Date.now(), ...note(result) });
      return result;
    } catch (error) {
      this.#thrown.set(error, id);
      const state: StepState = isCancellation(error) ? 'cancelled' : 'failed';
      this.#set(id, { state, endedAtMs: Date.now(), detail: causeOf(error, id).summary });
      throw error;
    }
  }

  /** What a step that runs is doing at the moment. */
  say(id: string, detail: string): void {
    if (this.#step(id).state === 'running') this.#set(id, { detail });
  }

  /** A step that needs no work, or none any more; one that has an outcome keeps it. */
  skip(id: string, detail: string | undefined): void {
    if (this.#step(id).state === 'waiting')
      this.#set(id, { state: 'skipped', ...(detail ? { detail } : {}) });
  }

  /** What never started is shown as skipped once the release is over. */
  skipWaiting(): void {
    for (const step of this.#steps.values()) {
      if (step.state === 'waiting') this.#set(step.id, { state: 'skipped' });
    }
  }

  /** The step that threw this error; undefined when none did (a cancellation between two steps). */
  stepThatThrew(error: unknown): string | undefined {
    return this.#thrown.get(error);
  }

  /** The step that was begun last. */
  latest(): string | undefined {
    const begun = [...this.#steps.values()].filter((step) => step.startedAtMs !== undefined);
    return begun.toSorted((one, other) => (other.startedAtMs ?? 0) - (one.startedAtMs ?? 0))[0]?.id;
  }

  list(): readonly StepStatus[] {
    return [...this.#steps.values()];
  }

  /** A step that is tried again has no end and no outcome any more. */
  #begin(id: string): void {
    const { endedAtMs: _ended, detail: _detail, ...step } = this.#step(id);
    this.#steps.set(id, { ...step, state: 'running', startedAtMs: Date.now() });
  }

  #set(id: string, change: Partial<StepStatus>): void {
    this.#steps.set(id, { ...this.#step(id), ...change });
  }

  #step(id: string): StepStatus {
    const step = this.#steps.get(id);
    if (!step) throw new Error(`step ${id} was never announced`);
    return step;
  }
}
