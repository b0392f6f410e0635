import { afterAll, beforeAll, it } from '@jest/globals';
import { bundleOf, type Lanes, openLanes } from './lanes.ts';
import { runSeed } from './run-seed.ts';
import { scenarioOf } from './scenario.ts';

let lanes: Lanes;
beforeAll(async () => {
  lanes = await openLanes(4, await bundleOf());
});
afterAll(() => lanes?.close());

it('runs', async () => {
  const from = Number(process.env.FROM ?? 0);
  let next = from;
  await Promise.all(lanes.lanes.map(async (lane) => {
    for (;;) {
      const seed = next;
      next += 1;
      if (seed >= from + Number(process.env.SEEDS ?? 4)) return;
      const t = Date.now();
      try {
        const { record } = await runSeed(lane, scenarioOf(seed));
        process.stdout.write(`${seed} ${record.ending.kind} ${record.report?.verdict} ${record.report?.cause?.summary.slice(0, 300)} ${Date.now() - t} ms ${record.history.events} events ${record.history.largestPayloadBytes} calls ${record.calls.length}\n`);
      } catch (error) {
        process.stdout.write(`${seed} ERROR ${(error as Error).stack}\n`);
      }
    }
  }));
}, 600_000);
