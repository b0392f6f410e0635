/**
 * Several releases at once in one environment, with seeded trouble: the record of the calls says that no two changed
 * anything at the same time, and the ledger that nothing was lost. The days are the selection of selection.ts;
 * `script/simulate --days` runs others, through the same test.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { QUEUE_POLICIES } from '../../../src/release/environment/state.ts';
import { OLDER_COMMIT } from '../../../src/release/refusals.ts';
import { bundleOf, type Lane, type Lanes, openLanes } from '../lanes.ts';
import { range, SELECTED_DAYS } from '../selection.ts';
import { rushOf } from './day.ts';
import { complaintsAboutDay } from './invariants.ts';
import { runDay } from './run-day.ts';
import { simulateDays, verdictsOf } from './simulate-days.ts';

const { SLIPWAY_SIMULATION_FROM: from = '0', SLIPWAY_SIMULATION_DAYS: count } = process.env;
const days = count === undefined ? SELECTED_DAYS : range(Number(from), Number(count));

let lanes: Lanes;
const free: Lane[] = [];
beforeAll(async () => {
  lanes = await openLanes(8, await bundleOf());
  free.push(...lanes.lanes);
});
afterAll(() => lanes?.close());

/** Each in a lane of its own: in a queue, most of them wait most of the time. */
const rushIn = async (...day: Parameters<typeof rushOf>) => {
  const lane = free.pop();
  if (!lane) throw new Error('jest runs more tests at once than there are lanes');
  const record = await runDay(lane, rushOf(...day)).finally(() => free.push(lane));
  // Without the last one, which comes when all is over.
  return { record, verdicts: verdictsOf(record).slice(0, -1), complaints: complaintsAboutDay(record) };
};

describe('twenty releases at once', () => {
  it.concurrent.each(QUEUE_POLICIES)(
    'never change anything at the same time, and end as the policy says (%s)',
    async (policy) => {
      const { record, verdicts, complaints } = await rushIn(policy, 20);
      expect(complaints).toEqual([]);
      const other = policy === 'reject' ? 'refused' : 'superseded';
      // On a slow machine one may come to the environment when a newer commit serves already: that is said, too.
      const isLate = (at: number): boolean =>
        policy === 'supersede' && record.releases[at]?.report?.cause?.kind === OLDER_COMMIT;
      const isOfPolicy = (verdict: string, at: number): boolean =>
        verdict === 'succeeded' || verdict === other || (verdict === 'refused' && isLate(at));
      expect(verdicts.filter((verdict, at) => !isOfPolicy(verdict, at))).toEqual([]);
      expect(verdicts).toContain('succeeded');
      if (policy === 'supersede') expect(verdicts.at(-1)).toBe('succeeded');
      expect(record.stored).toHaveLength(21);
    },
    240_000,
  );

  it.concurrent('of unrelated commits all have their turn in a queue, in the order in which they came', async () => {
    const { record, verdicts, complaints } = await rushIn('queue', 20, 'unrelated');
    expect(complaints).toEqual([]);
    expect(verdicts).toEqual(Array.from({ length: 20 }, () => 'succeeded'));
    expect(record.turns.map(({ number }) => number)).toEqual(Array.from({ length: 21 }, (_, at) => at + 1));
  }, 240_000);

  it.concurrent('of unrelated commits are superseded by the last one that is ready', async () => {
    const { verdicts, complaints } = await rushIn('supersede', 20, 'unrelated');
    expect(complaints).toEqual([]);
    expect(verdicts).toContain('superseded');
  }, 240_000);
});

describe(`days from ${days[0]} on`, () => {
  it(
    `keep all invariants, ${days.length} of them`,
    async () => {
      const results = await simulateDays(lanes, { seeds: days });
      const broken = results.filter(({ complaints }) => complaints.length > 0);
      expect(broken.map(({ seed, complaints }) => `day ${seed}:\n${complaints.join('\n')}`)).toEqual([]);
      // They are days in which something happens.
      const verdicts = new Set(results.flatMap((result) => result.verdicts));
      if (count === undefined || days.length >= 24)
        expect([...verdicts]).toEqual(
          expect.arrayContaining(['succeeded', 'rolled-back', 'superseded', 'refused', 'broken-off']),
        );
    },
    days.length * 30_000 + 120_000,
  );
});
