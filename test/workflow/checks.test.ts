/**
 * The checks of pull requests, on a real Temporal server: commits out of a real git repository, read by the real control
 * activities, told to a GitHub-like server; only what runs the checks is a fake.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { createAwaitEnd } from '../../src/activities/await-end.ts';
import { createCheckSource } from '../../src/activities/check-source.ts';
import type { RunCheckInput } from '../../src/activities/contracts/build.ts';
import type { CheckSourceActivities } from '../../src/activities/contracts/checks.ts';
import { runEndInTemporal } from '../../src/activities/run-end.ts';
import { createTellGitHub } from '../../src/activities/tell-github.ts';
import { followChecks } from '../../src/cli/watching/follow-checks.ts';
import {
  checksStatus,
  type ReleaseClient,
  type StartedRelease,
  startChecks,
  startChecksOnce,
  waitForChecks,
} from '../../src/client/index.ts';
import { CheckFailedError } from '../../src/errors.ts';
import { createGitHubClient } from '../../src/github/client.ts';
import { checksWorkflowId, notifyWorkflowId, TASK_QUEUE } from '../../src/release/names.ts';
import { parseServeConfiguration } from '../../src/server/configuration.ts';
import { decide } from '../../src/server/decide.ts';
import { createFolderStore } from '../../src/store/folder-store.ts';
import { type CliRun, fakeTerminal, runCli } from '../cli/fake-terminal.ts';
import { FakePools, untilCancelled } from '../fakes/activities.ts';
import { FakeGitHub } from '../fakes/github.ts';
import { createGitFixture, type GitFixture } from '../source/git-fixture.ts';
import { withPools, workflowBundle } from './harness.ts';
import { serverForAll } from './server-for-all.ts';

const YAML = `app: shop
checks:
  unit: { run: "true" }
  lint: { run: "true" }
  slow: { run: "true", needs: [unit] }
images: { web: {} }
services: { web: {} }
environments: { production: { cluster: main } }
`;

let env: TestWorkflowEnvironment;
let client: ReleaseClient;
let github: FakeGitHub;
let root: string;
let origin: GitFixture;

serverForAll(
  (server) => {
    ({ env, client } = server);
  },
  { isDefault: true },
);
beforeEach(async () => {
  github = await new FakeGitHub().start();
  root = await mkdtemp(join(tmpdir(), 'slipway-checks-'));
  origin = createGitFixture(join(root, 'origin'));
  // So that no commit has the SHA of another test's.
  origin.commit('First', { 'slipway.yaml': YAML, root });
});
afterEach(async () => {
  // What goes on by itself would tell the next test's GitHub.
  for await (const { workflowId } of env.client.workflow.list({ query: "ExecutionStatus = 'Running'" })) {
    await env.client.workflow
      .getHandle(workflowId)
      .terminate()
      .catch(() => undefined);
  }
  github.heal();
  await github.stop();
  await rm(root, { recursive: true });
});

/** A commit of a pull request, which no branch leads to. */
const push = (pullRequest: number, files: Record<string, string>): string => {
  const ref = `refs/pull/${pullRequest}/head`;
  const before = origin.git('for-each-ref', '--format=%(objectname)', ref);
  origin.git('checkout', '--quiet', '--detach', before || 'main');
  const sha = origin.commit('Proposal', files);
  origin.git('update-ref', ref, sha);
  origin.git('checkout', '--quiet', 'main');
  return sha;
};

/** Control as it is; the checks pool as it is told. */
const served = (pools: FakePools, isTold = true): FakePools => {
  const store = createFolderStore(join(root, 'store'));
  const own = {
    ...createCheckSource({
      store,
      repositories: { shop: origin.folder },
      folder: join(root, 'git'),
      ...(isTold && { gitHubRepositories: { shop: github.repository } }),
    }),
    tellGitHub: createTellGitHub({
      gitHubRepositories: { shop: github.repository },
      github: createGitHubClient({
        apiUrl: github.url,
        credential: { kind: 'token', token: github.token },
        timeoutMs: 500,
      }),
    }),
    awaitEnd: createAwaitEnd({ store, runEnd: runEndInTemporal }),
  };
  return Object.assign(Object.create(pools), {
    activities: () => ({ ...pools.activities(), ...own }),
  }) as FakePools;
};

