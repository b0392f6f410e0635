/**
 * Seeds that fix everything that befalls a release: after each, all invariants hold. Where nobody says which, they are
 * the selection of selection.ts; `script/simulate` runs all of them, others, or one again, through the same test.
 */
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bundleOf, type Lanes, openLanes } from './lanes.ts';
import { range, SELECTED_SEEDS } from './selection.ts';
import { type SeedResult, simulate } from './simulate.ts';

const {
  SLIPWAY_SIMULATION_FROM: from = '0',
  SLIPWAY_SIMULATION_SEEDS: count,
  SLIPWAY_SIMULATION_LANES: laneCount = '12',
  SLIPWAY_SIMULATION_RESULTS: resultsFile,
} = process.env;

const seeds = count === undefined ? SELECTED_SEEDS : range(Number(from), Number(count));

let lanes: Lanes;
beforeAll(async () => {
  lanes = await openLanes(Math.min(Number(laneCount), seeds.length), await bundleOf());
});
afterAll(() => lanes?.close());

describe(`seeds from ${seeds[0]} on`, () => {
  it(
    `keep all invariants, ${seeds.length} of them`,
    async () => {
      const tell = ({ seed, ending, durationMs, complaints, trace }: SeedResult): void => {
        if (resultsFile !== undefined) process.stderr.write(complaints.length > 0 ? 'F' : '.');
        else if (complaints.length > 0) {
          process.stderr.write(
            `seed ${seed} (${ending}, ${durationMs} ms):\n${complaints.join('\n')}\n${trace}\n`,
          );
        }
      };
      const results = await simulate(lanes, { seeds, onResult: tell });
      if (resultsFile !== undefined) await writeFile(resultsFile, JSON.stringify(results));
      const broken = results.filter(({ complaints }) => complaints.length > 0);
      expect(broken.map(({ seed, complaints }) => `${seed}: ${complaints.join('; ')}`)).toEqual([]);
    },
    seeds.length * 10_000 + 120_000,
  );
});
