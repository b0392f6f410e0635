/** What a way back cannot restore at the moment, and what people have said about that. */
import { condition } from '@temporalio/workflow';
import type { OperatorRecord } from '../../release/verdict.ts';

/** What the timer is for, as Temporal's UI shows it. */
const STUCK = { summary: 'until it tries to restore again' };

export class StuckList {
  #reasons: ReadonlyMap<string, string> = new Map();
  /** What people have told the compensation to leave: they knew that it was stuck. */
  readonly #dropped = new Map<string, OperatorRecord>();
  /** A retry, skip or give-up that no try has taken up yet. */
  #nudged = false;
  #onNudge: (() => void) | null = null;

  /** But for what a person has just told to leave as it is: its try is being ended. */
  get names(): readonly string[] {
    return [...this.#reasons.keys()].filter((name) => !this.#dropped.has(name));
  }

  /** With the reasons, as one line; null while it gets on. */
  get line(): string | null {
    const open = this.names;
    if (open.length === 0) return null;
    return open.map((name) => `${name}: ${this.#reasons.get(name)}`).join('; ');
  }

  /** It stays so (and can be skipped, retried, given up) until it is reported again, with less or nothing. */
  report(reasons: ReadonlyMap<string, string>): void {
    this.#reasons = new Map(reasons);
  }

  /** Who has skipped it, or given it up. */
  droppedBy(name: string): OperatorRecord | undefined {
    return this.#dropped.get(name);
  }

  drop(names: readonly string[], decision: OperatorRecord): void {
    for (const name of names) this.#dropped.set(name, decision);
    this.nudge();
  }

  /** Ends the waiting in a try, and the wait for the next one. */
  nudge(): void {
    this.#nudged = true;
    this.#onNudge?.();
  }

  /** Runs one try to restore; a nudge interrupts the waiting in it. */
  async trying<T>(interrupt: () => void, work: () => Promise<T>): Promise<T> {
    this.#onNudge = interrupt;
    try {
      return await work();
    } finally {
      this.#onNudge = null;
    }
  }

  /** Until the next try is due, unless somebody has nudged since the last one, or does so meanwhile. */
  async beforeRetry(waitMs: number, isOver: () => boolean): Promise<void> {
    await condition(() => this.#nudged || isOver(), waitMs, STUCK);
    this.#nudged = false;
  }

  /** The same services may be stuck anew in another way back. */
  clear(): void {
    this.#reasons = new Map();
    this.#dropped.clear();
  }
}
