/**
 * The release that has the turn is terminated in each of its steps. Its turn comes free, the environment is said to
 * need repair, and the next release begins on what had served before, or on all of what was brought to its end.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { workflowIdOf } from '../../../src/release/names.ts';
import { bundleOf, type Lane, type Lanes, openLanes } from '../lanes.ts';
import type { Quality } from '../scenario.ts';
import { killedAt, type Moment } from './day.ts';
import { complaintsAboutDay } from './invariants.ts';
import type { DayRecord } from './record.ts';
import { runDay } from './run-day.ts';

/** As many tests as jest runs at once: each of them mostly waits. */
const LANES = 5;

let lanes: Lanes;
const free: Lane[] = [];
beforeAll(async () => {
  lanes = await openLanes(LANES, await bundleOf());
  free.push(...lanes.lanes);
});
afterAll(() => lanes?.close());

const run = async (...day: Parameters<typeof killedAt>): Promise<DayRecord> => {
  const lane = free.pop();
  if (!lane) throw new Error('jest runs more tests at once than there are lanes');
  try {
    return await runDay(lane, killedAt(...day));
  } finally {
    free.push(lane);
  }
};

const nth = (name: string, count = 1): Moment => ({ kind: 'activity', name, nth: count });

/** What the last release says that it has put right. */
const repairedBy = ({ releases }: DayRecord): readonly string[] =>
  releases.at(-1)?.report?.repaired.map(({ releaseId }) => workflowIdOf(releaseId)) ?? [];

/** `mark`: what the next one finds. `good`: of what is brought; a bad one is being restored when it is killed. */
it.concurrent.each<[string, Moment, { readonly mark: boolean; readonly quality?: Quality }]>([
  ['repair, with nothing to repair', nth('takeTurn'), { mark: false }],
  ['register', nth('prepareRollout'), { mark: false }],
  // Its worker does not know that it is gone, and keeps the mark.
  ['mark', nth('openRelease'), { mark: true }],
  ['migrate', nth('runMigration'), { mark: true }],
  ['update', nth('updateServices'), { mark: true }],
  ['stable', nth('waitUntilStable'), { mark: true }],
  ['health', nth('checkHealth'), { mark: true }],
  ['bake', nth('watchBake'), { mark: true }],
  ['verify', nth('waitUntilStable', 2), { mark: true }],
  ['promote', nth('moveLatest'), { mark: true }],
  ['restore, when services are put back', nth('updateServices', 2), { mark: true, quality: 'crashes' }],
  ['restore, when they are waited for', nth('waitUntilStable', 2), { mark: true, quality: 'crashes' }],
])(
  '%s',
  async (_step, at, { mark, quality = 'good' }) => {
    const record = await run(at, { quality });
    expect(complaintsAboutDay(record)).toEqual([]);
    const [first, victim] = record.releases;
    expect(victim).toMatchObject({ harmed: true, report: null });
    expect(record.beforeLast).toMatchObject({
      turn: null,
      joined: [],
      needsRepair: { number: 2 },
      serving: { number: first?.report?.number },
    });
    expect(repairedBy(record)).toEqual(mark ? [victim?.workflowId] : []);
    expect(record.status.needsRepair).toBeNull();
    expect(record.status.ledger.map(({ number, verdict }) => `${number} ${verdict}`)).toEqual([
      '3 succeeded',
      '2 broken-off',
      '1 succeeded',
    ]);
  },
  60_000,
);

it.concurrent('its last words are kept all the same: it has succeeded, and leaves nothing to repair', async () => {
  const record = await run(nth('closeRelease'));
  expect(complaintsAboutDay(record)).toEqual([]);
  expect(record.releases[1]).toMatchObject({ harmed: true, report: null });
  expect(record.beforeLast).toMatchObject({ turn: null, needsRepair: null, serving: { number: 2 } });
  expect(repairedBy(record)).toEqual([]);
  expect(record.status.ledger[1]).toMatchObject({ number: 2, verdict: 'succeeded' });
}, 60_000);

it.concurrent('a release that waits for its turn, or asks for it, leaves nothing to repair', async () => {
  const record = await run(nth('buildImage'));
  expect(complaintsAboutDay(record)).toEqual([]);
  expect(record.releases[1]).toMatchObject({ harmed: true, report: null });
  expect(record.beforeLast).toMatchObject({ turn: null, joined: [], needsRepair: null });
}, 60_000);

it.concurrent('a release that puts right what another one has left is killed, too: the next one puts that right', async () => {
  const record = await run(nth('updateServices'), { thenAt: nth('updateServices') });
  expect(complaintsAboutDay(record)).toEqual([]);
  expect(record.beforeLast.needsRepair).toMatchObject({ number: 3 });
  expect(repairedBy(record)).toEqual([record.releases[1]?.workflowId]);
  expect(record.status.needsRepair).toBeNull();
}, 60_000);