const failing = (...names: readonly string[]): FakePools =>
  new FakePools().on('runCheck', async ({ check }, _call, good) => {
    if (!names.includes(check.name)) return good();
    throw new CheckFailedError(`check ${check.name}: it failed with exit code 1`, {
      evidence: ['collected 3 items', `\u001b[31mFAILED test_${check.name}\u001b[0m`],
      advice: 'read it',
    });
  });

const until = async (is: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await is())) await new Promise((resolve) => setTimeout(resolve, 20));
};
const told = ({ workflowId, runId }: StartedRelease): Promise<unknown> =>
  env.client.workflow.getHandle(notifyWorkflowId(`${workflowId}/${runId}`)).result();
const start = (sha: string, pullRequest = 7): Promise<StartedRelease> =>
  startChecks(client, { app: 'shop', sha, pullRequest, startedBy: 'github:ada' });

describe('the checks of a pull request', () => {
  it('that pass: each of them, and all together, and nothing else is done', async () => {
    const sha = push(7, { new: 'x' });
    const checked: RunCheckInput[] = [];
    const pools = new FakePools().on('runCheck', async (input, _call, good) => {
      checked.push(input);
      return good();
    });
    await withPools(env, served(pools), async () => {
      const run = await start(sha);
      expect(run).toMatchObject({ workflowId: checksWorkflowId('shop', sha), attached: false });
      const report = await waitForChecks(client, run);
      expect(report).toMatchObject({
        verdict: 'passed',
        app: 'shop',
        commit: { sha },
        pullRequest: 7,
        startedBy: 'github:ada',
        cause: null,
        checks: [],
      });
      await told(run);
    });
    expect(pools.record().toSorted()).toEqual(['runCheck lint', 'runCheck slow', 'runCheck unit']);
    // What a pull request leaves in warm folders is not what a release finds there.
    expect(new Set(checked.map(({ app }) => app))).toEqual(new Set(['shop@fork-7']));
    expect(github.contexts()).toEqual({
      'slipway/checks': 'success',
      'slipway/check/unit': 'success',
      'slipway/check/lint': 'success',
      'slipway/check/slow': 'success',
    });
    expect(new Set(github.statuses.map((status) => status.sha))).toEqual(new Set([sha]));
    expect(github.deployments).toEqual([]);
  });

  it('of which one fails: the others run all the same, those that need it do not, and its last line is told', async () => {
    const sha = push(7, { new: 'x' });
    const pools = failing('unit').on('runCheck', async ({ check }, _call, good) => {
      if (check.name === 'lint') await until(() => github.contexts()['slipway/check/unit'] === 'failure');
      if (check.name !== 'unit') return good();
      throw new CheckFailedError('check unit: it failed with exit code 1', {
        evidence: ['collected 3 items', '\u001b[31mFAILED test_unit\u001b[0m'],
        advice: 'read it',
      });
    });
    await withPools(env, served(pools), async () => {
      const run = await start(sha);
      const report = await waitForChecks(client, run);
      expect(report).toMatchObject({
        verdict: 'failed',
        cause: {
          kind: 'check-failed',
          step: 'check:unit',
          summary: 'check unit: it failed with exit code 1',
        },
        checks: [{ name: 'unit' }],
      });
      await told(run);
      const history = await env.client.workflow.getHandle(run.workflowId).fetchHistory();
      await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history, run.workflowId);
    });
    expect(pools.record().toSorted()).toEqual(['runCheck lint', 'runCheck unit']);
    expect(github.contexts()).toEqual({
      'slipway/checks': 'failure',
      'slipway/check/unit': 'failure',
      'slipway/check/lint': 'success',
      'slipway/check/slow': 'error',
    });
    const of = (context: string): unknown =>
      github.statuses.findLast((status) => status.context === `slipway/check/${context}`)?.description;
    expect(of('unit')).toBe('check unit: it failed with exit code 1: FAILED test_unit');
    expect(of('slow')).toBe('not run: needs check:unit, which has failed');
  });

  it('with a slipway.yaml that is wrong: GitHub is told what is wrong, and nothing runs', async () => {
    const sha = push(7, { 'slipway.yaml': 'app: 7' });
    const pools = new FakePools();
    await withPools(env, served(pools), async () => {
      const run = await start(sha);
      expect(await waitForChecks(client, run)).toMatchObject({
        verdict: 'failed',
        cause: { kind: 'configuration', step: 'plan' },
      });
      await told(run);
    });
    expect(pools.record()).toEqual([]);
    expect(github.statuses.at(-1)).toMatchObject({
      context: 'slipway/checks',
      state: 'failure',
      description: expect.stringMatching(/slipway.yaml:1 app: expected/) as never,
    });
  });

  it('take nothing but the checks of it: neither its environments nor its services', async () => {
    const evil = YAML.replace('cluster: main', 'cluster: somebody-elses, approval: {}, deployQueue: x');
    const sha = push(7, { 'slipway.yaml': evil });
    const pools = new FakePools();
    await withPools(env, served(pools), async () => {
      const run = await start(sha);
      expect((await waitForChecks(client, run)).verdict).toBe('passed');
      const history = await env.client.workflow.getHandle(run.workflowId).fetchHistory();
      const text = JSON.stringify(history, (key, value: unknown) =>
        key === 'data' && typeof value === 'string' ? Buffer.from(value, 'base64').toString() : value,
      );
      expect([text.includes('slow'), text.includes('somebody-elses')]).toEqual([true, false]);
    });
  });
});

