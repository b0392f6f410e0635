/** What can be said of a rollback's target before anything is started. */
import { expect, it } from '@jest/globals';
import { entryOf, type LedgerEntry } from '../../../src/release/environment/ledger.ts';
import { unknownTarget } from '../../../src/release/environment/unknown-target.ts';
import type { Verdict } from '../../../src/release/verdict.ts';
import { commit, entrant, outcome, shaOf } from './scenes.ts';

const entry = (number: number, verdict: Verdict = 'succeeded', place = number): LedgerEntry =>
  entryOf({ ...entrant('a/b', commit(place)), number, phase: 'ready' }, 1, outcome({ verdict }));

/** Newest first, the last fifty of many. */
const full = Array.from({ length: 50 }, (_, index) => entry(100 - index));
const few = [entry(3, 'rolled-back'), entry(2, 'failed', 1), entry(1)];

const found: LedgerEntry = { ...entry(4), turnAtMs: null, broughtBy: 1 };

it.each<[string, readonly LedgerEntry[], number | string, string | undefined]>([
  ['a release that succeeded', few, 1, undefined],
  ['its commit', few, shaOf(1), undefined],
  ['the first digits of its commit', few, shaOf(1).slice(0, 12), undefined],
  ['one that did not succeed', few, 3, 'release 3 did not succeed (rolled-back)'],
  ['a commit that did not', few, shaOf(3), `release of commit ${shaOf(3)} did not succeed (rolled-back)`],
  ['one that only found its version there', [found, ...few], 4, 'release 1 had brought it'],
  ['one that never was', few, 9, 'there is no release 9'],
  ['a commit that never came', few, shaOf(9), `there is no release of commit ${shaOf(9)}`],
  ['anything where nothing was released', [], 1, 'there is no release 1'],
  ['one that is forgotten here', full, 7, undefined],
  ['a commit that is forgotten here', full, shaOf(7), undefined],
  ['one that is still to come', full, 101, 'there is no release 101'],
  [
    'a commit that has failed lately and may have succeeded before',
    [entry(101, 'failed', 7), ...full.slice(0, 49)],
    shaOf(7),
    undefined,
  ],
])('%s', (_what, ledger, to, expected) => {
  const why = unknownTarget(ledger, to);
  if (expected === undefined) expect(why).toBeUndefined();
  else expect(why).toContain(expected);
});
