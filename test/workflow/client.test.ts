/** The tiny client and what `deploy` and `watch` make of it, against a real server and the real workflow. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { heartbeat } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { execa } from 'execa';
import { followRelease } from '../../src/cli/watching/follow-release.ts';
import { LineView } from '../../src/cli/watching/line-view.ts';
import {
  connect,
  describeRelease,
  findRelease,
  newestRelease,
  type ReleaseClient,
  releaseStatus,
  startRelease,
  waitForRelease,
} from '../../src/client/index.ts';
import { BuildFailedError, CheckFailedError, TransientError } from '../../src/errors.ts';
import { DEPLOY_WORKFLOW, TASK_QUEUE } from '../../src/release/names.ts';
import { fakeTerminal, runCli } from '../cli/fake-terminal.ts';
import { FakePools } from '../fakes/activities.ts';
import { withPools } from './harness.ts';
import { serverForAll } from './server-for-all.ts';

let env: TestWorkflowEnvironment;
let client: ReleaseClient;
serverForAll(
  (server) => {
    ({ env, client } = server);
  },
  { isDefault: true },
);

let count = 0;
/** A commit that no other test has deployed. */
const freshSha = (): string => {
  count += 1;
  return count.toString(16).padStart(40, '0');
};
const request = (sha = freshSha()) => ({ app: 'shop', environment: 'production', sha });
const FAST = { pollMs: 20, statusMs: 50, answerMs: 10_000, patienceMs: 5_000 };
const linesOf = ({ terminal }: ReturnType<typeof fakeTerminal>) => new LineView(terminal, 'x', 60_000);
const never = new AbortController().signal;

/** Pools in which checks wait until the test lets them go on. */
function heldPools() {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const pools = new FakePools().on('runCheck', async (_input, _call, good) => {
    heartbeat({ summary: '7 of 9 tests' });
    await held;
    return good();
  });
  return { pools, release };
}

describe('starting', () => {
  it('gives one commit in one environment one workflow id', async () => {
    const sha = freshSha();
    const started = await withPools(env, new FakePools(), async () => {
      const first = await startRelease(client, request(sha));
      await waitForRelease(client, first);
      return first;
    });
    expect(started).toEqual({
      workflowId: `deploy/shop/production/${sha}`,
      runId: expect.any(String),
      attached: false,
    });
  });

  it('attaches to a running release, and runs a finished one again', async () => {
    const { pools, release } = heldPools();
    await withPools(env, pools, async () => {
      const wanted = request();
      const first = await startRelease(client, wanted);
      expect(await startRelease(client, wanted)).toEqual({ ...first, attached: true });
      release();
      expect((await waitForRelease(client, first)).verdict).toBe('succeeded');
      const again = await startRelease(client, wanted);
      expect(again.attached).toBe(false);
      expect(again.runId).not.toBe(first.runId);
      await waitForRelease(client, again);
    });
  });

  it('of two starts at the same moment exactly one starts', async () => {
    await withPools(env, new FakePools(), async () => {
      const wanted = request();
      const both = await Promise.all([startRelease(client, wanted), startRelease(client, wanted)]);
      expect(both.map(({ attached }) => attached).sort()).toEqual([false, true]);
      expect(both[0]?.runId).toBe(both[1]?.runId);
      await waitForRelease(client, both[0] ?? both[1]);
    });
  });
});

