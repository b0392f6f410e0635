/** Which releases a rollback may go to. */
import { describe, expect, it } from '@jest/globals';
import { goodNumbers } from '../../../src/release/environment/good-releases.ts';
import type { LedgerEntry } from '../../../src/release/environment/ledger.ts';
import { commit, outcome } from './scenes.ts';

const entry = (number: number, more: Partial<LedgerEntry> = {}): LedgerEntry => ({
  ...outcome({ endedAtMs: number * 1_000 }),
  number,
  releaseId: `release-${number}`,
  commit: { sha: commit(number).sha, subject: '' },
  rollbackTo: null,
  startedBy: null,
  supersededBy: null,
  overrideFreeze: null,
  startedAtMs: 0,
  turnAtMs: 1,
  ...more,
});

const back = (number: number, to: number): LedgerEntry =>
  entry(number, { rollbackTo: to, commit: { sha: commit(to).sha, subject: '' } });

describe('the last good releases', () => {
  it.each<[string, readonly LedgerEntry[], number, readonly number[]]>([
    ['are none where nothing has succeeded', [entry(1, { verdict: 'failed' })], 5, []],
    ['are the newest ones, what serves first', [1, 2, 3, 4].map((number) => entry(number)), 3, [4, 3, 2]],
    [
      'leave out what failed, was rolled back, or brought nothing',
      [
        entry(1),
        entry(2, { verdict: 'rolled-back' }),
        entry(3, { verdict: 'broken-off' }),
        entry(4, { turnAtMs: null }),
        entry(5),
      ],
      5,
      [5, 1],
    ],
    ['count a version once, by the release that brought it', [entry(1), entry(2), back(3, 1)], 5, [1, 2]],
    [
      'have where a rollback goes right behind what serves, however old that is',
      [entry(1), entry(2), entry(3), entry(4), entry(5), back(6, 2)],
      3,
      [2, 1, 5],
    ],
    [
      'are told by their ends, not by their numbers',
      [entry(7, { endedAtMs: 9_500 }), entry(8), entry(9)],
      2,
      // A rollback from 7, by its number, would go to none before it.
      [7, 9],
    ],
  ])('%s', (_what, entries, count, expected) => {
    expect(goodNumbers(entries, count)).toEqual(expected);
    expect(goodNumbers(entries.toReversed(), count)).toEqual(expected);
  });
});
