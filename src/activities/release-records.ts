/** What each release has brought, in the store: `environments/<app>/<environment>/records/<number>`. */
import { SlipwayError } from '../errors.ts';
import type { ReleaseRecord } from '../release/environment/record.ts';
import type { Store } from '../store/store.ts';
import type { Place } from './contracts/environment.ts';
import { environmentFolder } from './turns.ts';

export interface ReleaseRecords {
  /** The same one twice is kept once. */
  keep(record: ReleaseRecord): Promise<void>;
  /** Undefined: that release has changed nothing, or there was none. Errors: `StoreDamaged`. */
  read(place: Place, number: number): Promise<ReleaseRecord | undefined>;
}

/** Sorted by name is sorted by number. */
export const numberInKey = (number: number): string => String(number).padStart(8, '0');

/** Of the releases that have one, in order. */
export const recordedNumbers = async (store: Store, place: Place): Promise<readonly number[]> =>
  (await store.listDocuments(recordsFolder(place))).map((key) => Number(key.slice(key.lastIndexOf('/') + 1)));

const recordsFolder = (place: Place): string => `${environmentFolder(place)}/records`;

const recordKey = (place: Place, number: number): string => `${recordsFolder(place)}/${numberInKey(number)}`;

export const recordsIn = (store: Store): ReleaseRecords => ({
  keep: (record) => store.putDocument(recordKey(record.plan, record.number), record),

  async read(place, number) {
    const key = recordKey(place, number);
    const kept = (await store.getDocument(key)) as Partial<ReleaseRecord> | undefined;
    if (kept === undefined) return undefined;
    if (kept.number === number && kept.plan && kept.images && kept.taskDefinitions)
      return kept as ReleaseRecord;
    throw new SlipwayError('StoreDamaged', false, `document ${key} in the store is no record of a release`);
  },
});