it('of which very many fail with very much to say: the report still fits into the history', async () => {
  const many = Array.from({ length: 150 }, (_, n) => `  c${n}: { run: "false" }`).join('\n');
  const sha = push(7, { 'slipway.yaml': YAML.replace(/checks:[\s\S]*images/, `checks:\n${many}\nimages`) });
  const pools = new FakePools().on('runCheck', async ({ check }) => {
    const evidence = Array.from({ length: 50 }, () => 'x'.repeat(2_000));
    throw new CheckFailedError(`check ${check.name}: it failed`, { evidence });
  });
  await withPools(env, served(pools), async () => {
    const run = await start(sha);
    const report = await waitForChecks(client, run);
    expect(report.checks).toHaveLength(150);
    expect(JSON.stringify(report).length).toBeLessThan(600_000);
    await told(run);
  });
  const shown = github.statuses.filter((status) => status.sha === sha).map(({ context }) => context);
  expect(new Set(shown).size).toBe(51);
});

describe('a second start', () => {
  it('of the same commit, while they run and after: a delivery that comes twice starts nothing', async () => {
    const sha = push(7, { new: 'x' });
    const pools = new FakePools();
    await withPools(env, served(pools), async () => {
      const run = await start(sha);
      expect(await start(sha)).toEqual({ ...run, attached: true });
      await waitForChecks(client, run);
      expect(await start(sha)).toEqual({ ...run, attached: true });
      const again = await startChecks(client, { app: 'shop', sha, pullRequest: 7, again: true });
      expect(again).toMatchObject({ attached: false });
      await waitForChecks(client, again);
    });
    expect(pools.record('runCheck')).toHaveLength(6);
  });

  it('of what a newer push has ended, where the branch is pushed back to it: by a push that is later', async () => {
    const older = push(7, { new: 'x' });
    const gate = { open: false };
    const pools = new FakePools().on('runCheck', async (_input, _call, good) =>
      gate.open ? good() : untilCancelled(),
    );
    await withPools(env, served(pools), async () => {
      const pushedAtMs = Date.now() - 1_000;
      const once = (askedAtMs: number) =>
        startChecksOnce(client, { app: 'shop', sha: older, pullRequest: 7 }, askedAtMs);
      const workflowId = checksWorkflowId('shop', older);
      expect(await once(pushedAtMs)).toEqual({ workflowId, state: 'started' });
      expect(await once(Date.now() + 60_000)).toEqual({ workflowId, state: 'running' });
      await until(() => pools.record('runCheck').length >= 2);
      gate.open = true;
      await waitForChecks(client, await start(push(7, { new: 'y' })));
      await expect(waitForChecks(client, await start(older))).resolves.toMatchObject({
        verdict: 'cancelled',
      });

      // The first delivery again: older than the run that it has started.
      expect(await once(pushedAtMs)).toEqual({ workflowId, state: 'ended' });
      origin.git('update-ref', 'refs/pull/7/head', older);
      expect(await once(Date.now())).toEqual({ workflowId, state: 'started' });
      await expect(waitForChecks(client, await start(older))).resolves.toMatchObject({ verdict: 'passed' });
      // What has passed has passed, whenever it is asked for.
      expect(await once(Date.now() + 60_000)).toEqual({ workflowId, state: 'ended' });
    });
  });

  it('of what was terminated starts nothing: that was a person’s will', async () => {
    const sha = push(7, { new: 'x' });
    const run = await start(sha);
    await env.client.workflow.getHandle(run.workflowId).terminate();
    expect(await startChecksOnce(client, { app: 'shop', sha, pullRequest: 7 }, Date.now() + 60_000)).toEqual({
      workflowId: run.workflowId,
      state: 'ended',
    });
  });

  it('for a newer push ends those of the older one, of the same pull request only', async () => {
    const other = push(8, { other: 'x' });
    const older = push(7, { new: 'x' });
    const gate = { open: false };
    const pools = new FakePools().on('runCheck', async (_input, _call, good) => {
      if (gate.open) return good();
      return untilCancelled();
    });
    await withPools(env, served(pools), async () => {
      const runs = [await start(older), await start(other, 8)] as const;
      await until(() => pools.record('runCheck').length >= 4);
      gate.open = true;
      const newer = push(7, { new: 'y' });
      const run = await start(newer);
      expect(await waitForChecks(client, runs[0])).toMatchObject({
        verdict: 'cancelled',
        cause: { kind: 'cancelled', summary: expect.stringMatching(/newer push/) as never },
      });
      expect((await waitForChecks(client, run)).verdict).toBe('passed');
      await told(runs[0]);
      const stateOf = (sha: string): unknown =>
        github.statuses.findLast((status) => status.sha === sha && status.context === 'slipway/checks')
          ?.state;
      expect([stateOf(older), stateOf(other)]).toEqual(['error', 'pending']);
      await env.client.workflow.getHandle(runs[1].workflowId).cancel();
      await waitForChecks(client, runs[1]);
    });
  });

  it('for an older push, read before the newer one came, does not end those of the newer one', async () => {
    const older = push(7, { new: 'x' });
    const [read, over] = [{ open: false }, { open: false }];
    const pools = new FakePools().on('runCheck', async (_input, _call, good) => {
      await until(() => over.open);
      return good();
    });
    const all = served(pools).activities() as ReturnType<FakePools['activities']> & CheckSourceActivities;
    const readChecks: CheckSourceActivities['readChecks'] = async (input) => {
      const reading = await all.readChecks(input);
      if (input.sha === older) await until(() => read.open);
      return reading;
    };
    await withPools(env, { activities: () => ({ ...all, readChecks }) }, async () => {
      const first = await start(older);
      await until(
        async () => (await env.client.workflow.getHandle(first.workflowId).describe()).historyLength > 4,
      );
      const run = await start(push(7, { new: 'y' }));
      await until(() => pools.record('runCheck').length >= 2);
      read.open = true;
      await until(() => pools.record('runCheck').length >= 4);
      over.open = true;
      expect((await waitForChecks(client, run)).verdict).toBe('passed');
      await waitForChecks(client, first);
    });
  });

  it('for an older push, whose delivery comes late, ends nothing and runs nothing', async () => {
    const older = push(7, { new: 'x' });
    const newer = push(7, { new: 'y' });
    const gate = { open: false };
    const pools = new FakePools().on('runCheck', async (_input, _call, good) => {
      await until(() => gate.open);
      return good();
    });
    await withPools(env, served(pools), async () => {
      const run = await start(newer);
      await until(() => pools.record('runCheck').length >= 2);
      const late = await start(older);
      expect(await waitForChecks(client, late)).toMatchObject({
        verdict: 'cancelled',
        cause: { kind: 'superseded', summary: expect.stringMatching(newer) as never },
      });
      gate.open = true;
      expect((await waitForChecks(client, run)).verdict).toBe('passed');
    });
    expect(pools.record('runCheck')).toHaveLength(3);
  });
});

