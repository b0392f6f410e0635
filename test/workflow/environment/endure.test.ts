/** What years bring to one environment, as many releases as SLIPWAY_ENDURE_RELEASES says (script/endure). */
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { startServer } from '../harness.ts';
import { endure, growing } from './endure.ts';

const { SLIPWAY_ENDURE_RELEASES: count = '150', SLIPWAY_ENDURE_RESULTS: resultsFile } = process.env;
const releases = Number(count);

let server: TestWorkflowEnvironment;
beforeAll(async () => {
  // With so low a limit Temporal suggests the next run after a dozen releases, and the small part has many runs, too.
  server = await startServer(releases < 1_000 ? ['limit.historyCount.suggestContinueAsNew=400'] : []);
});
afterAll(() => server?.teardown());

it(
  `${releases} releases in sequence leave history, state and memory as they are`,
  async () => {
    const endurance = await endure(server, releases, ({ released, seconds, controlMiB, queryMs }) => {
      if (resultsFile === undefined) return;
      const line = `${released} released in ${seconds.toFixed(0)} s, control ${controlMiB.toFixed(0)} MiB, query ${queryMs.toFixed(0)} ms`;
      process.stderr.write(`${line}\n`);
    });
    if (resultsFile !== undefined) await writeFile(resultsFile, JSON.stringify(endurance));
    const { runs, stored, lastNumber, verdicts } = endurance;
    expect({ stored, lastNumber }).toEqual({ stored: releases, lastNumber: releases });
    expect(verdicts.succeeded ?? 0).toBeGreaterThan(releases / 2);
    expect(runs.length).toBeGreaterThan(releases / 200);
    expect(growing(endurance)).toEqual([]);
  },
  releases * 2_000 + 120_000,
);
