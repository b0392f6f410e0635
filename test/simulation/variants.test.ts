/** The simulation finds out engines that are known to be wrong: seeds are tried until one does. */
import { afterEach, expect, it } from '@jest/globals';
import { bundleOf, type Lanes, openLanes } from './lanes.ts';
import { range } from './selection.ts';
import { simulate } from './simulate.ts';
import { bundleWith, REGISTERED_AFTER_THE_STEP, relativeRollback, successOnCounts } from './variants.ts';

const LANES = 8;
const MOST_SEEDS = 150;
/** Seed 0 alone takes half a minute, and tells nothing of these engines. */
const FIRST_SEED = 1;
/** A step that fails half-way comes late among the seeds. */
const FIRST_HALF_WAY = 36;

let lanes: Lanes;
afterEach(() => lanes?.close());

const firstComplaint = async (
  bundle: Awaited<ReturnType<typeof bundleOf>>,
  from: number,
  spoil?: Parameters<typeof simulate>[1]['spoil'],
): Promise<string> => {
  lanes = await openLanes(LANES, bundle);
  const results = await simulate(lanes, {
    seeds: range(from, MOST_SEEDS),
    replayEach: Number.POSITIVE_INFINITY,
    untilBroken: true,
    ...(spoil && { spoil }),
  });
  return results.flatMap(({ complaints }) => complaints).join('\n');
};

it('finds out an engine that registers its compensation after the step', async () => {
  const complaint = await firstComplaint(await bundleWith(REGISTERED_AFTER_THE_STEP), FIRST_HALF_WAY);
  expect(complaint).toMatch(/(failed|aborted), but \w+ was updated|untouched, but \w+: it was updated/);
}, 300_000);

it('finds out an engine that rolls back to the revision before', async () => {
  const complaint = await firstComplaint(await bundleOf(), FIRST_SEED, relativeRollback);
  expect(complaint).toMatch(/restored, but \w+: (it runs|its task definition names)/);
}, 300_000);

it('finds out an engine that takes as many tasks as wanted for a success', async () => {
  const complaint = await firstComplaint(await bundleOf(), FIRST_SEED, successOnCounts);
  expect(complaint).toMatch(/succeeded, but \w+: /);
}, 300_000);
