/** The commands with which people hold, steer and question a release, on a real server with fake pools. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { ReleaseMark } from '../../src/activities/contracts/control.ts';
import {
  operate,
  type ReleaseClient,
  type StartedRelease,
  startRelease,
  waitForRelease,
} from '../../src/client/index.ts';
import { CheckFailedError, RefusedByServiceError } from '../../src/errors.ts';
import { type CliRun, runCli } from '../cli/fake-terminal.ts';
import { FakePools, nextOf, untilCancelled } from '../fakes/activities.ts';
import { markOf } from '../fakes/marks.ts';
import { withPools } from './harness.ts';
import { serverForAll } from './server-for-all.ts';

let env: TestWorkflowEnvironment;
let client: ReleaseClient;
let folder: string;
let environment: string;
let counter = 0;

serverForAll(
  (server) => {
    ({ env, client } = server);
  },
  { isDefault: true },
);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-steering-'));
  environment = `env-${++counter}`;
});
afterEach(() => rm(folder, { recursive: true }));

const slipway = (...args: string[]): Promise<CliRun> => runCli([...args, '--app', 'shop'], folder);
const start = () =>
  startRelease(client, { app: 'shop', environment, sha: String(counter).padStart(40, 'a') });

/** The rollout takes until somebody stops it. */
const slow = (): FakePools =>
  new FakePools().on('waitUntilStable', async (input, _call, good) =>
    input.rollouts.some(({ taskDefinition }) => taskDefinition === nextOf('api')) ? untilCancelled() : good(),
  );
const called = (pools: FakePools, name: string): Promise<void> =>
  until(async () => pools.record().some((line) => line.startsWith(name)));

