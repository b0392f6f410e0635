/**
 * The workflow code of today replays the histories that are kept, without a server. Until the first tagged
 * release a changed workflow records them anew: `npm run record-histories`.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { execa } from 'execa';
import { findTool } from '../../src/tools.ts';
import { reportOf, startDeploy, startServer, withPools, workflowBundle } from '../workflow/harness.ts';
import { SCENARIOS } from './scenarios.ts';

const folder = new URL('./histories/', import.meta.url);

if (process.env.SLIPWAY_RECORD_HISTORIES === '1') {
  let env: Awaited<ReturnType<typeof startServer>>;
  beforeAll(async () => {
    env = await startServer();
  });
  afterAll(async () => {
    await env?.teardown();
  });
  it.each(SCENARIOS)('records $name', async ({ name, verdict, pools, people }) => {
    const workflowId = await withPools(env, pools(), async () => {
      const handle = await startDeploy(env);
      await people?.(handle);
      expect((await reportOf(handle)).verdict).toBe(verdict);
      return handle.workflowId;
    });
    const show = [
      'workflow',
      'show',
      '--output',
      'json',
      '--workflow-id',
      workflowId,
      '--address',
      env.address,
    ];
    const { stdout } = await execa(await findTool('temporal'), show);
    await writeFile(new URL(`${name}.json`, folder), `${stdout}\n`);
  });
}

describe('a kept history', () => {
  it('exists for each scenario', async () => {
    const kept = (await readdir(folder)).toSorted();
    expect(kept).toEqual(SCENARIOS.map(({ name }) => `${name}.json`).toSorted());
  });

  it.each(SCENARIOS)('$name is replayed without a difference', async ({ name }) => {
    const history = JSON.parse(await readFile(new URL(`${name}.json`, folder), 'utf8')) as KeptHistory;
    await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history, idIn(history));
  });
});

interface KeptHistory {
  readonly events: readonly {
    readonly workflowExecutionStartedEventAttributes?: { readonly workflowId: string };
  }[];
}

/** A release knows its letters by its own id. */
const idIn = ({ events }: KeptHistory): string =>
  events[0]?.workflowExecutionStartedEventAttributes?.workflowId ?? '';
