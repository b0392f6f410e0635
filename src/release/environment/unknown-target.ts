/**
 * Whether the ledger can already say that there is no such release to go back to. It remembers the last ones only: of
 * those before, the store knows, and the rollback finds out.
 */
import { isGood, LEDGER_LENGTH, type LedgerLine } from './ledger.ts';

/** @param to a release's number, or the first digits of a commit. Undefined: go and see. */
export const unknownTarget = (ledger: readonly LedgerLine[], to: number | string): string | undefined => {
  const isMeant = ({ number, commit }: LedgerLine): boolean =>
    typeof to === 'number' ? number === to : commit.sha.startsWith(to);
  const meant = ledger.filter(isMeant);
  if (meant.some(isGood)) return undefined;
  const what = typeof to === 'number' ? `release ${to}` : `release of commit ${to}`;
  const [newest] = meant;
  // A commit that has failed lately may have succeeded before.
  const isWhole = ledger.length < LEDGER_LENGTH;
  if (newest && newest.broughtBy !== null)
    return `${what} found its version in place: release ${newest.broughtBy} had brought it`;
  if (newest && (typeof to === 'number' || isWhole))
    return `${what} did not succeed (${newest.verdict}): there is nothing to bring back`;
  const isAhead = typeof to === 'number' && ledger.every(({ number }) => number < to);
  return isWhole || isAhead ? `there is no ${what}` : undefined;
};
