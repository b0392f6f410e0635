/** The built `slipway serve` as a process of its own, beside a real Temporal server that comes and goes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, type ReleaseClient } from '../../src/client/index.ts';
import { findTool } from '../../src/tools.ts';
import { ensureBuilt, slipway, TOP } from '../e2e/built-cli.ts';
import { freshPull, freshPush, payload, REPOSITORY } from '../server/payloads.ts';
import { deliver, HOUR_MS, RULE, SECRET } from '../server/receiver.ts';

let folder: string;
let port: number;
let temporal: ChildProcess | undefined;
let client: ReleaseClient | undefined;
let serving: Serving | undefined;

interface Serving {
  readonly child: ChildProcess;
  readonly url: string;
  readonly log: () => string;
  /** Exit code. */
  readonly ended: Promise<number | null>;
}

beforeAll(async () => {
  await ensureBuilt();
}, 120_000);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-serve-'));
  port = await freePort();
});
afterEach(async () => {
  // Whatever came, it has not fallen.
  if (serving) expect(await stopServing()).toBe(0);
  await client?.close();
  client = undefined;
  await stopTemporal();
  await rm(folder, { recursive: true, force: true });
});
afterAll(() => stopTemporal());

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: found } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return found;
}

/** It remembers what it knew before. */
async function startTemporal(): Promise<void> {
  const args = ['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port)];
  temporal = spawn(
    await findTool('temporal'),
    [...args, '--db-filename', join(folder, 'temporal.db'), '--log-level', 'never'],
    { stdio: 'ignore' },
  );
  client = await connect({ address: `127.0.0.1:${port}`, connectTimeoutMs: 30_000 });
}

async function stopTemporal(): Promise<void> {
  if (!temporal) return;
  const ended = new Promise((resolve) => temporal?.once('exit', resolve));
  temporal.kill('SIGCONT');
  temporal.kill('SIGKILL');
  await ended;
  temporal = undefined;
}

const environment = (more: NodeJS.ProcessEnv = {}): Record<string, string> => ({
  TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
  SLIPWAY_WEBHOOK_SECRET: SECRET.toString(),
  ...(more as Record<string, string>),
});

async function configure(rules: readonly object[] = [{}], more: object = {}): Promise<string> {
  const file = join(folder, 'serve.yaml');
  const deployments = rules.length === 0 ? undefined : rules.map((rule) => ({ ...RULE, ...rule }));
  await writeFile(file, JSON.stringify({ deployments, ...more }));
  return file;
}

async function startServing(
  rules?: readonly object[],
  env = environment(),
  more: object = {},
): Promise<Serving> {
  const child = spawn(
    process.execPath,
    [
      join(TOP, 'bin/slipway.js'),
      'serve',
      '--config',
      await configure(rules, more),
      '--listen',
      '127.0.0.1:0',
    ],
    { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const line = await Promise.race([
    new Promise<string>((resolve) => child.stdout.setEncoding('utf8').once('data', resolve)),
    ended.then((code) => {
      throw new Error(`it ended with ${code}: ${errors}`);
    }),
  ]);
  const { listening } = JSON.parse(line) as { listening: string };
  expect(listening).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/webhooks\/github$/);
  serving = { child, url: new URL(listening).origin, log: () => errors, ended };
  return serving;
}

async function stopServing(): Promise<number | null> {
  const last = serving;
  serving = undefined;
  last?.child.kill('SIGTERM');
  return last ? last.ended : null;
}

const sha = (index: number): string => String(index).padStart(40, 'c');
const idOf = (index: number): string => `deploy/hello/production/${sha(index)}`;
const runsOf = async (workflowId: string): Promise<number> => {
  const { count } = (await client?.temporal.workflow.count(`WorkflowId = '${workflowId}'`)) ?? { count: -1 };
  return count;
};
const until = async (is: () => Promise<boolean>, ms = 20_000): Promise<void> => {
  const deadline = Date.now() + ms;
  while (!(await is())) {
    if (Date.now() > deadline) throw new Error('it never came to that');
    await sleep(50);
  }
};
/** `pushed_at` of a push that happened so long ago. */
const ago = (hours: number) => ({
  repository: { pushed_at: Math.floor((Date.now() - hours * HOUR_MS) / 1_000) },
});

describe('slipway serve', () => {
  it('starts the workflow of a pushed commit, once, whatever comes again', async () => {
    await startTemporal();
    const { url } = await startServing([{}, { on: 'workflow_run' }]);
    const push = freshPush(sha(1));
    expect(await deliver(url, push)).toMatchObject({
      status: 202,
      body: {
        decision: 'started',
        releases: [{ app: 'hello', environment: 'production', workflowId: idOf(1), attached: false }],
      },
    });
    const run = payload('workflow-run', {
      workflow_run: { head_sha: sha(1), updated_at: new Date().toISOString() },
    });
    for (const [content, event] of [
      [push, 'push'],
      [run, 'workflow_run'],
    ] as const)
      expect((await deliver(url, content, { event })).body).toMatchObject({ releases: [{ attached: true }] });

    const handle = client?.temporal.workflow.getHandle(idOf(1));
    const { events } = (await handle?.fetchHistory()) ?? {};
    const input = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data;
    expect(JSON.parse(Buffer.from(input ?? []).toString())).toEqual({
      app: 'hello',
      environment: 'production',
      sha: sha(1),
      partOf: 'refs/heads/main',
      startedBy: 'octocat (GitHub push)',
    });

    // Ended, in whatever way: only people start it again.
    await handle?.terminate('by hand');
    for (const [content, event] of [
      [push, 'push'],
      [run, 'workflow_run'],
    ] as const)
      expect((await deliver(url, content, { event })).body).toEqual({
        decision: 'ignored',
        reason: `this commit was released before: ${idOf(1)}`,
      });
    await until(async () => (await runsOf(idOf(1))) === 1);
  });

  it('starts the checks of a pull request, once, and of a fork’s none', async () => {
    await startTemporal();
    const more = { pullRequests: [{ repository: REPOSITORY, app: 'hello', reconcile: false }] };
    const { url } = await startServing([], environment(), more);
    const sent = { event: 'pull_request' };
    const pull = freshPull(sha(1), { action: 'opened' });
    const workflowId = `checks/hello/${sha(1)}`;
    const started = { decision: 'started', checks: [{ app: 'hello', pullRequest: 7, workflowId }] };
    expect(await deliver(url, pull, sent)).toMatchObject({ status: 202, body: started });
    expect((await deliver(url, pull, sent)).body).toMatchObject({ checks: [{ attached: true }] });

    const handle = client?.temporal.workflow.getHandle(workflowId);
    const { taskQueue, type } = (await handle?.describe()) ?? {};
    expect({ taskQueue, type }).toEqual({ taskQueue: 'slipway-control', type: 'checks' });
    const { events } = (await handle?.fetchHistory()) ?? {};
    const input = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data;
    expect(JSON.parse(Buffer.from(input ?? []).toString())).toEqual({
      app: 'hello',
      sha: sha(1),
      pullRequest: 7,
      startedBy: 'octocat (GitHub pull_request)',
    });

    const fork = freshPull(sha(2), { pull_request: { head: { repo: { id: 999 } } } });
    expect((await deliver(url, fork, sent)).body.reason).toContain('fork');
    expect((await deliver(url, freshPush(sha(3)))).body.decision).toBe('ignored');
    await handle?.terminate('by hand');
    expect((await deliver(url, pull, sent)).body).toEqual({
      decision: 'ignored',
      reason: `this commit was checked before: ${workflowId}`,
    });
    // Those of the other two would be there by now.
    await until(async () => (await runsOf(workflowId)) === 1);
    expect((await client?.temporal.workflow.count())?.count).toBe(1);

    await stopTemporal();
    expect((await deliver(url, freshPull(sha(4)), sent)).status).toBe(503);
  }, 30_000);

  it('answers two hundred at once, each commit started once', async () => {
    await startTemporal();
    const { url } = await startServing();
    const deliveries = Array.from({ length: 200 }, (_, index) => freshPush(sha(index % 40)));
    let late = 0;
    const delivered = await Promise.all(
      deliveries.map(async (delivery) => {
        const startedAtMs = Date.now();
        const first = await deliver(url, delivery);
        expect(Date.now() - startedAtMs).toBeLessThan(10_000);
        if (first.status !== 503) return first;
        late += 1;
        // A machine that is busy with something else answers in time that it could not: GitHub delivers it again.
        await sleep(2_000);
        return deliver(url, delivery);
      }),
    );
    expect(delivered.map(({ status }) => status)).toEqual(Array(200).fill(202));
    const releases = delivered.flatMap(({ body }) => body.releases as { attached: boolean }[]);
    const fresh = releases.filter(({ attached }) => !attached).length;
    expect(fresh).toBeLessThanOrEqual(40);
    expect(fresh + late).toBeGreaterThanOrEqual(40);
    await until(async () => (await client?.temporal.workflow.count("WorkflowType = 'deploy'"))?.count === 40);
  });

  it('knows a replay by its age, of what Temporal may have forgotten', async () => {
    await startTemporal();
    const { url } = await startServing();
    // A development server forgets after a day.
    expect((await deliver(url, freshPush(sha(1), ago(23)))).body.decision).toBe('started');
    expect((await deliver(url, freshPush(sha(2), ago(25)))).body).toEqual({
      decision: 'ignored',
      reason: 'it happened more than 24 hours ago',
    });
  });

  it('keeps a schedule that looks for what was missed', async () => {
    await startTemporal();
    await startServing();
    const handle = client?.temporal.schedule.getHandle('reconcile/hello/production/refs/heads/main');
    await until(async () => (await handle?.describe().catch(() => undefined)) !== undefined);
    expect((await handle?.describe())?.action).toMatchObject({
      workflowType: 'reconcile',
      args: [{ app: 'hello', environment: 'production', ref: 'refs/heads/main', receiver: 'default' }],
    });
  });

  it('begins without Temporal, asks for deliveries again, and goes on when it comes – and goes, and comes back', async () => {
    const { url } = await startServing();
    const answer = async () => {
      const startedAtMs = Date.now();
      const { status } = await deliver(url, freshPush(sha(1)));
      return { status, ms: Date.now() - startedAtMs };
    };
    const away = async (): Promise<void> => {
      const [one, ...others] = await Promise.all(Array.from({ length: 20 }, answer));
      for (const { status, ms } of [...others, ...(one ? [one] : [])]) {
        expect(status).toBe(503);
        expect(ms).toBeLessThan(8_000);
      }
      expect((await fetch(`${url}/readyz`)).status).toBe(503);
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
    };
    await away();
    await startTemporal();
    expect((await answer()).status).toBe(202);
    await until(async () => (await fetch(`${url}/readyz`)).status === 200);
    await stopTemporal();
    await away();
    await client?.close();
    await startTemporal();
    await until(async () => (await answer()).status === 202);
    await until(async () => (await runsOf(idOf(1))) === 1);
    await until(async () => (await fetch(`${url}/readyz`)).status === 200);
    expect(await stopServing()).toBe(0);
  }, 120_000);

  it('answers in time while Temporal hangs', async () => {
    await startTemporal();
    const { url } = await startServing();
    expect((await deliver(url, freshPush(sha(1)))).status).toBe(202);
    temporal?.kill('SIGSTOP');
    const startedAtMs = Date.now();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => deliver(url, freshPush(sha(index + 2)))),
    );
    expect(Date.now() - startedAtMs).toBeLessThan(9_000);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    temporal?.kill('SIGCONT');
    await until(async () => (await deliver(url, freshPush(sha(2)))).status === 202);
  }, 60_000);

  it('takes both secrets out of files while they are changed', async () => {
    await startTemporal();
    const previous = Buffer.from('the-secret-of-yesterday');
    await writeFile(join(folder, 'new'), `${SECRET}\n`);
    await writeFile(join(folder, 'old'), `${previous}\n`);
    const { SLIPWAY_WEBHOOK_SECRET: _, ...env } = environment();
    const { url, log } = await startServing([{}], {
      ...env,
      SLIPWAY_WEBHOOK_SECRET_FILE: join(folder, 'new'),
      SLIPWAY_WEBHOOK_SECRET_PREVIOUS_FILE: join(folder, 'old'),
    });
    expect((await deliver(url, freshPush(sha(1)))).status).toBe(202);
    expect((await deliver(url, freshPush(sha(1)), { secret: previous })).status).toBe(202);
    const wrong = await deliver(url, freshPush(sha(1)), { secret: Buffer.from('somebody-elses-secret') });
    expect(wrong.status).toBe(401);
    for (const secret of [SECRET, previous]) expect(log()).not.toContain(secret.toString());
  });

  it('finishes what it has begun to answer when it is told to stop, and takes nothing new', async () => {
    await startTemporal();
    const { url, child, ended, log } = await startServing();
    await deliver(url, freshPush(sha(1)));
    temporal?.kill('SIGSTOP');
    const answer = deliver(url, freshPush(sha(2)));
    await sleep(300);
    child.kill('SIGTERM');
    await until(async () => log().includes('stopping'));
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    temporal?.kill('SIGCONT');
    expect([202, 503]).toContain((await answer).status);
    expect(await ended).toBe(0);
  }, 30_000);
});