it('GitHub is away: the checks end as they do, and it hears the end when it is back', async () => {
  const sha = push(7, { new: 'x' });
  await github.stop();
  await withPools(env, served(failing('lint')), async () => {
    const run = await start(sha);
    expect((await waitForChecks(client, run)).verdict).toBe('failed');
    await github.start();
    await told(run);
  });
  expect(github.contexts()).toMatchObject({ 'slipway/checks': 'failure', 'slipway/check/unit': 'success' });
});

it('GitHub is not told where nothing is configured', async () => {
  const sha = push(7, { new: 'x' });
  await withPools(env, served(new FakePools(), false), async () => {
    const run = await start(sha);
    expect((await waitForChecks(client, run)).verdict).toBe('passed');
    await expect(told(run)).rejects.toThrow(/not found/i);
  });
  expect(github.requests.filter((line) => line.includes(sha))).toEqual([]);
});

it('runs that are terminated leave nothing pending', async () => {
  const sha = push(7, { new: 'x' });
  const pools = new FakePools().on('runCheck', async () => untilCancelled());
  await withPools(env, served(pools), async () => {
    const run = await start(sha);
    await until(() => github.contexts()['slipway/check/unit'] === 'pending');
    await env.client.workflow.getHandle(run.workflowId).terminate();
    await told(run);
    await expect(waitForChecks(client, run)).rejects.toMatchObject({ type: 'ChecksFailed' });
  });
  expect(new Set(Object.values(github.contexts()))).toEqual(new Set(['error']));
});