async function until(is: () => Promise<boolean>): Promise<void> {
  while (!(await is())) await new Promise((resolve) => setTimeout(resolve, 30));
}
const fail = (): never => {
  throw new Error('no such release');
};
/** Visibility lags behind a little. */
const soon = async (ask: () => Promise<CliRun>, exitCode: number): Promise<CliRun> => {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const run = await ask();
    if (run.exitCode === exitCode || Date.now() > deadline) return run;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

describe('saying something to a release', () => {
  it('by its environment: the answer on stdout, who and why in the report', async () => {
    const pools = slow();
    await withPools(env, pools, async () => {
      const release = await start();
      await called(pools, 'waitUntilStable api');
      const pause = await soon(() => slipway('pause', environment, '--for', '1h', '--who', 'ada'), 0);
      expect(pause).toMatchObject({ exitCode: 0, stderr: '' });
      const [, until] =
        /it stops before the next change, and goes on by itself at (.*) UTC\n$/.exec(pause.stdout) ?? [];
      expect(pause.stdout).toContain(`${release.workflowId}  pause: `);
      const why = await slipway('why', environment);
      expect(why.exitCode).toBe(0);
      expect(why.stdout).toMatch(/At work\n {2}waitUntilStable: /);
      expect(why.stdout).toContain('▸ running  shop →');
      expect(why.stdout).toMatch(
        new RegExp(`‖ paused by ada \\(goes on by itself at ${until} UTC\\)\n {2}go on: {3}slipway resume `),
      );
      const refused = await slipway('retry', release.workflowId);
      expect(refused).toMatchObject({ exitCode: 6, stdout: '' });
      expect(refused.stderr).toContain(`${release.workflowId} does not take retry: nothing is stuck`);
      const back = await slipway('rollback', release.workflowId, '--reason', 'orders fail', '--who', 'ada');
      expect(back.exitCode).toBe(0);
      const report = await waitForRelease(client, release);
      expect(report).toMatchObject({
        verdict: 'rolled-back',
        operators: [
          { action: 'pause', who: 'ada', accepted: true },
          { action: 'rollback', who: 'ada', reason: 'orders fail', accepted: true },
        ],
      });
      const late = await slipway('pause', release.workflowId);
      expect(late.exitCode).toBe(2);
      expect(late.stderr).toMatch(/has ended, or there is no such release.*\n.*slipway why deploy\/shop/);
      const none = await soon(() => slipway('pause', environment), 2);
      expect(none.stderr).toContain(`no release of shop in ${environment} is running`);
    });
  });

  it('is answered as JSON, too', async () => {
    const pools = slow();
    await withPools(env, pools, async () => {
      const release = await start();
      await called(pools, 'waitUntilStable api');
      const paused = await slipway('pause', release.workflowId, '--json');
      const { workflowId } = release;
      expect(JSON.parse(paused.stdout)).toEqual({
        workflowId,
        runId: expect.any(String),
        action: 'pause',
        answer: 'it stops before the next change, until somebody resumes it',
      });
      const back = await slipway('rollback', release.workflowId, '--output', 'json', '--reason', 'x');
      expect(JSON.parse(back.stdout)).toMatchObject({ action: 'rollback', answer: expect.any(String) });
      await waitForRelease(client, release);
    });
  });

  it('that nobody takes says that nobody answers, and which signal waits for them', async () => {
    const release = await start();
    const note = { who: "ada's", reason: 'x' };
    await expect(operate(client, release, 'pause', note, 700)).rejects.toMatchObject({
      type: 'NoControlWorker',
      advice: expect.stringContaining(
        String.raw`temporal workflow signal --workflow-id ${release.workflowId} --name pause --input '{"who":"ada'\''s","reason":"x"}'`,
      ),
    });
    await client.temporal.workflow.getHandle(release.workflowId).terminate();
  });

  it('by an environment of which several releases run asks which one, and says how they stand', async () => {
    await withPools(env, slow(), async () => {
      const sha = (digit: string) => String(counter).padStart(40, digit);
      const startOf = (digit: string) => startRelease(client, { app: 'shop', environment, sha: sha(digit) });
      const both = [await startOf('b'), await startOf('c')];
      const ids = both.map(({ workflowId }) => workflowId);
      await until(async () => {
        const { stderr } = await slipway('retry', environment);
        return ids.every((id) => stderr.includes(`  │ ${id}  since 20`));
      });
      const run = await slipway('abort', environment);
      expect(run).toMatchObject({ exitCode: 2, stdout: '' });
      expect(run.stderr).toContain(`2 releases of shop in ${environment} are running: which one?`);
      expect(run.stderr).toContain('Give the workflow id');
      expect((await slipway('abort', ids[0] ?? '')).exitCode).toBe(0);
      expect(await waitForRelease(client, both[0] ?? fail())).not.toMatchObject({ verdict: 'succeeded' });
      // Of the one that is left nobody has to give the id, although what Temporal lists may lag behind.
      expect((await slipway('abort', environment)).exitCode).toBe(0);
      expect(await waitForRelease(client, both[1] ?? fail())).not.toMatchObject({ verdict: 'succeeded' });
    });
  });

  it('that there is not is an error that says so', async () => {
    expect(await slipway('abort', 'deploy/no/such/one')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('there is no release deploy/no/such/one'),
    });
  });

  it('of a stuck rollback: why shows the ways out, skip leaves one service', async () => {
    const pools = new FakePools()
      .on('waitUntilStable', async (input, _call, good) =>
        input.rollouts.some(({ taskDefinition }) => taskDefinition === nextOf('api'))
          ? { failures: [{ name: 'api', kind: 'task-failed' as const, summary: 'exit 1', evidence: [] }] }
          : good(),
      )
      .on('updateServices', (input, _call, good) =>
        input.updates.some(({ name, taskDefinition }) => name === 'api' && taskDefinition !== nextOf('api'))
          ? Promise.reject(new RefusedByServiceError('no such image'))
          : good(),
      );
    await withPools(env, pools, async () => {
      const release = await start();
      const watching = await slipway('watch', release.workflowId);
      expect(watching.exitCode).toBe(4);
      expect(watching.stderr).toContain(`leave one:  slipway skip ${release.workflowId} api`);
      const why = await slipway('why', release.workflowId);
      expect(why.stdout).toContain('↩ rolling back');
      expect(why.stdout).toContain('‼ rollback stuck: api: no such image');
      expect((await slipway('skip', release.workflowId, 'web')).exitCode).toBe(6);
      const skip = await slipway('skip', release.workflowId, 'api', '--reason', 'by hand', '--who', 'bob');
      expect(skip.stdout).toContain('skip: api is left as it is');
      const end = await slipway('watch', release.workflowId);
      expect(end.exitCode).toBe(4);
      expect(end.stdout).toContain('api: NOT restored');
      expect(end.stdout).toContain('bob: skip (by hand) – api is left as it is');
    });
  });
});

/** A release of this test's environment that was ended in mid-rollout; nobody watches over it any more. */
const terminated = (): Promise<StartedRelease> => {
  const pools = slow();
  return withPools(env, pools, async () => {
    const release = await start();
    await called(pools, 'waitUntilStable api');
    await client.temporal.workflow.getHandle(release.workflowId).terminate('by mistake');
    return release;
  });
};

