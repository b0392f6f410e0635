/** The releases that a rollback may go to, out of the ledger: what their images and task definitions are kept for. */
import { byEnd, isGood, type LedgerEntry, rollbackTarget } from './ledger.ts';

/** How many, where nothing else is said. */
export const KEPT_RELEASES = 5;

/** More are neither carried through a workflow nor tagged. */
export const MOST_KEPT_RELEASES = 30;

/** A release that succeeded, and the images that it brought. */
export interface GoodRelease {
  readonly number: number;
  /** It is the one that runs now, by the ledger. */
  readonly serves: boolean;
  readonly images: readonly { readonly repositoryUri: string; readonly digest: string }[];
}

/**
 * The last versions that succeeded, each by the number of the release that first brought it: what serves now, then what
 * a rollback without a number goes to, then the others, newest first.
 *
 * @param entries in any order
 */
export const goodNumbers = (entries: readonly LedgerEntry[], count: number): readonly number[] => {
  const good = entries.filter(isGood).toSorted(byEnd);
  const [newest] = good;
  if (!newest) return [];
  const serving = { number: newest.number, origin: originOf(newest), commit: newest.commit };
  const target = rollbackTarget({ serving, ledger: good, needsRepair: null });
  const back = target.kind === 'found' ? [target.number] : [];
  return [...new Set([serving.origin, ...back, ...good.map(originOf)])].slice(0, count);
};

/** A rollback stands for the version that it brought back. */
const originOf = ({ number, rollbackTo }: LedgerEntry): number => rollbackTo ?? number;
