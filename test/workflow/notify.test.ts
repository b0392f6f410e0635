/**
 * Releases on a real Temporal server that tell a GitHub-like server how they stand: the real notifier and its real activities,
 * fake pools for the rest.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { createAwaitEnd } from '../../src/activities/await-end.ts';
import { runEndInTemporal } from '../../src/activities/run-end.ts';
import { createTellGitHub } from '../../src/activities/tell-github.ts';
import { CheckFailedError } from '../../src/errors.ts';
import { createGitHubClient } from '../../src/github/client.ts';
import { notifyWorkflowId, ROLLBACK_WORKFLOW, TASK_QUEUE } from '../../src/release/names.ts';
import { createFolderStore } from '../../src/store/folder-store.ts';
import { FakePools, nextOf, SHA, untilCancelled } from '../fakes/activities.ts';
import { FakeGitHub } from '../fakes/github.ts';
import { failedTasks } from './failed-tasks.ts';
import { reportOf, startDeploy, statusWhen, tell, withPools, workflowBundle } from './harness.ts';
import { serverForAll } from './server-for-all.ts';

let env: TestWorkflowEnvironment;
let github: FakeGitHub;
let folder: string;

serverForAll((server) => {
  ({ env } = server);
});
beforeEach(async () => {
  github = await new FakeGitHub().start();
  folder = await mkdtemp(join(tmpdir(), 'slipway-notify-'));
});
afterEach(async () => {
  github.heal();
  await github.stop();
  await rm(folder, { recursive: true });
});

/** As a control worker with an App's credential has them. */
const telling = async (pools: FakePools): Promise<FakePools> => {
  const keyFile = join(folder, 'app.pem');
  await writeFile(keyFile, github.privateKey);
  const client = createGitHubClient({
    apiUrl: github.url,
    credential: { kind: 'app', appId: github.appId, keyFile },
    timeoutMs: 500,
  });
  const place = { repository: github.repository, label: 'production' };
  pools.on('readSource', async (_input, _call, good) => ({ ...(await good()), github: place }));
  pools.on('recallRelease', async (_input, _call, good) => ({ ...(await good()), github: place }));
  const own = {
    tellGitHub: createTellGitHub({ github: client, gitHubRepositories: { shop: github.repository } }),
    awaitEnd: createAwaitEnd({ store: createFolderStore(join(folder, 'store')), runEnd: runEndInTemporal }),
  };
  return Object.assign(Object.create(pools), {
    activities: () => ({ ...pools.activities(), ...own }),
  }) as FakePools;
};

const until = async (is: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await is())) await new Promise((resolve) => setTimeout(resolve, 20));
};

const runIdOf = async (handle: WorkflowHandle): Promise<string> =>
  `${handle.workflowId}/${(await handle.describe()).runId}`;
const notifierOf = async (handle: WorkflowHandle): Promise<WorkflowHandle> =>
  env.client.workflow.getHandle(notifyWorkflowId(await runIdOf(handle)));

/** With its payloads as text, so that a search finds what is in them. */
const wholeHistory = async (handle: WorkflowHandle): Promise<string> =>
  JSON.stringify(await handle.fetchHistory(), (key, value: unknown) =>
    key === 'data' && typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : value,
  );

const activitiesIn = async (handle: WorkflowHandle): Promise<string[]> =>
  ((await handle.fetchHistory()).events ?? []).flatMap(
    ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name ?? [],
  );

const crashing = (): FakePools =>
  new FakePools().on('waitUntilStable', async (input, _call, good) =>
    input.rollouts.some(({ taskDefinition }) => taskDefinition === nextOf('api'))
      ? { failures: [{ name: 'api', kind: 'task-failed' as const, summary: 'exit 1, twice', evidence: [] }] }
      : good(),
  );