/** Visibility lags behind a little. */
const whyUntil = async (name: string, text: string): Promise<CliRun> => {
  for (;;) {
    const run = await slipway('why', name);
    if (run.stdout.includes(text)) return run;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

/** As it is in the store: one wave, one service. */
const markFor = ({ workflowId, runId }: StartedRelease): ReleaseMark =>
  markOf(`${workflowId}/${runId}`, ['api'], { app: 'shop', environment });

const deployNext = async (digit: string): Promise<StartedRelease> => {
  const sha = String(counter).padStart(40, digit);
  const release = await startRelease(client, { app: 'shop', environment, sha });
  await waitForRelease(client, release);
  return release;
};

describe('why', () => {
  it('of an environment is about the last release that did not succeed; JSON is the whole report', async () => {
    const failing = new FakePools().on('runCheck', () => Promise.reject(new CheckFailedError('2 failed')));
    const release = await withPools(env, failing, async () => {
      const started = await start();
      await waitForRelease(client, started);
      return started;
    });
    counter += 1;
    const newer = await withPools(env, new FakePools(), async () => {
      const started = await start();
      await waitForRelease(client, started);
      return started;
    });
    const text = await soon(() => slipway('why', environment), 0);
    expect(text.stderr).toBe(
      `${release.workflowId}\n! not the newest release: ${newer.workflowId} was started after it\n`,
    );
    expect(text.stdout).toMatch(/^✗ failed {2}shop → /);
    expect(text.stdout).toContain('2 failed');
    expect(text.stdout).toMatch(new RegExp(`slipway deploy ${environment} --sha [0-9a-f]{40} --app shop\n`));
    await writeFile(join(folder, 'slipway.yaml'), 'app: shop');
    const atHome = await runCli(['why', environment], folder);
    expect(atHome.stdout).toMatch(new RegExp(`slipway deploy ${environment} --sha [0-9a-f]{40}\n`));
    const json = await slipway('why', release.workflowId, '--json');
    expect(json).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({ verdict: 'failed', cause: { summary: '2 failed' } });
  });

  it('of a release that was terminated tells how it stood, and that the next one puts it right', async () => {
    const pools = slow();
    await withPools(env, pools, async () => {
      const release = await start();
      await called(pools, 'waitUntilStable api');
      await client.temporal.workflow.getHandle(release.workflowId).terminate('by mistake');
      expect((await slipway('watch', release.workflowId)).exitCode).toBe(4);
      const run = await slipway('why', release.workflowId);
      expect(run.exitCode).toBe(4);
      expect(run.stdout).toContain('✗ broken off');
      expect(run.stdout).toMatch(/api +not-restored/);
      expect(run.stdout).toContain('the next release puts right what this one left');
      expect(run.stdout).toMatch(/at 20.* UTC; what it had changed was still in place then/);
      expect(run.stderr).toContain('was terminated (by mistake)');
      expect(run.stderr).toMatch(/When it ended \(20.*\), what it had changed was still in place\. The next/);
      expect((await soon(() => slipway('why', environment), 4)).stdout).toContain('✗ broken off');
    });
  });

  it('of a terminated release that a later one has put right tells of that one, and offers no way back', async () => {
    const broken = await terminated();
    const repairing = new FakePools().on('takeTurn', async () => [markFor(broken)]);
    const later = await withPools(env, repairing, () => deployNext('b'));
    // Of what the status of a terminated release says, only a control worker knows.
    await withPools(env, new FakePools(), async () => {
      const newest = await deployNext('c');
      const run = await whyUntil(broken.workflowId, 'Since then');
      expect(run.exitCode).toBe(4);
      expect(run.stdout).toContain(`${later.workflowId}  ✓ succeeded`);
      expect(run.stdout).toContain('put right first: api restored');
      expect(run.stderr).toMatch(/Since then .* \(succeeded\) has looked back at it: .*put right first: api/);
      expect(run.stdout + run.stderr).not.toMatch(/still in place|--sha/);
      expect((await slipway('watch', broken.workflowId)).stderr).toContain('put right first: api restored');
      const ofEnvironment = await slipway('why', environment);
      const newer = `! not the newest release: ${newest.workflowId} was started after it`;
      expect(ofEnvironment).toMatchObject({ exitCode: 0, stderr: `${later.workflowId}\n${newer}\n` });
      expect(ofEnvironment.stdout).toMatch(/^✓ succeeded/);
      expect(ofEnvironment.stdout).toMatch(/\nWarnings\n {2}release .* was broken off/);
      const json = JSON.parse((await slipway('why', broken.workflowId, '--json')).stdout);
      expect(json).toMatchObject({ verdict: null, endedAtMs: expect.any(Number) });
      expect(json.aftermath).toMatchObject({ workflowId: later.workflowId, verdict: 'succeeded' });
    });
  });

  it('of a release that was terminated past its report, so that the later one found nothing, says that', async () => {
    const broken = await terminated();
    const failing = new FakePools().on('runCheck', () => Promise.reject(new CheckFailedError('2 failed')));
    await withPools(env, failing, async () => {
      await deployNext('b');
      await whyUntil(environment, '2 failed');
      // That one never looked back.
      expect((await slipway('why', broken.workflowId)).stdout).toContain('was still in place then');
    });
    await withPools(env, new FakePools(), async () => {
      const later = await deployNext('c');
      const run = await whyUntil(broken.workflowId, 'Since then');
      expect(run.stdout).toContain(`${later.workflowId}  ✓ succeeded\n  it looked for what was left of it`);
    });
  });

  it('of a release that runs while nobody is there to say how it stands says that', async () => {
    const release = await start();
    const run = await slipway('why', release.workflowId);
    expect(run).toMatchObject({ exitCode: 7, stderr: expect.stringContaining('no control worker') });
    await client.temporal.workflow.getHandle(release.workflowId).terminate();
  });
});
