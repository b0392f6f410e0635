/**
 * An environment's long memory in the store: every release's entry of the ledger, the freeze, and who has the turn.
 * `environments/<app>/<environment>/{ledger/<number>,freeze,turn}`. All of it may be written twice.
 */
import { log } from '@temporalio/activity';
import { SlipwayError } from '../errors.ts';
import type { Freeze } from '../release/environment/freeze.ts';
import {
  byEnd,
  isGood,
  LEDGER_LENGTH,
  type LedgerEntry,
  lineOf,
  readEntry,
} from '../release/environment/ledger.ts';
import type { EnvironmentState } from '../release/environment/state.ts';
import type { Store } from '../store/store.ts';
import type { EnvironmentActivities, Place, Recalled } from './contracts/environment.ts';
import type { Fate } from './release-fate.ts';
import { numberInKey } from './release-records.ts';
import { environmentFolder, readTurn } from './turns.ts';

export interface EnvironmentMemoryPorts {
  readonly store: Store;
  readonly fateOf: (releaseId: string) => Promise<Fate>;
}

/** The newest one that is meant; undefined: there is none. */
export const findEntry = async (
  store: Store,
  place: Place,
  isMeant: (entry: LedgerEntry) => boolean,
): Promise<LedgerEntry | undefined> => {
  for await (const entry of entriesOf(store, place)) {
    if (isMeant(entry)) return entry;
  }
  return undefined;
};

/** All that are kept, by number, the newest first. */
export async function* entriesOf(store: Store, place: Place): AsyncGenerator<LedgerEntry> {
  for (const key of (await store.listDocuments(ledgerFolder(place))).toReversed()) {
    yield* await entryAt(store, key);
  }
}

/** The same, for whoever must not overlook one. Errors: `StoreDamaged`. */
export async function* soundEntriesOf(store: Store, place: Place): AsyncGenerator<LedgerEntry> {
  for (const key of (await store.listDocuments(ledgerFolder(place))).toReversed()) {
    const entry = readEntry(await store.getDocument(key));
    if (!entry)
      throw new SlipwayError('StoreDamaged', false, `document ${key} in the store is no entry of a ledger`);
    yield entry;
  }
}

/** Of all that are kept, whatever they say. */
export const entryNumbers = async (store: Store, place: Place): Promise<ReadonlySet<number>> =>
  new Set((await store.listDocuments(ledgerFolder(place))).map(numberIn));

export const ledgerFolder = (place: Place): string => `${environmentFolder(place)}/ledger`;

/** Sorted by name is sorted by number. */
const entryKey = (place: Place, number: number): string => `${ledgerFolder(place)}/${numberInKey(number)}`;

const freezeKey = (place: Place): string => `${environmentFolder(place)}/freeze`;

export const createEnvironmentMemory = ({
  store,
  fateOf,
}: EnvironmentMemoryPorts): Pick<
  EnvironmentActivities,
  'recallEnvironment' | 'keepEntry' | 'keepFreeze'
> => ({
  async recallEnvironment(place): Promise<Recalled> {
    const keys = await store.listDocuments(ledgerFolder(place));
    const newest = (await Promise.all(keys.slice(-LEDGER_LENGTH).map((key) => entryAt(store, key)))).flat();
    const before = await backToSuccess(store, keys.slice(0, -LEDGER_LENGTH), newest);
    const ledger = newest.toSorted(byEnd);
    // Whoever takes the turn next hears of the damage.
    const last = await orUndefined(readTurn(store, place));
    const isRunning = last !== undefined && (await fateOf(last.releaseId)).kind === 'running';
    const numbers = [...ledger.map(({ number }) => number), last?.number ?? 0, numberIn(keys.at(-1))];
    return {
      lastNumber: Math.max(...numbers),
      lastFence: last?.fence ?? 0,
      turn: isRunning ? last : null,
      freeze: await readFreezeIn(store, place),
      ledger: ledger.map(lineOf),
      ...standingOf([...newest, ...before].toSorted(byEnd)),
    };
  },

  keepEntry: ({ entry, ...place }) => store.putDocument(entryKey(place, entry.number), entry),

  keepFreeze: ({ freeze, ...place }) =>
    freeze ? store.putDocument(freezeKey(place), freeze) : store.removeDocument(freezeKey(place)),
});

/** None where the document is damaged: history is worth no standstill. */
export const entryAt = async (store: Store, key: string): Promise<readonly LedgerEntry[]> => {
  const entry = readEntry(await orUndefined(store.getDocument(key)));
  if (entry) return [entry];
  log.warn('a document in the store is no entry of a ledger, and is left out', { key });
  return [];
};

export const orUndefined = <T>(reading: Promise<T>): Promise<T | undefined> =>
  reading.catch((error: unknown) => {
    if (error instanceof SlipwayError && error.type === 'StoreDamaged') return undefined;
    throw error;
  });

/** 0 where there is no key. */
export const numberIn = (key: string | undefined): number =>
  Number(key?.slice(key.lastIndexOf('/') + 1) ?? 0);

/** Releases that change nothing – refused while frozen, superseded – may be more than the ledger is long. */
const backToSuccess = async (
  store: Store,
  keys: readonly string[],
  newest: readonly LedgerEntry[],
): Promise<readonly LedgerEntry[]> => {
  const found: LedgerEntry[] = [];
  if (newest.some(isGood)) return found;
  for (const key of keys.toReversed()) {
    found.push(...(await entryAt(store, key)));
    if (found.some(isGood)) break;
  }
  return found;
};

/** Somebody has frozen it, and nobody knows for how long: until somebody ends that, too. */
const UNREADABLE: Freeze = {
  reason: 'the store has a freeze that cannot be read (slipway unfreeze ends it)',
  owner: 'slipway',
  sinceMs: 0,
  untilMs: null,
};

const readFreezeIn = async (store: Store, place: Place): Promise<Freeze | null> => {
  try {
    const kept = await store.getDocument(freezeKey(place));
    return kept === undefined ? null : isFreeze(kept) ? kept : UNREADABLE;
  } catch (error) {
    if (error instanceof SlipwayError && error.type === 'StoreDamaged') return UNREADABLE;
    throw error;
  }
};

const isFreeze = (kept: unknown): kept is Freeze => {
  const { reason, owner, untilMs } = (kept ?? {}) as Partial<Freeze>;
  const hasEnd = untilMs === null || typeof untilMs === 'number';
  return typeof reason === 'string' && typeof owner === 'string' && hasEnd;
};

/** What serves, and what is broken, by the ends of the last turns; which commits it contains is not known any more. */
const standingOf = (ledger: readonly LedgerEntry[]): Pick<EnvironmentState, 'serving' | 'needsRepair'> => {
  const turns = ledger.filter(({ turnAtMs }) => turnAtMs !== null);
  const success = turns.find(({ verdict }) => verdict === 'succeeded');
  const broken = turns.findIndex(({ verdict }) => verdict === 'broken-off');
  const isRepaired = turns.slice(0, Math.max(broken, 0)).some(({ repaired }) => repaired);
  const entry = broken < 0 || isRepaired ? undefined : turns[broken];
  return {
    serving: success
      ? {
          number: success.number,
          origin: success.rollbackTo ?? success.number,
          commit: { ...success.commit, ancestors: [] },
        }
      : null,
    needsRepair: entry
      ? { releaseId: entry.releaseId, number: entry.number, sinceMs: entry.endedAtMs }
      : null,
  };
};