describe('a release that GitHub is told of', () => {
  it('is queued, in progress once it has its turn, and a success in the end', async () => {
    const pools = await telling(
      new FakePools()
        .on('runCheck', async (_input, _call, good) => {
          await until(() => github.states().includes('queued'));
          return good();
        })
        .on('updateServices', async (_input, _call, good) => {
          await until(() => github.states().includes('in_progress'));
          return good();
        }),
    );
    await withPools(env, pools, async () => {
      const handle = await startDeploy(env);
      expect((await reportOf(handle)).verdict).toBe('succeeded');
      await (await notifierOf(handle)).result();
      // Both go on as they were where another worker takes them over.
      const options = { workflowBundle: await workflowBundle() };
      for (const each of [handle, await notifierOf(handle)]) {
        await Worker.runReplayHistory(options, await each.fetchHistory(), each.workflowId);
      }
    });
    expect(github.deployments).toHaveLength(1);
    expect(github.states()).toEqual(['queued', 'in_progress', 'success']);
    expect(github.contexts()).toEqual({ 'slipway/production': 'success' });
    expect(github.statuses.at(-1)?.description).toBe('release 1: deployed');
  });

  it.each([
    [
      'rolled back',
      crashing,
      'failure',
      'failure',
      /rolled back – api: exit 1, twice|rolled back – .*exit 1, twice/,
    ],
    [
      'failed before it changed anything',
      () =>
        new FakePools().on('runCheck', async () => {
          throw new CheckFailedError('check unit: it failed');
        }),
      'failure',
      'failure',
      /no service was updated – check unit: it failed/,
    ],
  ] as const)('is %s', async (_what, pools, state, commitState, description) => {
    await withPools(env, await telling(pools()), async () => {
      const handle = await startDeploy(env);
      await reportOf(handle);
      await (await notifierOf(handle)).result();
    });
    expect(github.deployments).toHaveLength(1);
    expect(github.states().at(-1)).toBe(state);
    expect(github.contexts()).toEqual({ 'slipway/production': commitState });
    expect(github.statuses.at(-1)?.description).toMatch(description);
  });

  it('is the same where control remembers nothing, and replays each run at each task', async () => {
    const pools = await telling(crashing());
    const work = async (): Promise<void> => {
      const handle = await startDeploy(env);
      expect((await reportOf(handle)).verdict).toBe('rolled-back');
      await (await notifierOf(handle)).result();
      for (const each of [handle, await notifierOf(handle)]) {
        expect(await failedTasks(each)).toEqual([]);
      }
    };
    await withPools(env, pools, work, [], { maxCachedWorkflows: 0 });
    expect(github.states().at(-1)).toBe('failure');
  });

  it('is aborted by an operator: no longer active', async () => {
    const pools = new FakePools().on('runCheck', async () => untilCancelled());
    await withPools(env, await telling(pools), async () => {
      const handle = await startDeploy(env);
      await statusWhen(handle, ({ steps }) =>
        steps.some(({ kind, state }) => kind === 'check' && state === 'running'),
      );
      await tell(handle, 'abort', { who: 'ada', reason: 'not today' });
      expect((await reportOf(handle)).verdict).toBe('aborted');
      await (await notifierOf(handle)).result();
    });
    expect(github.states().at(-1)).toBe('inactive');
  });

  it('is terminated: an error, and not in progress for ever', async () => {
    const pools = new FakePools().on('waitUntilStable', async () => untilCancelled());
    await withPools(env, await telling(pools), async () => {
      const handle = await startDeploy(env);
      await until(() => github.states().includes('in_progress'));
      await handle.terminate('by hand');
      await (await notifierOf(handle)).result();
    });
    expect(github.states().at(-1)).toBe('error');
    expect(github.statuses.at(-1)).toMatchObject({
      state: 'error',
      description: /without a verdict/ as never,
    });
  });

  it('goes back to an earlier one: a deployment of the commit that it brings back', async () => {
    await withPools(env, await telling(new FakePools()), async () => {
      const handle = await env.client.workflow.start(ROLLBACK_WORKFLOW, {
        taskQueue: TASK_QUEUE.control,
        workflowId: `rollback-${process.pid}`,
        args: [{ environment: 'production', app: 'shop', to: 1 }],
      });
      expect((await reportOf(handle)).verdict).toBe('succeeded');
      await (await notifierOf(handle)).result();
    });
    expect(github.deployments).toMatchObject([{ sha: SHA }]);
    expect(github.statuses.at(-1)?.description).toBe('release 1: deployed, back to release 1');
  });
});