describe('slipway serve begins only', () => {
  const run = async (rules: readonly object[], env: NodeJS.ProcessEnv, listen = '127.0.0.1:0') =>
    slipway(['serve', '--config', await configure(rules), '--listen', listen], {
      cwd: folder,
      env: environment(env),
    });

  it('with a secret that is one', async () => {
    for (const secret of ['', 'short']) {
      const { exitCode, stdout, stderr } = await run([{}], { SLIPWAY_WEBHOOK_SECRET: secret });
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toMatch(/error: SLIPWAY_WEBHOOK_SECRET holds \d bytes: a secret that can be guessed/);
      expect(stderr).not.toContain('short');
    }
  });

  it('with a configuration that fits together', async () => {
    const { exitCode, stderr } = await run([{ ref: 'main' }], {});
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /serve.yaml:1 deployments.0.ref: expected a branch in full, such as refs\/heads\/main, got "main"/,
    );
    const missing = await slipway(['serve', '--config', 'nowhere.yaml'], { cwd: folder, env: environment() });
    expect(missing).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('cannot be read: ENOENT') });
  });

  it('where it can listen', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const taken = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { exitCode, stderr } = await run([{}], {}, taken);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`cannot listen on ${taken}: EADDRINUSE`);
    await new Promise((resolve) => server.close(resolve));
    expect(await run([{}], {}, '8080')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('Expected an address such as'),
    });
  });
});
