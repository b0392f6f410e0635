/**
 * What people or programs with access to Temporal may send or choose: a command that the server refuses, or an error that is
 * no failure, fails the workflow task at every try. None of it may stop a release or an environment for ever.
 */
import { describe, expect, it } from '@jest/globals';
import { WorkflowFailedError, type WorkflowHandle, type WorkflowStartOptions } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { CheckFailedError } from '../../src/errors.ts';
import { emptyEnvironment } from '../../src/release/environment/state.ts';
import { FakePools, SHA } from '../fakes/activities.ts';
import { commit, entrant } from '../release/environment/scenes.ts';
import { RealScene } from './environment/real-scene.ts';
import { failedTasks } from './failed-tasks.ts';
import { reportOf, tell, withPools } from './harness.ts';
import { serverForAll } from './server-for-all.ts';

let env: TestWorkflowEnvironment;
serverForAll((server) => {
  ({ env } = server);
});

let count = 0;
const start = (
  type: string,
  input: unknown,
  workflowId = `hostile-${++count}`,
  more: Partial<WorkflowStartOptions> = {},
): Promise<WorkflowHandle> =>
  env.client.workflow.start(type, {
    ...more,
    taskQueue: 'slipway-control',
    workflowId,
    args: input === undefined ? [] : [input],
    workflowExecutionTimeout: 20_000,
  });

/** The longest that Temporal takes. */
const LONGEST_ID = 'x'.repeat(1_000);

describe('a release', () => {
  it('with the longest workflow id that there is, ends as ever where GitHub is told', async () => {
    const place = { repository: 'ada/shop', label: 'production' };
    const pools = new FakePools().on('readSource', async (_input, _call, good) => ({
      ...(await good()),
      github: place,
    }));
    await withPools(env, pools, async () => {
      const handle = await start('deploy', { environment: 'production', sha: SHA }, LONGEST_ID);
      expect((await reportOf(handle)).verdict).toBe('succeeded');
      expect(await failedTasks(handle)).toEqual([]);
    });
  });

  it('of a branch in letters of three bytes ends as ever', async () => {
    await withPools(env, new FakePools(), async () => {
      const handle = await start('deploy', { environment: 'production', sha: '橋'.repeat(300) });
      expect((await reportOf(handle)).verdict).toBe('succeeded');
      expect(await failedTasks(handle)).toEqual([]);
    });
  });

  it('goes on after letters that are none', async () => {
    await withPools(env, new FakePools().plan({ approval: { deadlineMs: 60_000 } }), async () => {
      const handle = await start('deploy', { environment: 'production', sha: SHA });
      const releaseId = `${handle.workflowId}/${(await handle.describe()).runId}`;
      for (const answer of [undefined, null, 'granted', {}, { kind: 'refused', number: 1 }])
        await handle.signal('turn', { releaseId, answer });
      await handle.signal('turn', null);
      await handle.signal('approve');
      expect((await reportOf(handle)).verdict).toBe('succeeded');
      expect(await failedTasks(handle)).toEqual([]);
    });
  });
});

/** Half a character, as JSON may write it, or a cut leaves it. */
const HALF = '\ud83d';

describe('half a character', () => {
  it.each<[string, FakePools]>([
    [
      'of an activity',
      new FakePools().on('runCheck', async () => {
        throw new CheckFailedError(`unit: ${HALF}`, { cause: new Error(HALF) });
      }),
    ],
    ['of a person', new FakePools().plan({ approval: { deadlineMs: 60_000 } })],
  ])('in the words %s is no reason for control to die', async (_what, pools) => {
    await withPools(env, pools, async () => {
      const handle = await start('deploy', { environment: 'production', sha: SHA });
      await handle.signal('abort', { reason: HALF });
      const { verdict, cause } = await reportOf(handle);
      expect(['failed', 'aborted']).toContain(verdict);
      expect(cause?.summary).toMatch(/[\ud83d\ufffd]/);
      expect(await failedTasks(handle)).toEqual([]);
      // An update is refused in words that quote it.
      await expect(
        tell(await start('deploy', { environment: HALF, sha: SHA }), 'skip', { service: HALF }),
      ).resolves.toContain('NotNow');
    });
  });

  it('in the configuration of a pull request neither', async () => {
    const pools = new FakePools() as FakePools;
    const all = pools.activities();
    const readChecks = async () => ({
      kind: 'unreadable',
      app: 'shop',
      commit: { sha: SHA, subject: HALF, author: '' },
      problem: HALF,
      evidence: [HALF],
    });
    await withPools(env, { activities: () => ({ ...all, readChecks }) } as never, async () => {
      const handle = await start('checks', { sha: SHA });
      const end = await handle.result().catch((error: unknown) => error);
      expect((end as WorkflowFailedError).cause?.message).toBe('failed: \ufffd');
    });
  });
});

describe('an environment', () => {
  it('goes on after arrivals of releases that cannot be', async () => {
    const scene = await RealScene.create(env);
    try {
      await scene.withoutDeployPool(async () => {
        await scene.startDeployPool();
        await reportOf(await scene.deploy(1));
        for (const releaseId of [
          '/run',
          `${LONGEST_ID}x/run`,
          'x/',
          `x/${LONGEST_ID}`,
          'a/b\u0000c/run',
          'a\ud800/run',
        ]) {
          const arrival = { entrant: entrant(releaseId, commit(7)), rules: null, ready: true };
          await scene.handle.signal('arrival', arrival);
        }
        expect((await reportOf(await scene.deploy(2))).verdict).toBe('succeeded');
        expect(await failedTasks(scene.handle)).toEqual([]);
      });
    } finally {
      await scene.close();
    }
  });

  it.each([[0], ['0']])(
    'that somebody has started with runs of length %j lets releases in',
    async (runLength) => {
      const scene = await RealScene.create(env);
      try {
        await scene.withoutDeployPool(async () => {
          await scene.startDeployPool();
          const { app, environment, handle } = scene;
          await start('environment', { app, environment, runLength }, handle.workflowId);
          const release = await scene.deploy(1);
          const late = new Promise((resolve) => setTimeout(resolve, 10_000, 'late').unref());
          const verdict = reportOf(release).then((report) => report.verdict);
          expect(await Promise.race([verdict, late])).toBe('succeeded');
        });
      } finally {
        await scene.handle.terminate().catch(() => undefined);
        await scene.close();
      }
    },
  );
});

