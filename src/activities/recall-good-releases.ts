/** What a rollback may go to, and what that needs: the ledger and the records of releases in the store. */
import { log } from '@temporalio/activity';
import { SlipwayError } from '../errors.ts';
import { goodNumbers } from '../release/environment/good-releases.ts';
import { isGood, type LedgerEntry } from '../release/environment/ledger.ts';
import type { ReleaseRecord } from '../release/environment/record.ts';
import type { Store } from '../store/store.ts';
import type { ControlActivities } from './contracts/control.ts';
import type { Place } from './contracts/environment.ts';
import { entriesOf } from './environment-memory.ts';
import { recordsIn } from './release-records.ts';

/** Releases do not end in the order of their numbers: so many more are looked at. */
const OUT_OF_ORDER = 20;

export const createRecallGoodReleases =
  ({ store }: { readonly store: Store }): ControlActivities['recallGoodReleases'] =>
  async ({ app, environment, count }) => {
    const place = { app, environment };
    const numbers = goodNumbers(await newestGood(entriesOf(store, place), count), count);
    const records = await Promise.all(numbers.map((number) => recordOf(store, place, number)));
    return records.flat().map(({ number, images }) => ({
      number,
      serves: number === numbers[0],
      images: images.map(({ repositoryUri, digest }) => ({ repositoryUri, digest })),
    }));
  };

/**
 * The newest entries that have succeeded, enough to find the last ones among them.
 *
 * @param entries by number, the newest first
 */
export const newestGood = async (
  entries: AsyncIterable<LedgerEntry>,
  count: number,
): Promise<readonly LedgerEntry[]> => {
  const good: LedgerEntry[] = [];
  for await (const entry of entries) {
    if (isGood(entry)) good.push(entry);
    if (good.length >= count + OUT_OF_ORDER) break;
  }
  return good;
};

/** What cannot be read is no reason to stop a release. */
const recordOf = async (store: Store, place: Place, number: number): Promise<readonly ReleaseRecord[]> => {
  try {
    const record = await recordsIn(store).read(place, number);
    return record ? [record] : [];
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.type !== 'StoreDamaged') throw error;
    log.warn('the record of a release cannot be read, and is left out', { number });
    return [];
  }
};
