/** Pull requests whose delivery was lost: a real Temporal server, a GitHub-like server, and only the checks are fakes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { WorkflowFailedError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { ReadChecksInput } from '../../src/activities/contracts/checks.ts';
import { isKnownInTemporal } from '../../src/activities/look-for-missed.ts';
import { createReconcilePulls } from '../../src/activities/look-for-missed-pulls.ts';
import { type ReleaseClient, startChecksOnce, waitForChecks } from '../../src/client/index.ts';
import { createGitHubClient } from '../../src/github/client.ts';
import {
  checksWorkflowId,
  RECONCILE_PULLS_WORKFLOW,
  reconcilePullsScheduleId,
  TASK_QUEUE,
} from '../../src/release/names.ts';
import type { ReconciledPulls } from '../../src/release/reconcile.ts';
import { parseServeConfiguration } from '../../src/server/configuration.ts';
import { keepSchedules } from '../../src/server/keep-schedules.ts';
import { createFolderStore } from '../../src/store/folder-store.ts';
import { FakePools } from '../fakes/activities.ts';
import { FakeGitHub } from '../fakes/github.ts';
import { startServer, withPools } from './harness.ts';

let env: TestWorkflowEnvironment;
let client: ReleaseClient;
let github: FakeGitHub;
let folder: string;
/** What the checks were asked to read, in order. */
let read: ReadChecksInput[];
let counter = 0;

beforeAll(async () => {
  env = await startServer();
  client = { temporal: env.client, address: 'x', namespace: 'default', close: async () => {} };
});
afterAll(() => env?.teardown());
beforeEach(async () => {
  github = await new FakeGitHub().start();
  folder = await mkdtemp(join(tmpdir(), 'slipway-pulls-'));
  read = [];
});
afterEach(async () => {
  await github.stop();
  await rm(folder, { recursive: true });
});

const newSha = (): string => (++counter).toString(16).padStart(40, '0');

const withControl = <T>(work: () => Promise<T>): Promise<T> => {
  const own = {
    ...createReconcilePulls({
      store: createFolderStore(folder),
      repositories: { shop: 'https://github.com/ada/shop.git' },
      gitHubRepositories: { shop: 'ada/shop' },
      github: createGitHubClient({ apiUrl: github.url, credential: { kind: 'token', token: github.token } }),
      isKnownInTemporal,
    }),
    readChecks: async (input: ReadChecksInput) => {
      read.push(input);
      const commit = { sha: input.sha, subject: '', author: '' };
      const source = { hash: 'a'.repeat(64), bytes: 1 };
      return { kind: 'read', app: 'shop', commit, source, workspace: 'shop', checks: [] };
    },
    endOlderChecks: async () => [],
  };
  const pools = new FakePools();
  return withPools(env, { activities: () => ({ ...pools.activities(), ...own }) } as never, work);
};

let looks = 0;
const reconcile = (input: unknown = { app: 'shop', receiver: 'default' }): Promise<ReconciledPulls> =>
  env.client.workflow.execute(RECONCILE_PULLS_WORKFLOW, {
    workflowId: `look-${++looks}`,
    taskQueue: TASK_QUEUE.control,
    args: [input],
  });

describe('the reconcile of pull requests', () => {
  it('has checked what no delivery has started, once, under the id that the delivery would have given', async () => {
    await withControl(async () => {
      expect(await reconcile()).toEqual({ kind: 'first-look', open: 0 });
      const sha = newSha();
      github.pull(7, sha).pull(8, newSha(), 'fork');
      const workflowId = checksWorkflowId('shop', sha);
      expect(await reconcile()).toEqual({ kind: 'started', started: [workflowId], tried: [] });
      const report = await waitForChecks(client, { workflowId, runId: '' });
      expect(report).toMatchObject({ verdict: 'passed', pullRequest: 7 });
      expect(report.startedBy).toContain('reconcile');
      const late = { app: 'shop', sha, pullRequest: 7 };
      // A delivery that comes after all is younger than nothing that it could have started.
      expect(await startChecksOnce(client, late, Date.now() + 1_000)).toMatchObject({ state: 'ended' });
      expect(await reconcile()).toEqual({ kind: 'nothing-missed', open: 1 });
      expect(read).toEqual([{ app: 'shop', sha, pullRequest: 7 }]);
    });
  });

  it('leaves alone what a delivery has started, and starts one commit of two pull requests once', async () => {
    await withControl(async () => {
      await reconcile();
      const [delivered, missed] = [newSha(), newSha()];
      await startChecksOnce(client, { app: 'shop', sha: delivered, pullRequest: 1 }, Date.now());
      github.pull(1, delivered).pull(2, missed).pull(3, missed);
      const looked = await reconcile();
      const id = checksWorkflowId('shop', missed);
      expect(looked).toEqual({ kind: 'started', started: [id], tried: [id] });
      await waitForChecks(client, { workflowId: id, runId: '' });
      expect(read.filter(({ sha }) => sha === missed)).toHaveLength(1);
    });
  });

  it('starts it once for two receivers that look at the same moment', async () => {
    await withControl(async () => {
      await reconcile();
      const sha = newSha();
      github.pull(9, sha);
      const both = await Promise.all([reconcile(), reconcile({ app: 'shop', receiver: 'other' })]);
      const started = both.flatMap((each) => (each.kind === 'started' ? each.started : []));
      expect(started).toEqual([checksWorkflowId('shop', sha)]);
      await waitForChecks(client, { workflowId: checksWorkflowId('shop', sha), runId: '' });
      expect(read).toHaveLength(1);
    });
  });

  it.each([[undefined], [{}], [{ app: 'bank' }], [{ app: '../shop' }]])(
    'with %j asks GitHub nothing',
    async (input) => {
      await withControl(async () => {
        await expect(reconcile(input ?? null)).rejects.toBeInstanceOf(WorkflowFailedError);
        expect(github.requests).toEqual([]);
      });
    },
  );

  it('has a schedule of its receiver’s own, or none', async () => {
    const configuration = (more: object, name = 'default') =>
      parseServeConfiguration(
        JSON.stringify({ name, pullRequests: [{ repository: 1, app: 'shop', ...more }] }),
        'serve.yaml',
      );
    const [own, blue] = ['default', 'blue'].map((name) => reconcilePullsScheduleId('shop', name)) as [
      string,
      string,
    ];
    expect(await keepSchedules(client, configuration({}))).toEqual({ kept: [own], removed: [] });
    expect((await keepSchedules(client, configuration({ reconcile: '1h' }, 'blue'))).kept).toEqual([blue]);
    const { action, spec } = await env.client.schedule.getHandle(blue).describe();
    expect(action).toMatchObject({
      workflowType: 'reconcilePulls',
      args: [{ app: 'shop', receiver: 'blue' }],
    });
    expect(spec.intervals).toMatchObject([{ every: 3_600_000 }]);
    for (;;) {
      const ids: string[] = [];
      for await (const { scheduleId } of env.client.schedule.list()) ids.push(scheduleId);
      if (ids.includes(own) && ids.includes(blue)) break;
    }
    expect(await keepSchedules(client, configuration({ reconcile: false }))).toEqual({
      kept: [],
      removed: [own],
    });
    await env.client.schedule.getHandle(blue).delete();
  });
});
