/**
 * What people can say to a running release, and what it answers. Signals carry an optional `{who, reason}`.
 */
import { condition, defineQuery, defineSignal, setHandler } from '@temporalio/workflow';
import { STATUS_QUERY } from '../release/names.ts';
import type { ReleaseStatus } from '../release/verdict.ts';

export interface OperatorNote {
  readonly who?: string;
  readonly reason?: string;
}

export const statusQuery = defineQuery<ReleaseStatus>(STATUS_QUERY);
/** Tries a stuck compensation again at once. */
export const retrySignal = defineSignal<[OperatorNote?]>('retry');
/** Ends a stuck compensation as `rollback-failed`. */
export const giveUpSignal = defineSignal<[OperatorNote?]>('give-up');

/** Where operators' messages arrive, and where a stuck compensation waits for them. */
export class OperatorDesk {
  #retries = 0;
  #givenUp = false;
  /** Why the compensation is stuck; null while it is not. */
  stuck: string | null = null;

  constructor() {
    setHandler(retrySignal, () => {
      this.#retries += 1;
    });
    setHandler(giveUpSignal, () => {
      this.#givenUp = true;
    });
  }

  /** Waits before the next try. True when the operator has given up. A `give-up` before it is stuck is kept. */
  async whileStuck(reason: string, waitMs: number): Promise<boolean> {
    this.stuck = reason;
    const before = this.#retries;
    await condition(() => this.#givenUp || this.#retries > before, waitMs);
    this.stuck = null;
    return this.#givenUp;
  }
}
