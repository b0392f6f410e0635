/** The bundled client, alone in a folder: real releases on a real Temporal server, fake pools behind them. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { execa } from 'execa';
import { VERDICT_EXIT } from '../../src/cli/exit-codes.ts';
import { VERDICTS } from '../../src/release/verdict.ts';
import { FakePools } from '../fakes/activities.ts';
import { POOLS_FOR, slow, stuck } from '../fakes/every-verdict.ts';
import { buildClient } from '../github-actions/build-client.ts';
import { startServer, withPools } from './harness.ts';

let env: TestWorkflowEnvironment;
/** Nothing but the one file. */
let alone: string;
let elsewhere: string;
let counter = 0;
let sha: string;

beforeAll(async () => {
  alone = await mkdtemp(join(tmpdir(), 'slipway-alone-'));
  console.info(await buildClient(alone));
  env = await startServer();
});
afterAll(async () => {
  await env?.teardown();
  await rm(alone, { recursive: true });
});
beforeEach(async () => {
  elsewhere = await mkdtemp(join(tmpdir(), 'slipway-elsewhere-'));
  sha = String(++counter).padStart(40, 'a');
});
afterEach(() => rm(elsewhere, { recursive: true }));

const client = (args: readonly string[], more: { input?: string; env?: Record<string, string> } = {}) =>
  execa(join(alone, 'slipway-client.mjs'), args, {
    cwd: elsewhere,
    extendEnv: false,
    env: {
      PATH: process.env.PATH,
      NODE_PATH: '',
      HOME: elsewhere,
      TEMPORAL_ADDRESS: env.address,
      ...more.env,
    },
    reject: false,
    ...(more.input === undefined ? { stdin: 'ignore' } : { input: more.input }),
  });
const start = (...more: readonly string[]) =>
  client(['start', 'production', '--app', 'shop', '--sha', sha, ...more]);
const workflowId = () => `deploy/shop/production/${sha}`;

