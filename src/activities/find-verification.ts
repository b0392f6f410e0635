/**
 * Whether another environment has verified a commit, out of the reports that its releases have left in the store. A
 * report is kept before its release ends: whoever starts here when that one has ended finds it.
 */
import { SlipwayError } from '../errors.ts';
import { reportFromResult } from '../release/ended-report.ts';
import { type Verification, verificationOf } from '../release/promotion.ts';
import type { ReleaseReport } from '../release/verdict.ts';
import type { Store } from '../store/store.ts';
import type { Place } from './contracts/environment.ts';
import { endedFolder } from './release-marks.ts';

/** Nobody means to promote what was verified so many releases ago. */
const MOST_LOOKED_AT = 1_000;
const READ_AT_ONCE = 50;

/** Errors: those of the store. A damaged report is one: it may be the one that says no. */
export const findVerification = async (store: Store, place: Place, sha: string): Promise<Verification> => {
  const { environment } = place;
  const keys = (await store.listDocuments(endedFolder(place))).toReversed().slice(0, MOST_LOOKED_AT);
  const reports: ReleaseReport[] = [];
  for (let from = 0; from < keys.length; from += READ_AT_ONCE) {
    const batch = keys.slice(from, from + READ_AT_ONCE);
    reports.push(...(await Promise.all(batch.map((key) => reportAt(store, key)))));
    const verification = verificationOf(sha, environment, reports);
    if (verification) return verification;
  }
  return { kind: 'unverified', why: `no release of ${environment} has brought it` };
};

const reportAt = async (store: Store, key: string): Promise<ReleaseReport> => {
  const { report } = ((await store.getDocument(key)) ?? {}) as { readonly report?: unknown };
  const known = reportFromResult(report);
  if (known) return known;
  throw new SlipwayError('StoreDamaged', false, `document ${key} in the store is no report of a release`, {
    advice:
      'look at what it says, and take it away where that is nothing: it may have said that the commit is bad',
  });
};