describe('a fork', () => {
  const event = (sha: string, headId: number): unknown => ({
    action: 'opened',
    number: 7,
    repository: { id: 1 },
    sender: { login: 'eve' },
    pull_request: {
      state: 'open',
      updated_at: '2026-11-20T16:46:21Z',
      head: { sha, repo: { id: headId } },
      base: { repo: { id: 1 } },
    },
  });
  const configuration = parseServeConfiguration('pullRequests: [{ repository: 1, app: shop }]', 'serve.yaml');

  it('starts nothing by itself; a maintainer starts it by its number', async () => {
    const sha = push(7, { new: 'x' });
    expect(decide('pull_request', event(sha, 2), configuration)).toMatchObject({ kind: 'ignored' });
    expect(decide('pull_request', event(sha, 1), configuration)).toMatchObject({
      kind: 'check',
      checks: { sha, pullRequest: 7 },
    });
    await withPools(env, served(new FakePools()), async () => {
      const { exitCode, stdout, stderr } = await slipway('--sha', sha, '--pull-request', '7');
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
      expect(stdout).toMatch(/^✓ passed {2}shop {2}[0-9a-f]{12} {2}pull request 7/);
    });
  });
});

const slipway = (...args: readonly string[]): Promise<CliRun> =>
  runCli(['checks', '--app', 'shop', ...args], root);

