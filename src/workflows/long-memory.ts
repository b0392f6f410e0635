/**
 * What an environment keeps in the store, so that it is known when the workflow has forgotten it: each release's entry,
 * and the freeze. Nobody waits for it; what the store has not taken after all tries is tried again when there is something
 * else to keep, and in the next run.
 */
import { isCancellation, log } from '@temporalio/workflow';
import type { Place } from '../activities/contracts/environment.ts';
import type { Freeze } from '../release/environment/freeze.ts';
import type { LedgerEntry } from '../release/environment/ledger.ts';
import { environmentMemory } from './pools/control.ts';

export interface Unkept {
  readonly entries: readonly LedgerEntry[];
  readonly freeze: boolean;
}

/** The store may be away for long; the payload that goes to the next run must stay small. */
const MOST_UNKEPT = 10;

export class LongMemory {
  readonly #place: Place;
  readonly #freezeNow: () => Freeze | null;
  /** By number. */
  readonly #entries = new Map<number, LedgerEntry>();
  /** Of these the store is being told. */
  readonly #underWay = new Set<number>();
  #isFreezeUnkept = false;
  #isKeepingFreeze = false;

  constructor(place: Place, freezeNow: () => Freeze | null) {
    this.#place = place;
    this.#freezeNow = freezeNow;
  }

  get unkept(): Unkept {
    return { entries: [...this.#entries.values()], freeze: this.#isFreezeUnkept };
  }

  /** The store has all that it was given. */
  get isIdle(): boolean {
    return this.#entries.size === 0 && !this.#isFreezeUnkept;
  }

  /** With what the run before has left. */
  goOn({ entries, freeze }: Unkept): void {
    for (const entry of entries) this.keepEntry(entry);
    if (freeze) this.keepFreeze();
  }

  keepEntry(entry: LedgerEntry): void {
    this.#entries.set(entry.number, entry);
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined && this.#entries.size > MOST_UNKEPT) this.#entries.delete(oldest);
    for (const each of this.#entries.values()) this.#tell(each);
    if (this.#isFreezeUnkept) this.keepFreeze();
  }

  #tell(entry: LedgerEntry): void {
    const { number } = entry;
    if (this.#underWay.has(number)) return;
    this.#underWay.add(number);
    void unlessOver('the store has not taken a release', async () => {
      await environmentMemory.keepEntry({ ...this.#place, entry });
      this.#entries.delete(number);
    }).finally(() => {
      this.#underWay.delete(number);
    });
  }

  /** One at a time: what was said last is what the store has at the end. */
  keepFreeze(): void {
    this.#isFreezeUnkept = true;
    if (this.#isKeepingFreeze) return;
    this.#isKeepingFreeze = true;
    const keep = async (): Promise<void> => {
      while (this.#isFreezeUnkept) {
        const freeze = this.#freezeNow();
        await environmentMemory.keepFreeze({ ...this.#place, freeze });
        this.#isFreezeUnkept = this.#freezeNow() !== freeze;
      }
    };
    void unlessOver('the store has not taken a freeze', keep).finally(() => {
      this.#isKeepingFreeze = false;
    });
  }
}

/** The end of a run cancels what is under way: the next one goes on with it. */
const unlessOver = (what: string, work: () => Promise<void>): Promise<void> =>
  work().catch((error: unknown) => {
    if (!isCancellation(error)) log.warn(what, { error });
  });