describe('slipway-client', () => {
  it('is one file, which answers at once', async () => {
    expect(await readdir(alone)).toEqual(['slipway-client.mjs']);
    const times: number[] = [];
    for (let run = 0; run < 3; run += 1) {
      const startedAtMs = performance.now();
      expect(await client(['--help'])).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('start'),
      });
      times.push(performance.now() - startedAtMs);
    }
    console.info(`slipway-client --help: ${Math.min(...times).toFixed(0)} ms`);
    expect(Math.min(...times)).toBeLessThan(5_000);
  });

  it.each(VERDICTS)('starts a release, waits, and ends as its verdict says: %s', async (verdict) => {
    await withPools(env, POOLS_FOR[verdict](), async () => {
      const run = await start('--wait');
      expect(JSON.parse(run.stdout)).toMatchObject({ verdict, app: 'shop', commit: { sha: 'a'.repeat(40) } });
      expect(run.exitCode).toBe(VERDICT_EXIT[verdict]);
      expect(run.stderr).toContain(`started ${workflowId()}`);
    });
  });

  it('starts without waiting, attaches, signals, waits', async () => {
    const pools = slow();
    await withPools(env, pools, async () => {
      const first = JSON.parse((await start()).stdout);
      expect(first).toEqual({
        workflowId: workflowId(),
        runId: expect.any(String),
        attached: false,
        url: null,
      });
      const again = await client(['start', '--input', '-'], {
        input: JSON.stringify({ app: 'shop', environment: 'production', sha: sha.toUpperCase() }),
        env: { SLIPWAY_TEMPORAL_UI: 'http://ui:8233/' },
      });
      expect(JSON.parse(again.stdout)).toEqual({
        ...first,
        attached: true,
        url: `http://ui:8233/namespaces/default/workflows/${encodeURIComponent(workflowId())}/${first.runId}/history`,
      });
      const status = JSON.parse((await client(['status', workflowId()])).stdout);
      expect(status).toMatchObject({ running: true, verdict: null, app: 'shop' });
      while (!pools.record('waitUntilStable').some((line) => line.includes('api')))
        await new Promise((resolve) => setTimeout(resolve, 30));
      const timedOut = await client(['wait', workflowId(), '--timeout', '0.2']);
      expect([timedOut.exitCode, timedOut.stdout]).toEqual([124, '']);
      const no = await client(['signal', workflowId(), 'retry']);
      expect(no).toMatchObject({ exitCode: 6, stderr: expect.stringContaining('nothing is stuck') });
      const said = await client([
        'signal',
        workflowId(),
        'rollback',
        '--who',
        'ada',
        '--reason',
        'orders fail',
      ]);
      expect(JSON.parse(said.stdout)).toMatchObject({
        action: 'rollback',
        answer: expect.stringContaining('goes back'),
      });
      const end = await client(['wait', workflowId()]);
      expect(end.exitCode).toBe(3);
      expect(JSON.parse(end.stdout)).toMatchObject({
        verdict: 'rolled-back',
        operators: [{ who: 'ada', reason: 'orders fail' }],
      });
      expect(JSON.parse((await client(['status', workflowId()])).stdout)).toMatchObject({
        verdict: 'rolled-back',
      });
    });
  });

  it('ends with 4 as soon as a rollback is stuck', async () => {
    await withPools(env, stuck(), async () => {
      const run = await start('--wait');
      expect([run.exitCode, run.stdout]).toEqual([4, '']);
      expect(run.stderr).toContain('rollback stuck: api: no such image');
      await client(['signal', workflowId(), 'give-up']);
      expect((await client(['wait', workflowId()])).exitCode).toBe(4);
    });
  });

  it('lets go on SIGTERM as on Ctrl+C; the release goes on', async () => {
    const pools = slow();
    await withPools(env, pools, async () => {
      const waiting = start('--wait');
      while (!pools.record('waitUntilStable').some((line) => line.includes('api')))
        await new Promise((resolve) => setTimeout(resolve, 30));
      waiting.kill('SIGTERM');
      const run = await waiting;
      expect([run.exitCode, run.stdout]).toEqual([130, '']);
      expect(run.stderr).toContain('Detached: the release goes on.');
      expect(JSON.parse((await client(['status', workflowId()])).stdout)).toMatchObject({ running: true });
      await client(['signal', workflowId(), 'abort']);
      expect((await client(['wait', workflowId()])).exitCode).toBe(3);
    });
  });

  it('of an app that slipway.yaml names needs no --app', async () => {
    await writeFile(join(elsewhere, 'slipway.yaml'), 'app: shop\n');
    await withPools(env, new FakePools(), async () => {
      expect((await client(['start', 'production', '--sha', sha, '--wait'])).exitCode).toBe(0);
    });
  });

  it.each([
    ['no commit', ['start', 'production', '--app', 'shop'], 2, '"sha"'],
    ['no environment', ['start', '--app', 'shop', '--sha', 'abc'], 2, '"environment"'],
    ['no app', ['start', 'production', '--sha', 'abc'], 2, 'which app?'],
    ['no JSON', ['start', '--input', '{'], 2, '--input is not JSON'],
    ['no object', ['start', '--input', '[]'], 2, 'expected a JSON object'],
    ['no such action', ['signal', 'production', 'pauze'], 2, "value 'pauze' is invalid"],
    ['no such release', ['wait', 'deploy/no/such/one'], 2, 'there is no release deploy/no/such/one'],
  ])('%s: says so and ends with 2', async (_what, args, exitCode, text) => {
    const run = await client(args);
    expect(run).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(text) });
  });

  it('no server: ends with 7, and says which', async () => {
    const run = await client(['wait', 'deploy/a/b/c'], { env: { TEMPORAL_ADDRESS: '127.0.0.1:1' } });
    expect(run).toMatchObject({
      exitCode: 7,
      stderr: expect.stringContaining('does not answer at 127.0.0.1:1'),
    });
  });

  it('reads the namespace and temporal.toml as Temporal’s own CLI does', async () => {
    await writeFile(join(elsewhere, 'temporal.toml'), `[profile.default]\naddress = "${env.address}"\n`);
    const run = await client(['wait', 'deploy/a/b/c'], {
      env: {
        TEMPORAL_ADDRESS: '',
        TEMPORAL_CONFIG_FILE: join(elsewhere, 'temporal.toml'),
        TEMPORAL_NAMESPACE: 'no-such-namespace',
      },
    });
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toMatch(/no-such-namespace/i);
  });
});