describe('slipway checks', () => {
  it('of a commit that fails: progress on stderr, what failed on stdout, and 1', async () => {
    const sha = origin.git('rev-parse', 'main');
    await withPools(env, served(failing('unit', 'lint')), async () => {
      const { exitCode, stdout, stderr } = await slipway('--sha', sha);
      expect(exitCode).toBe(1);
      expect(stderr).toContain(`started ${checksWorkflowId('shop', sha)}`);
      expect(stderr).toContain('✗ check:unit');
      expect(stdout).toMatch(/^✗ failed {2}shop/);
      expect(stdout).toContain(
        'check unit: it failed with exit code 1\n  │ collected 3 items\n  │ FAILED test_unit',
      );
      expect(stdout).toContain('- check:slow');
      expect(stdout).not.toContain('\u001b');
    });
  });

  it('as JSON: the report', async () => {
    const sha = origin.git('rev-parse', 'main');
    await withPools(env, served(new FakePools()), async () => {
      const { exitCode, stdout } = await slipway('--sha', sha, '--output', 'json');
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ verdict: 'passed', commit: { sha }, pullRequest: null });
    });
  });

  it('of a commit that is not there: 1, and why', async () => {
    await withPools(env, served(new FakePools()), async () => {
      const { exitCode, stdout } = await slipway('--sha', 'e'.repeat(40));
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(/Cause\n {2}no branch or tag of .* leads to/);
    });
  });

  it('--detach returns at once; --timeout lets go with 124', async () => {
    const sha = origin.git('rev-parse', 'main');
    const pools = new FakePools().on('runCheck', async () => untilCancelled());
    await withPools(env, served(pools), async () => {
      const detached = await slipway('--sha', sha, '--detach', '--output', 'json');
      expect(detached.exitCode).toBe(0);
      const { workflowId } = JSON.parse(detached.stdout) as StartedRelease;
      const watched = await slipway('--sha', sha, '--timeout', '1');
      expect(watched.exitCode).toBe(124);
      expect(watched.stderr).toContain('attached to the running checks/shop/');
      await env.client.workflow.getHandle(workflowId).cancel();
      const ended = await slipway('--sha', sha, '--timeout', '20');
      expect([5, 124]).toContain(ended.exitCode);
      await env.client.workflow
        .getHandle(workflowId)
        .cancel()
        .catch(() => undefined);
    });
  });

  it('that nobody begins before the time is up say that a control worker is missing', async () => {
    const { exitCode, stderr } = await slipway('--sha', origin.git('rev-parse', 'main'), '--timeout', '2');
    expect(exitCode).toBe(124);
    expect(stderr).toMatch(/\n! no control worker has answered: .*slipway worker control\nDetached: /);
  });

  it('says which pool is missing, and goes on when it is there', async () => {
    const sha = push(7, { new: 'x' });
    const terminal = fakeTerminal();
    const stop = new AbortController();
    const timing = { pollMs: 50, statusMs: 100, signOfLifeMs: 200, answerMs: 10_000, patienceMs: 5_000 };
    await withPools(
      env,
      served(new FakePools()),
      async () => {
        const run = await start(sha);
        const following = followChecks(client, run, terminal.terminal, stop.signal, timing);
        await until(() => terminal.stderr().includes('runCheck: '));
        expect(terminal.stderr()).toMatch(/runCheck: no(?:body asks| worker of) queue slipway-checks/);
        expect((await checksStatus(client, run)).verdict).toBeNull();
        stop.abort();
        expect(await following).toBeNull();
        expect(terminal.stderr()).toMatch(
          /\n! no(?:body asks| worker of) queue slipway-checks .*: slipway worker checks\n$/,
        );
      },
      [TASK_QUEUE.checks],
    );
    await withPools(env, served(new FakePools()), async () => {
      const run = await start(sha);
      expect((await waitForChecks(client, run)).verdict).toBe('passed');
      await told(run);
    });
    expect(github.contexts()['slipway/checks']).toBe('success');
  });

  it.each([
    [['--pull-request', '0'], 'Expected a number above 0'],
    [['--pull-request', '7x'], 'Expected a number above 0'],
  ])('refuses %j', async (args, words) => {
    const { exitCode, stderr } = await slipway(...args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(words);
  });

  it('refuses a branch in place of the commit of a pull request', async () => {
    const { exitCode, stderr } = await slipway('--sha', 'main', '--pull-request', '7');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/must be a full one/);
  });
});