const SUBJECT = {
  kind: 'checks',
  repository: 'a/b',
  label: '',
  runId: 'a/b',
  app: 'a',
  environment: '',
  sha: 'c',
};
const PENDING = { context: 'slipway/checks', state: 'pending', description: '' };

const SERVICE_QUESTION = (more: object) => ({
  kind: 'service',
  app: 'shop',
  environment: 'production',
  releases: [1],
  part: { kind: 'service', name: 'api' },
  cursor: null,
  tail: null,
  sinceMs: null,
  waitMs: 0,
  settleMs: 0,
  ...more,
});

describe('what cannot be understood ends a run, and says why:', () => {
  it.each<[string, unknown]>([
    ['notify', undefined],
    ['notify', {}],
    ['notify', { subject: { runId: 'a/b' }, picture: null }],
    ['notify', { subject: null, picture: { deployment: null, statuses: [] } }],
    ['logs', undefined],
    ['logs', { kind: 'service' }],
    ['logs', { kind: 'service', cursor: null, place: {}, numbers: 7 }],
    ['logs', { kind: 'steps' }],
    ['checks', undefined],
    ['plan', undefined],
    [
      'logs',
      {
        kind: 'service',
        app: '',
        environment: '',
        place: { cluster: 'c', deployQueue: '\ud800', tasks: {} },
        numbers: [],
        cursor: {},
      },
    ],
    [
      'logs',
      SERVICE_QUESTION({ place: { cluster: 'other', tasks: { kind: 'service', name: 'a', service: 'b' } } }),
    ],
    ['logs', SERVICE_QUESTION({ releases: [] })],
    ['logs', SERVICE_QUESTION({ releases: ['../7'] })],
    [
      'logs',
      SERVICE_QUESTION({
        cursor: { tasks: { t: { definition: 'arn:x', streams: {} } }, done: [], sinceMs: 0 },
      }),
    ],
    ['reconcile', undefined],
    ['reconcilePulls', undefined],
    [
      'notify',
      {
        subject: SUBJECT,
        picture: { deployment: { state: 'success', description: '' }, statuses: [PENDING] },
      },
    ],
    [
      'notify',
      { subject: SUBJECT, picture: { deployment: null, statuses: [{ ...PENDING, state: 'success' }] } },
    ],
    ['environment', undefined],
    ['environment', { app: 7 }],
    [
      'environment',
      {
        app: 'shop',
        environment: 'forged',
        carried: { state: {}, letters: [], unkept: { entries: [{ number: 1, verdict: 'succeeded' }] } },
      },
    ],
    [
      'notify',
      {
        subject: SUBJECT,
        picture: {
          deployment: null,
          statuses: [
            { ...PENDING, state: 'success' },
            { ...PENDING, context: 'x' },
          ],
        },
      },
    ],
  ])('%s with %j', async (type, input) => {
    await withPools(env, new FakePools(), async () => {
      const handle = await start(type, input);
      const end = await handle.result().catch((error: unknown) => error);
      expect(await failedTasks(handle)).toEqual([]);
      expect(end).toBeInstanceOf(WorkflowFailedError);
      expect((await handle.describe()).status.name).toBe('FAILED');
    });
  });
});

describe('an environment that somebody starts with a past', () => {
  const forged = {
    app: 'shop',
    environment: 'forged',
    carried: {
      state: emptyEnvironment('shop', 'forged'),
      letters: [],
      unkept: { entries: [], freeze: false },
    },
  };
  /** Of that run alone, which has another one behind it. */
  const endOf = async (handle: WorkflowHandle, runId: string) => {
    const run = env.client.workflow.getHandle(handle.workflowId, runId, { followRuns: false });
    await run.result().catch(() => undefined);
    const last = (await run.fetchHistory()).events?.at(-1);
    const { failure, newExecutionRunId } = last?.workflowExecutionFailedEventAttributes ?? {};
    return { type: failure?.applicationFailureInfo?.type, next: newExecutionRunId ?? '' };
  };

  it('is refused again when a cron begins it anew', async () => {
    await withPools(env, new FakePools(), async () => {
      const handle = await start('environment', forged, undefined, { cronSchedule: '@every 1s' });
      let { runId } = await handle.describe();
      for (let runs = 0; runs < 2; runs += 1) {
        const { type, next } = await endOf(handle, runId);
        expect(type).toBe('ConfigurationError');
        runId = next;
      }
      await handle.terminate();
    });
  });

  it('is refused when a retry begins it anew, of a run that no worker has seen', async () => {
    const retry = { initialInterval: 100, backoffCoefficient: 1 };
    const handle = await start('environment', forged, undefined, { workflowRunTimeout: 1_000, retry });
    const { runId } = await handle.describe();
    await endOf(handle, runId);
    await withPools(env, new FakePools(), async () => {
      await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'ConfigurationError' } });
    });
  });
});
