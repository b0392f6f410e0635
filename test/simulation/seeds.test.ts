/**
 * Seeds that fix everything that befalls a release: after each, all invariants hold. `script/simulate` runs more of
 * them, or one again, through the same test.
 */
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bundleOf, type Lanes, openLanes } from './lanes.ts';
import { type SeedResult, simulate } from './simulate.ts';

const {
  SLIPWAY_SIMULATION_FROM: from = '0',
  SLIPWAY_SIMULATION_SEEDS: seeds = '300',
  SLIPWAY_SIMULATION_LANES: laneCount = '12',
  SLIPWAY_SIMULATION_RESULTS: resultsFile,
} = process.env;

let lanes: Lanes;
beforeAll(async () => {
  lanes = await openLanes(Math.min(Number(laneCount), Number(seeds)), await bundleOf());
});
afterAll(() => lanes?.close());

describe(`seeds from ${from} on`, () => {
  it(
    `keep all invariants, ${seeds} of them`,
    async () => {
      const tell = ({ seed, ending, durationMs, complaints, trace }: SeedResult): void => {
        if (resultsFile !== undefined) process.stderr.write(complaints.length > 0 ? 'F' : '.');
        else if (complaints.length > 0) {
          process.stderr.write(
            `seed ${seed} (${ending}, ${durationMs} ms):\n${complaints.join('\n')}\n${trace}\n`,
          );
        }
      };
      const results = await simulate(lanes, {
        from: Number(from),
        count: Number(seeds),
        onResult: tell,
      });
      if (resultsFile !== undefined) await writeFile(resultsFile, JSON.stringify(results));
      const broken = results.filter(({ complaints }) => complaints.length > 0);
      expect(broken.map(({ seed, complaints }) => `${seed}: ${complaints.join('; ')}`)).toEqual([]);
    },
    Number(seeds) * 10_000 + 120_000,
  );
});
