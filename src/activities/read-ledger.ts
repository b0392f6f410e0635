/**
 * The environment's past out of the store: any release ever, and the reports that were kept. Reads only; a damaged
 * document hides none of the others.
 */

import { reportFromResult } from '../release/ended-report.ts';
import type { LedgerEntry } from '../release/environment/ledger.ts';
import {
  isNamed,
  type LedgerAnswer,
  type LedgerPage,
  type LedgerRelease,
  MOST_ENTRIES,
  type PageQuestion,
  type ReleaseQuestion,
} from '../release/environment/ledger-question.ts';
import type { ReleaseReport } from '../release/verdict.ts';
import type { Store } from '../store/store.ts';
import type { EnvironmentActivities, Place } from './contracts/environment.ts';
import { entryAt, ledgerFolder, numberIn, orUndefined } from './environment-memory.ts';
import { keysOfReports } from './release-marks.ts';

/** Well below the 64 KiB that Temporal advises for a payload. */
const MOST_BYTES = 48 * 1024;

export const createReadLedger =
  (store: Store): EnvironmentActivities['readLedger'] =>
  (question): Promise<LedgerAnswer> =>
    question.kind === 'page' ? pageOf(store, question) : releaseOf(store, question);

const pageOf = async (store: Store, question: PageQuestion): Promise<LedgerPage> => {
  const before = question.before ?? Number.POSITIVE_INFINITY;
  const limit = Math.max(1, Math.min(question.limit, MOST_ENTRIES));
  const keys = (await newestFirst(store, question)).filter((key) => numberIn(key) < before);
  const entries: LedgerEntry[] = [];
  const damaged: number[] = [];
  let bytes = 0;
  for (const [index, key] of keys.entries()) {
    const [entry] = await entryAt(store, key);
    const size = entry === undefined ? 0 : Buffer.byteLength(JSON.stringify(entry));
    const isFull = entries.length > 0 && bytes + size > MOST_BYTES;
    if (isFull || entries.length + damaged.length === limit) {
      return { kind: 'page', entries, damaged, next: numberIn(keys[index - 1]) };
    }
    bytes += size;
    if (entry) entries.push(entry);
    else damaged.push(numberIn(key));
  }
  return { kind: 'page', entries, damaged, next: null };
};

const releaseOf = async (store: Store, question: ReleaseQuestion): Promise<LedgerRelease> => {
  const { release } = question;
  const damaged: number[] = [];
  for (const key of await newestFirst(store, question)) {
    // A number is in the name already: no other document has to be read.
    if ('number' in release && numberIn(key) !== release.number) continue;
    const [entry] = await entryAt(store, key);
    if (!entry) damaged.push(numberIn(key));
    else if (isNamed(entry, release)) {
      const report = question.report ? await keptReport(store, question, entry.releaseId) : null;
      return { kind: 'release', entry, report, damaged };
    }
  }
  return { kind: 'release', entry: null, report: null, damaged };
};

const newestFirst = async (store: Store, place: Place): Promise<readonly string[]> =>
  (await store.listDocuments(ledgerFolder(place))).toReversed();

/** The last one, where a reset let the release go on after its first. */
const keptReport = async (store: Store, place: Place, releaseId: string): Promise<ReleaseReport | null> => {
  for (const key of (await keysOfReports(store, place, releaseId)).toReversed()) {
    const document = (await orUndefined(store.getDocument(key))) as { readonly report?: unknown } | undefined;
    const report = reportFromResult(document?.report);
    if (report) return report;
  }
  return null;
};
