/** What `script/test` runs of the simulation has every kind of trouble that all of it has. */
import { describe, expect, it } from '@jest/globals';
import { dayOf } from './days/day.ts';
import { scenarioOf } from './scenario.ts';
import {
  kindsOfDay,
  kindsOfTrouble,
  range,
  SELECTED_DAYS,
  SELECTED_SEEDS,
  selectionOf,
} from './selection.ts';

/** In how many there is each kind. */
const countsOf = (all: readonly (readonly string[])[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const kind of all.flatMap((kinds) => [...new Set(kinds)]))
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
};

/** Kinds that too few of the selected have. */
const scarce = (all: readonly (readonly string[])[], selected: readonly (readonly string[])[]) => {
  const counts = countsOf(selected);
  return [...countsOf(all)].filter(([kind, count]) => (counts.get(kind) ?? 0) < Math.min(2, count));
};

describe('the selected seeds', () => {
  it('have every kind of trouble among them twice, where the 300 have it twice', () => {
    const kindsOfSeed = (seed: number) => kindsOfTrouble(scenarioOf(seed));
    expect(scarce(range(0, 300).map(kindsOfSeed), SELECTED_SEEDS.map(kindsOfSeed))).toEqual([]);
    expect(SELECTED_SEEDS.length).toBeLessThan(100);
  });
});

describe('the selected days', () => {
  it('have everything that may happen in a day among them twice, where the 60 have it twice', () => {
    const kindsOfSeed = (seed: number) => kindsOfDay(dayOf(seed));
    expect(scarce(range(0, 60).map(kindsOfSeed), SELECTED_DAYS.map(kindsOfSeed))).toEqual([]);
    expect(SELECTED_DAYS.length).toBeLessThan(20);
  });
});

describe('a selection', () => {
  it('takes whoever brings most of what is missing, and leaves those that bring nothing new', () => {
    const all = ['a', 'ab', 'abc', 'c', 'd', 'd'];
    expect(
      selectionOf(
        all.map((kinds, place) => ({ place, kinds })),
        ({ kinds }) => [...kinds],
        1,
      ),
    ).toEqual([
      { place: 2, kinds: 'abc' },
      { place: 4, kinds: 'd' },
    ]);
  });

  it('has a kind as often as there is, where that is less than asked for', () => {
    const all = [{ kinds: ['a'] }, { kinds: ['a', 'b'] }, { kinds: ['a'] }];
    expect(selectionOf(all, ({ kinds }) => kinds, 2)).toEqual(all.slice(0, 2));
  });
});
