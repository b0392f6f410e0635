/** The days find out engines that are known to be wrong: seeds are tried until one does. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openEnvironment } from '../../fakes/environment.ts';
import { bundleOf, type Lanes, openLanes } from '../lanes.ts';
import { range } from '../selection.ts';
import type { WrongEngine } from './run-day.ts';
import { simulateDays } from './simulate-days.ts';

let lanes: Lanes;
beforeAll(async () => {
  lanes = await openLanes(6, await bundleOf());
});
afterAll(() => lanes?.close());

const complaintsOf = async (engine: WrongEngine): Promise<string> => {
  const results = await simulateDays(lanes, { seeds: range(0, 60), untilBroken: true, engine });
  return results.flatMap(({ complaints }) => complaints).join('\n');
};

/** Whoever asks for the turn has it. */
const turnForAll: WrongEngine = {
  fenced: false,
  spoil: (activities) => ({
    ...activities,
    tellEnvironment: async (input) => {
      await activities.tellEnvironment(input);
      if (input.arrival.ready) await openEnvironment.tellEnvironment(input);
    },
    // Nor does anybody wait for those that still run.
    takeTurn: async () => [],
  }),
};

/** What a terminated release has left stays as it is. */
const nothingRepaired: WrongEngine = {
  fenced: true,
  spoil: (activities) => ({
    ...activities,
    takeTurn: async (input) => {
      await activities.takeTurn(input);
      return [];
    },
  }),
};

it('find out an environment that gives the turn to everybody', async () => {
  expect(await complaintsOf(turnForAll)).toMatch(/^one at a time: /m);
}, 300_000);

it('find out a release that does not put right what another one has left', async () => {
  expect(await complaintsOf(nothingRepaired)).toMatch(
    /what serves is what the ledger says: when release \d+ began/,
  );
}, 300_000);