describe('reading', () => {
  it('status, pending activities and what they last said', async () => {
    const { pools, release } = heldPools();
    await withPools(env, pools, async () => {
      const started = await startRelease(client, request());
      await expectSoon(
        async () => (await describeRelease(client, started)).pending,
        [expect.objectContaining({ type: 'runCheck', attempt: 1, heartbeat: { summary: '7 of 9 tests' } })],
      );
      const status = await releaseStatus(client, started);
      expect(status).toMatchObject({ phase: 'running', verdict: null, app: 'shop' });
      release();
      await waitForRelease(client, started);
      expect(await describeRelease(client, started)).toMatchObject({ running: false, pending: [] });
    });
  });

  it('goes on watching where a release goes on: in another run, after a reset', async () => {
    const { pools, release } = heldPools();
    await withPools(env, pools, async () => {
      const started = await startRelease(client, request());
      const watching = followRelease(client, started, linesOf(fakeTerminal()), never, FAST);
      const waiting = waitForRelease(client, started);
      await expectSoon(
        async () => (await describeRelease(client, started)).pending.map(({ type }) => type),
        ['runCheck'],
      );
      const { events } = await env.client.workflow.getHandle(started.workflowId).fetchHistory();
      const decided = events?.find((event) => event.workflowTaskCompletedEventAttributes);
      await env.client.workflowService.resetWorkflowExecution({
        namespace: 'default',
        workflowExecution: started,
        reason: 'test',
        workflowTaskFinishEventId: decided?.eventId ?? null,
        requestId: 'reset-1',
      });
      release();
      expect(await waiting).toMatchObject({ verdict: 'succeeded' });
      expect(await watching).toMatchObject({ kind: 'ended', report: { verdict: 'succeeded' } });
    });
  });

  it('finds a release by its id and the newest of an environment', async () => {
    await withPools(env, new FakePools(), async () => {
      const started = await startRelease(client, { ...request(), environment: 'staging', app: 'other' });
      await waitForRelease(client, started);
      const found = { workflowId: started.workflowId, runId: started.runId };
      expect(await findRelease(client, started.workflowId)).toEqual(found);
      await expectSoon(() => newestRelease(client, 'other', 'staging').catch(() => undefined), found);
      await expect(newestRelease(client, 'shop', 'staging')).rejects.toMatchObject({
        type: 'ReleaseNotFound',
      });
      await expect(findRelease(client, 'deploy/no/such/one')).rejects.toMatchObject({
        type: 'ReleaseNotFound',
      });
    });
  });

  it.each([
    [
      'failed',
      new FakePools().on('runCheck', () => Promise.reject(new CheckFailedError('2 failed'))),
      'check-failed',
    ],
    [
      'failed',
      new FakePools().on('buildImage', () => Promise.reject(new BuildFailedError('no'))),
      'build-failed',
    ],
  ])('a verdict other than success is a report too: %s', async (verdict, pools, kind) => {
    const report = await withPools(env, pools, async () =>
      waitForRelease(client, await startRelease(client, request())),
    );
    expect(report).toMatchObject({ verdict, cause: { kind } });
  });

  it('a run that was terminated has no verdict, and says so', async () => {
    const started = await startRelease(client, request());
    await client.temporal.workflow.getHandle(started.workflowId).terminate('test');
    await expect(waitForRelease(client, started)).rejects.toMatchObject({
      type: 'NoVerdict',
      message: expect.stringContaining('was terminated'),
    });
  });

  it('no server is one clear error', async () => {
    await expect(connect({ address: '127.0.0.1:1', connectTimeoutMs: 300 })).rejects.toMatchObject({
      type: 'Unreachable',
      message: expect.stringContaining('127.0.0.1:1'),
    });
  });
});

describe('following', () => {
  it('tells each step once, retries too, and ends with the report', async () => {
    const pools = new FakePools().on('pushImage', (_input, call, good) =>
      call === 1 ? Promise.reject(new TransientError('registry says 503')) : good(),
    );
    const fake = fakeTerminal();
    const end = await withPools(env, pools, async () =>
      followRelease(client, await startRelease(client, request()), linesOf(fake), never, FAST),
    );
    expect(end).toMatchObject({ kind: 'ended', report: { verdict: 'succeeded' } });
    const lines = fake.stderr().split('\n');
    for (const step of ['plan', 'check:lint', 'build:api', 'push:api', 'update:1', 'health:2', 'promote']) {
      expect(lines.filter((line) => line.startsWith(`✓ ${step}  `))).toHaveLength(1);
    }
    expect(lines.filter((line) => line.startsWith('↻ pushImage  attempt 2: registry says 503'))).toHaveLength(
      1,
    );
  });

  it('lets go when told to; the release goes on', async () => {
    const { pools, release } = heldPools();
    await withPools(env, pools, async () => {
      const started = await startRelease(client, request());
      const stop = new AbortController();
      const following = followRelease(client, started, linesOf(fakeTerminal()), stop.signal, FAST);
      stop.abort();
      expect(await following).toEqual({ kind: 'detached' });
      release();
      expect((await waitForRelease(client, started)).verdict).toBe('succeeded');
    });
  });

  it('says once that no control worker is there, and goes on when one is', async () => {
    const fake = fakeTerminal();
    const started = await startRelease(client, request());
    const following = followRelease(client, started, linesOf(fake), never, FAST);
    await expectSoon(async () => fake.stderr(), expect.stringContaining('no control worker answers'));
    const end = await withPools(env, new FakePools(), () => following);
    expect(end).toMatchObject({ kind: 'ended' });
    expect(fake.stderr().match(/no control worker/g)).toHaveLength(1);
  });

  it('leaves with the reason when a rollback is stuck', async () => {
    const pools = new FakePools()
      .on('waitUntilStable', async () => ({
        failures: [{ name: 'worker', kind: 'task-failed' as const, summary: 'exit code 1', evidence: [] }],
      }))
      .on('updateServices', (_input, call, good) =>
        call === 1 ? good() : Promise.reject(new BuildFailedError('denied')),
      );
    await withPools(env, pools, async () => {
      const started = await startRelease(client, request());
      const end = await followRelease(client, started, linesOf(fakeTerminal()), never, FAST);
      expect(end).toEqual({ kind: 'stuck', reason: expect.any(String), names: expect.any(Array) });
      await client.temporal.workflow.getHandle(started.workflowId).signal('give-up');
      expect((await waitForRelease(client, started)).verdict).toBe('rollback-failed');
    });
  });
});

