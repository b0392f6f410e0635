/**
 * Several releases at once in one environment, with seeded trouble: the record of the calls says that no two changed
 * anything at the same time, and the ledger that nothing was lost. SLIPWAY_SIMULATION_DAYS and …_FROM choose others.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { QUEUE_POLICIES } from '../../../src/release/environment/state.ts';
import { bundleOf, type Lane, type Lanes, openLanes } from '../lanes.ts';
import { rushOf } from './day.ts';
import { complaintsAboutDay } from './invariants.ts';
import { runDay } from './run-day.ts';
import { simulateDays, verdictsOf } from './simulate-days.ts';

const { SLIPWAY_SIMULATION_FROM: from = '0', SLIPWAY_SIMULATION_DAYS: days = '24' } = process.env;

let lanes: Lanes;
beforeAll(async () => {
  lanes = await openLanes(8, await bundleOf());
});
afterAll(() => lanes?.close());

const rushIn = async (...day: Parameters<typeof rushOf>) => {
  const record = await runDay(lanes.lanes[0] as Lane, rushOf(...day));
  // Without the last one, which comes when all is over.
  return { record, verdicts: verdictsOf(record).slice(0, -1), complaints: complaintsAboutDay(record) };
};

describe.each(QUEUE_POLICIES)('twenty releases at once (%s)', (policy) => {
  it('never change anything at the same time, and end as the policy says', async () => {
    const { record, verdicts, complaints } = await rushIn(policy, 20);
    expect(complaints).toEqual([]);
    const other = policy === 'reject' ? 'refused' : 'superseded';
    expect(verdicts.filter((verdict) => verdict !== 'succeeded' && verdict !== other)).toEqual([]);
    expect(verdicts).toContain('succeeded');
    if (policy === 'supersede') expect(verdicts.at(-1)).toBe('succeeded');
    expect(record.stored).toHaveLength(21);
  }, 120_000);
});

describe('twenty releases of unrelated commits at once', () => {
  it('all have their turn in a queue, in the order in which they came', async () => {
    const { record, verdicts, complaints } = await rushIn('queue', 20, 'unrelated');
    expect(complaints).toEqual([]);
    expect(verdicts).toEqual(Array.from({ length: 20 }, () => 'succeeded'));
    expect(record.turns.map(({ number }) => number)).toEqual(Array.from({ length: 21 }, (_, at) => at + 1));
  }, 240_000);

  it('are superseded by the last one that is ready', async () => {
    const { verdicts, complaints } = await rushIn('supersede', 20, 'unrelated');
    expect(complaints).toEqual([]);
    expect(verdicts).toContain('superseded');
  }, 120_000);
});

describe(`days from ${from} on`, () => {
  it(
    `keep all invariants, ${days} of them`,
    async () => {
      const results = await simulateDays(lanes, { from: Number(from), count: Number(days) });
      const broken = results.filter(({ complaints }) => complaints.length > 0);
      expect(broken.map(({ seed, complaints }) => `day ${seed}:\n${complaints.join('\n')}`)).toEqual([]);
      // They are days in which something happens.
      const verdicts = new Set(results.flatMap((result) => result.verdicts));
      if (Number(days) >= 24)
        expect([...verdicts]).toEqual(
          expect.arrayContaining(['succeeded', 'rolled-back', 'superseded', 'refused', 'broken-off']),
        );
    },
    Number(days) * 30_000 + 120_000,
  );
});
