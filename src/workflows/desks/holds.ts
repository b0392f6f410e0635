/** Where a release stands still until a person says something, or until a time: a pause, an approval, a decision. */
import { CancellationScope, CancelledFailure, condition } from '@temporalio/workflow';
import type { OperatorNote } from '../../release/operator.ts';
import type { Hold, OperatorRecord } from '../../release/verdict.ts';

/** What the timer is for, as Temporal's UI shows it. */
const PAUSED = { summary: 'paused until then' };

export class Holds {
  #pause: Hold | null = null;
  #waitsFor: Hold | null = null;

  /** Why the release stands still, or will before its next change; null while nobody has to say anything. */
  get current(): Hold | null {
    return this.#waitsFor ?? this.#pause;
  }

  get paused(): boolean {
    return this.#pause !== null;
  }

  get waitsForDecision(): boolean {
    return this.#waitsFor?.kind === 'decision';
  }

  pause({ atMs, who, reason }: OperatorRecord, { forMs }: OperatorNote): void {
    this.#pause = {
      kind: 'paused',
      reason: `paused by ${who}${reason === '' ? '' : `: ${reason}`}`,
      sinceMs: atMs,
      untilMs: forMs === undefined ? null : atMs + forMs,
    };
  }

  resume(): void {
    this.#pause = null;
  }

  /** Stands still while the release is paused, ends where it was stopped. */
  async beforeChange(): Promise<void> {
    for (;;) {
      // What could not be interrupted may have ended well although somebody has stopped the release meanwhile.
      if (CancellationScope.current().consideredCancelled)
        throw new CancelledFailure('stopped before a change');
      const pause = this.#pause;
      if (!pause) return;
      const isOver = (): boolean => this.#pause !== pause;
      if (pause.untilMs === null) await condition(isOver);
      else if (!(await condition(isOver, Math.max(pause.untilMs - Date.now(), 1), PAUSED)))
        this.#pause = null;
    }
  }

  /** Shows what is waited for. */
  async waiting<T>(hold: Hold, work: () => Promise<T>): Promise<T> {
    this.#waitsFor = hold;
    try {
      return await work();
    } finally {
      this.#waitsFor = null;
    }
  }
}