describe('a GitHub that is in trouble', () => {
  const without = async (): Promise<readonly string[]> => {
    const pools = new FakePools();
    return withPools(env, pools, async () => {
      const handle = await startDeploy(env);
      await reportOf(handle);
      return activitiesIn(handle);
    });
  };

  it.each([
    ['dead', () => github.stop()],
    ['hanging', async () => void github.fault(/./, { kind: 'hang' }, 1_000)],
    ['down', async () => void github.fault(/./, { kind: 'status', status: 500 }, 1_000)],
    [
      'limiting the rate for an hour',
      async () =>
        void github.fault(/./, { kind: 'status', status: 429, headers: { 'retry-after': '3600' } }, 2),
    ],
  ])(
    '%s all the while keeps no release waiting: same verdict, same steps, no timer',
    async (_what, breakIt) => {
      await breakIt();
      const usual = await without();
      await withPools(env, await telling(new FakePools()), async () => {
        const handle = await startDeploy(env);
        expect((await reportOf(handle)).verdict).toBe('succeeded');
        // What the release itself has done is what it does where nobody is told; and GitHub has still heard nothing.
        expect((await activitiesIn(handle)).toSorted()).toEqual(usual.toSorted());
        expect((await wholeHistory(handle)).includes('TIMER_STARTED')).toBe(false);
        expect(github.deployments).toEqual([]);
        const notifier = await notifierOf(handle);
        expect((await notifier.describe()).status.name).toBe('RUNNING');
        await notifier.terminate();
      });
    },
  );

  it('or that nobody tells: the release needs no slot that others have taken', async () => {
    const work = async (): Promise<void> => {
      const handle = await startDeploy(env);
      expect((await reportOf(handle)).verdict).toBe('succeeded');
      await (await notifierOf(handle)).terminate();
    };
    await withPools(env, await telling(new FakePools()), work, [TASK_QUEUE.telling, TASK_QUEUE.proposals]);
    expect(github.deployments).toEqual([]);
  });

  it('hears the end once it is back', async () => {
    await github.stop();
    await withPools(env, await telling(new FakePools()), async () => {
      const handle = await startDeploy(env);
      expect((await reportOf(handle)).verdict).toBe('succeeded');
      await github.start();
      await (await notifierOf(handle)).result();
    });
    expect(github.deployments).toHaveLength(1);
    // What was on its way when it came back is told before.
    expect(github.states().at(-1)).toBe('success');
    expect(github.contexts()).toEqual({ 'slipway/production': 'success' });
  });

  it('hears the end in place of what it was being told when it hung', async () => {
    let isHanging = true;
    github.fault(/^POST .*deployments\/\d+\/statuses/, { kind: 'hang' }, 1_000);
    const pools = new FakePools().on('updateServices', async (_input, _call, good) => {
      await until(() => github.count(/^POST .*deployments\/\d+\/statuses/) > 0);
      return good();
    });
    await withPools(env, await telling(pools), async () => {
      const handle = await startDeploy(env);
      expect((await reportOf(handle)).verdict).toBe('succeeded');
      isHanging = github.states().length === 0;
      github.heal();
      await (await notifierOf(handle)).result();
    });
    expect(isHanging).toBe(true);
    expect(github.states()).toEqual(['success']);
  });

  it('that refuses for good fails the notifier, for people to see, and nothing else', async () => {
    github.permissions = {};
    await withPools(env, await telling(new FakePools()), async () => {
      const handle = await startDeploy(env);
      const report = await reportOf(handle);
      expect([report.verdict, report.warnings]).toEqual(['succeeded', []]);
      const end = await (await notifierOf(handle)).result().catch((error: unknown) => error);
      expect(end).toBeInstanceOf(WorkflowFailedError);
      expect((end as WorkflowFailedError).cause).toMatchObject({
        type: 'NotTold',
        message: expect.stringMatching(/ada\/shop.*403.*Deployments and Commit statuses/),
      });
    });
  });
});

describe('a notifier', () => {
  it('that somebody has terminated is started again by the next phase', async () => {
    const gate = { open: false };
    const pools = new FakePools().on('runCheck', async (_input, _call, good) => {
      await until(() => gate.open);
      return good();
    });
    await withPools(env, await telling(pools), async () => {
      const handle = await startDeploy(env);
      await until(() => github.states().includes('queued'));
      await (await notifierOf(handle)).terminate();
      gate.open = true;
      expect((await reportOf(handle)).verdict).toBe('succeeded');
      await (await notifierOf(handle)).result();
    });
    expect(github.deployments).toHaveLength(1);
    expect(github.states().at(-1)).toBe('success');
  });

  it('takes no picture that is none', async () => {
    const gate = { open: false };
    const pools = new FakePools().on('runCheck', async (_input, _call, good) => {
      await until(() => gate.open);
      return good();
    });
    await withPools(env, await telling(pools), async () => {
      const handle = await startDeploy(env);
      await until(() => github.states().includes('queued'));
      const notifier = await notifierOf(handle);
      const success = { state: 'success', description: 'x' };
      for (const picture of [
        null,
        7,
        {},
        { deployment: null, statuses: [null] },
        { deployment: 7, statuses: [] },
        // The end is for Temporal to say.
        { deployment: success, statuses: [] },
      ]) {
        await notifier.signal('picture', picture);
      }
      gate.open = true;
      await reportOf(handle);
      await notifier.result();
    });
    expect(github.states().filter((state) => state === 'success')).toHaveLength(1);
  });
});

it('costs nothing where GitHub is not told: no child, no signal', async () => {
  await withPools(env, new FakePools(), async () => {
    const handle = await startDeploy(env);
    await reportOf(handle);
    expect((await wholeHistory(handle)).includes('notify')).toBe(false);
    await expect((await notifierOf(handle)).describe()).rejects.toThrow();
  });
});

it('leaves no secret in a history, whatever GitHub says back', async () => {
  github.fault(/^POST .*deployments$/, { kind: 'status', status: 500, message: 'no' });
  github.fault(/^POST .*\/statuses\/a+$/, { kind: 'status', status: 403, message: 'you sent what you sent' });
  await withPools(env, await telling(crashing()), async () => {
    const handle = await startDeploy(env);
    await reportOf(handle);
    const notifier = await notifierOf(handle);
    await notifier.result().catch(() => undefined);
    const histories = (await wholeHistory(handle)) + (await wholeHistory(notifier));
    const finds = (text: string): boolean => histories.includes(text);
    // It finds what is in payloads.
    expect([finds('ada/shop'), finds('rolling back every service')]).toEqual([true, true]);
    const used = github.secrets.filter((secret) => !secret.startsWith('-----'));
    const lines = github.privateKey.split('\n').filter((line) => line.length > 20);
    expect([used.length > 2, lines.length > 10]).toEqual([true, true]);
    expect([...used, ...lines, 'app.pem', folder].filter(finds)).toEqual([]);
  });
});