describe('the commands', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-deploy-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const deploy = (sha: string, ...args: string[]) =>
    runCli(['deploy', 'production', '--app', 'shop', '--sha', sha, ...args], folder);

  it('deploy: progress on stderr, the report on stdout, 0', async () => {
    const run = await withPools(env, new FakePools(), () => deploy(freshSha()));
    expect(run.exitCode).toBe(0);
    expect(run.stderr).toContain('shop → production  started deploy/shop/production/');
    expect(run.stdout).toMatch(/^✓ succeeded {2}shop → production/);
  });

  it('deploy --output json: stdout is the report and nothing else', async () => {
    const failing = new FakePools().on('runCheck', () => Promise.reject(new CheckFailedError('2 failed')));
    const run = await withPools(env, failing, () => deploy(freshSha(), '--output', 'json'));
    expect(run.exitCode).toBe(1);
    expect(JSON.parse(run.stdout)).toMatchObject({ verdict: 'failed', cause: { summary: '2 failed' } });
  });

  it('deploy takes HEAD of the repository and the app of its slipway.yaml', async () => {
    const git = (...args: string[]) =>
      execa('git', ['-c', 'user.name=T', '-c', 'user.email=t@t', ...args], { cwd: folder });
    await execa('sh', ['-c', 'printf "app: garden\\n" > slipway.yaml'], { cwd: folder });
    await git('init', '-q');
    await git('add', '.');
    await git('commit', '-qm', 'first');
    const head = (await git('rev-parse', 'HEAD')).stdout;
    const run = await runCli(['deploy', '--detach', '--output', 'json'], folder);
    expect(run.exitCode).toBe(0);
    const started = JSON.parse(run.stdout) as { workflowId: string };
    expect(started).toMatchObject({ workflowId: `deploy/garden/production/${head}`, attached: false });
    await client.temporal.workflow.getHandle(started.workflowId).terminate();
  });

  it('deploy --detach starts it and says how to come back', async () => {
    const sha = freshSha();
    const run = await deploy(sha, '--detach');
    expect(run).toMatchObject({ exitCode: 0, stdout: '' });
    expect(run.stderr).toContain(`slipway watch deploy/shop/production/${sha}`);
    await client.temporal.workflow.getHandle(`deploy/shop/production/${sha}`).terminate();
  });

  it('--timeout stops watching with 124', async () => {
    const { pools, release } = heldPools();
    await withPools(env, pools, async () => {
      const sha = freshSha();
      const run = await deploy(sha, '--timeout', '0.3');
      expect(run.exitCode).toBe(124);
      expect(run.stderr).toContain('Detached: the release goes on.');
      release();
      const again = await runCli(['watch', `deploy/shop/production/${sha}`], folder);
      expect(again.exitCode).toBe(0);
    });
  });

  it('watch finds a release that somebody started with an id of their own', async () => {
    const run = await withPools(env, new FakePools(), async () => {
      await client.temporal.workflow.start(DEPLOY_WORKFLOW, {
        workflowId: 'my-own-id',
        taskQueue: TASK_QUEUE.control,
        args: [{ environment: 'production', sha: freshSha() }],
      });
      return runCli(['watch', 'my-own-id'], folder);
    });
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toContain('✓ succeeded');
  });

  it('watch of nothing says what was looked for', async () => {
    const run = await runCli(['watch', 'moon', '--app', 'shop'], folder);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toContain('no release of shop in moon was found');
  });
});

/** Asks again until it is so: what Temporal shows may lag behind what it did. */
async function expectSoon(ask: () => Promise<unknown>, expected: unknown): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const answer = await ask();
    try {
      expect(answer).toEqual(expected);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }
}
