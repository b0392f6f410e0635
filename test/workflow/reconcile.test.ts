/** The reconcile on a real Temporal server, with real git: what it starts, what it leaves alone, and its schedules. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ScheduleDescription } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { ReconcileActivities } from '../../src/activities/contracts/reconcile.ts';
import { createReconcileActivities, isKnownInTemporal } from '../../src/activities/look-for-missed.ts';
import {
  type ReleaseClient,
  startRelease,
  startReleaseOnce,
  waitForRelease,
} from '../../src/client/index.ts';
import { CheckFailedError } from '../../src/errors.ts';
import {
  deployWorkflowId,
  RECONCILE_WORKFLOW,
  reconcileScheduleId,
  TASK_QUEUE,
} from '../../src/release/names.ts';
import type { Reconciled, ReconcileRequest } from '../../src/release/reconcile.ts';
import { parseServeConfiguration } from '../../src/server/configuration.ts';
import { keepSchedules } from '../../src/server/keep-schedules.ts';
import { createFolderStore } from '../../src/store/folder-store.ts';
import { type AllActivities, FakePools } from '../fakes/activities.ts';
import { createGitFixture, type GitFixture } from '../source/git-fixture.ts';
import { withPools } from './harness.ts';
import { serverForAll } from './server-for-all.ts';

let env: TestWorkflowEnvironment;
let client: ReleaseClient;
let root: string;
let origin: GitFixture;
let request: ReconcileRequest;
let counter = 0;

serverForAll((server) => {
  ({ env, client } = server);
});
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-reconcile-'));
  origin = createGitFixture(join(root, 'origin'));
  counter += 1;
  request = { app: 'shop', environment: `env-${counter}`, ref: 'refs/heads/main', receiver: 'default' };
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Pools whose control looks at a real repository. */
class LookingPools extends FakePools {
  readonly #look: Partial<ReconcileActivities>;

  constructor(look: Partial<ReconcileActivities> = {}) {
    super();
    this.#look = look;
  }

  override activities(): AllActivities {
    const looking = createReconcileActivities({
      store: createFolderStore(join(root, 'store')),
      repositories: { shop: origin.folder },
      folder: join(root, 'git'),
      isKnownInTemporal,
      askEnvironment: async () => undefined,
    });
    return { ...super.activities(), ...looking, ...this.#look };
  }
}

let runs = 0;
const reconcile = (): Promise<Reconciled> =>
  env.client.workflow.execute(RECONCILE_WORKFLOW, {
    workflowId: `reconcile-${++runs}`,
    taskQueue: TASK_QUEUE.control,
    args: [request],
  });
const deployOf = (sha: string): string => deployWorkflowId('shop', request.environment, sha);
const endOf = async (workflowId: string) => (await waitForRelease(client, { workflowId, runId: '' })).verdict;

describe('the reconcile', () => {
  it('starts what nobody has started, once, and does not wait for it', async () => {
    origin.commit('one', {});
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const pools = new LookingPools().on('readSource', async (_input, _call, good) => {
      await gate;
      return good();
    });
    await withPools(env, pools, async () => {
      expect(await reconcile()).toMatchObject({ kind: 'first-look' });
      const sha = origin.commit('two', {});
      expect(await reconcile()).toEqual({ kind: 'started', sha, workflowId: deployOf(sha) });
      expect(await reconcile()).toEqual({ kind: 'unchanged', sha });
      go();
      expect(await endOf(deployOf(sha))).toBe('succeeded');
      expect(await reconcile()).toEqual({ kind: 'unchanged', sha });
    });
    expect(pools.record('readSource')).toHaveLength(1);
  });

  it('asks for the branch that it has looked at, and says who has started it', async () => {
    origin.commit('one', {});
    const pools = new LookingPools();
    const inputs: unknown[] = [];
    pools.on('readSource', async (input, _call, good) => {
      inputs.push(input);
      return good();
    });
    const sha = await withPools(env, pools, async () => {
      await reconcile();
      const next = origin.commit('two', {});
      await reconcile();
      await endOf(deployOf(next));
      return next;
    });
    expect(inputs).toEqual([
      {
        app: 'shop',
        environment: request.environment,
        sha,
        partOf: 'refs/heads/main',
        startedBy: expect.stringContaining('reconcile of refs/heads/main'),
      },
    ]);
  });

  it('tries a commit that has failed no second time', async () => {
    origin.commit('one', {});
    const pools = new LookingPools().on('runCheck', async () => {
      throw new CheckFailedError('red');
    });
    await withPools(env, pools, async () => {
      await reconcile();
      const sha = origin.commit('two', {});
      await reconcile();
      expect(await endOf(deployOf(sha))).toBe('failed');
      expect(await reconcile()).toEqual({ kind: 'unchanged', sha });
      // Also where nobody remembers that it was looked at.
      await rm(join(root, 'store'), { recursive: true });
      expect(await reconcile()).toEqual({ kind: 'tried', sha, by: deployOf(sha) });
    });
    expect(pools.record('readSource')).toHaveLength(1);
  });

  it('leaves alone what the webhook, or a person, has started', async () => {
    origin.commit('one', {});
    const pools = new LookingPools();
    await withPools(env, pools, async () => {
      await reconcile();
      const sha = origin.commit('two', {});
      await startRelease(client, { app: 'shop', environment: request.environment, sha });
      expect(await reconcile()).toEqual({ kind: 'tried', sha, by: deployOf(sha) });
      await endOf(deployOf(sha));
    });
    expect(pools.record('readSource')).toHaveLength(1);
  });

  it('gives way to whoever is faster between the look and the start', async () => {
    const sha = origin.commit('one', {});
    const pools = new LookingPools({
      lookForMissed: async () => {
        await startRelease(client, { app: 'shop', environment: request.environment, sha });
        return { kind: 'missed', sha };
      },
    });
    await withPools(env, pools, async () => {
      expect(await reconcile()).toEqual({ kind: 'tried', sha, by: deployOf(sha) });
      await endOf(deployOf(sha));
      // The commit has ended by now, and is not run again by a start that comes late.
      const late = await startReleaseOnce(client, { app: 'shop', environment: request.environment, sha });
      expect(late).toEqual({ workflowId: deployOf(sha), state: 'ended' });
    });
    expect(pools.record('readSource')).toHaveLength(1);
  });

  it('ends with what is wrong where the repository cannot be read', async () => {
    const pools = new LookingPools();
    request = { ...request, app: 'unknown' };
    await withPools(env, pools, async () => {
      const failure = await reconcile().catch((error: Error) => (error.cause as Error).cause as Error);
      expect((failure as Error).message).toMatch(/there is no app "unknown"/);
    });
  });

  // docs/webhook.md counts on it.
  it('is one activity where there is nothing to do', async () => {
    origin.commit('one', {});
    await withPools(env, new LookingPools(), async () => {
      await reconcile();
      await reconcile();
    });
    const { events } = await env.client.workflow.getHandle(`reconcile-${runs}`).fetchHistory();
    const scheduled = events?.filter((event) => event.activityTaskScheduledEventAttributes);
    const others = events?.filter(
      (event) =>
        event.timerStartedEventAttributes ||
        event.startChildWorkflowExecutionInitiatedEventAttributes ||
        event.upsertWorkflowSearchAttributesEventAttributes,
    );
    expect([scheduled?.length, others?.length]).toEqual([1, 0]);
  });
});

describe('its schedules', () => {
  const configuration = (rules: readonly object[], name = 'default') =>
    parseServeConfiguration(
      JSON.stringify({
        name,
        deployments: rules.map((rule) => ({
          repository: 1,
          ref: 'refs/heads/main',
          app: 'shop',
          environment: request.environment,
          ...rule,
        })),
      }),
      'serve.yaml',
    );
  const idOf = (environment = request.environment, receiver = 'default'): string =>
    reconcileScheduleId({ app: 'shop', environment, ref: 'refs/heads/main' }, receiver);
  const describeSchedule = (id = idOf()): Promise<ScheduleDescription> =>
    env.client.schedule.getHandle(id).describe();
  const until = async (is: () => Promise<boolean>): Promise<void> => {
    while (!(await is())) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  /** Temporal's list of schedules lags behind. */
  const listed = (id: string, is: boolean): Promise<void> =>
    until(async () => {
      const ids: string[] = [];
      for await (const { scheduleId } of env.client.schedule.list()) ids.push(scheduleId);
      return ids.includes(id) === is;
    });

  it('look at once, and again by the clock; what is missed is started', async () => {
    origin.commit('one', {});
    const pools = new LookingPools();
    await withPools(env, pools, async () => {
      await keepSchedules(client, configuration([{ reconcile: '90s' }]));
      const { spec, policies, action } = await describeSchedule();
      expect(spec.intervals).toMatchObject([{ every: 90_000 }]);
      expect(policies.overlap).toBe('SKIP');
      expect(action).toMatchObject({ workflowType: 'reconcile', args: [request] });
      await until(async () => (await describeSchedule()).info.recentActions.length === 1);
      const first = (await describeSchedule()).info.recentActions[0]?.action.workflow;
      expect(await env.client.workflow.getHandle(first?.workflowId ?? '').result()).toMatchObject({
        kind: 'first-look',
      });
      const sha = origin.commit('two', {});
      await env.client.schedule.getHandle(idOf()).trigger();
      await until(async () => pools.record('readSource').length > 0);
      expect(await endOf(deployOf(sha))).toBe('succeeded');
    });
    await env.client.schedule.getHandle(idOf()).delete();
  });

  it('are the same for several receivers that begin at once, and for one that begins again', async () => {
    const rules = configuration([{}]);
    await Promise.all([1, 2, 3].map(() => keepSchedules(client, rules)));
    const before = await describeSchedule();
    expect(await keepSchedules(client, rules)).toEqual({ kept: [idOf()], removed: [] });
    expect((await describeSchedule()).info.lastUpdatedAt).toEqual(before.info.lastUpdatedAt);
    await listed(idOf(), true);
    const removals = await Promise.all(
      [1, 2, 3].map(() => keepSchedules(client, configuration([{ reconcile: false }]))),
    );
    expect(removals.flatMap(({ removed }) => removed)).toEqual([idOf()]);
  });

  it('follow the configuration; a pause stays', async () => {
    await keepSchedules(client, configuration([{}]));
    await env.client.schedule.getHandle(idOf()).pause('on holiday');
    await keepSchedules(client, configuration([{ reconcile: '1h' }]));
    const { spec, state } = await describeSchedule();
    expect(spec.intervals?.[0]?.every).toBe(3_600_000);
    expect(state).toMatchObject({ paused: true, note: 'on holiday' });
    await listed(idOf(), true);
    expect(await keepSchedules(client, configuration([{ on: 'workflow_run' }]))).toEqual({
      kept: [],
      removed: [idOf()],
    });
    await listed(idOf(), false);
  });

  it('of another receiver are left alone, and so is what is none of ours', async () => {
    const theirs = idOf(request.environment, 'theirs');
    await keepSchedules(client, configuration([{}], 'theirs'));
    await env.client.schedule.create({
      scheduleId: `nightly-${counter}`,
      spec: { intervals: [{ every: '1d' }] },
      action: { type: 'startWorkflow', workflowType: 'gc', taskQueue: TASK_QUEUE.control, args: [] },
    });
    await listed(theirs, true);
    await listed(`nightly-${counter}`, true);
    await keepSchedules(client, configuration([{ environment: 'elsewhere' }], 'ours'));
    expect((await describeSchedule(theirs)).scheduleId).toBe(theirs);
    expect((await describeSchedule(`nightly-${counter}`)).scheduleId).toBe(`nightly-${counter}`);
    await listed(idOf('elsewhere', 'ours'), true);
    expect((await keepSchedules(client, configuration([{ on: 'deployment' }], 'ours'))).removed).toEqual([
      idOf('elsewhere', 'ours'),
    ]);
  });

  it('of two receivers with the same rule are two: neither takes away or changes that of the other', async () => {
    const [blue, green] = ['blue', 'green'].map((name) => idOf(request.environment, name)) as [
      string,
      string,
    ];
    await keepSchedules(client, configuration([{}], 'blue'));
    await env.client.schedule.getHandle(blue).pause('blue is on holiday');
    const before = (await describeSchedule(blue)).info.lastUpdatedAt;
    expect(await keepSchedules(client, configuration([{ reconcile: '1h' }], 'green'))).toEqual({
      kept: [green],
      removed: [],
    });
    await listed(blue, true);
    await listed(green, true);
    // Copied by a person, to try something: nobody has made it.
    const { action } = await describeSchedule(green);
    const copy = `reconcile/copy-${counter}`;
    await env.client.schedule.create({
      scheduleId: copy,
      spec: {},
      action: { ...action, taskQueue: 'x' } as never,
    });
    await listed(copy, true);
    expect((await keepSchedules(client, configuration([{ reconcile: false }], 'green'))).removed).toEqual([
      green,
    ]);
    expect((await keepSchedules(client, configuration([{ reconcile: false }]))).removed).toEqual([]);
    expect((await describeSchedule(blue)).info.lastUpdatedAt).toEqual(before);
    expect((await describeSchedule(blue)).state).toMatchObject({ paused: true });
    expect((await describeSchedule(copy)).scheduleId).toBe(copy);
    for (const id of [blue, copy]) await env.client.schedule.getHandle(id).delete();
  });

  it('of two receivers start what was missed once', async () => {
    origin.commit('one', {});
    const pools = new LookingPools();
    await withPools(env, pools, async () => {
      for (const name of ['blue', 'green']) await keepSchedules(client, configuration([{}], name));
      const handles = ['blue', 'green'].map((name) =>
        env.client.schedule.getHandle(idOf(request.environment, name)),
      );
      const looks = async (): Promise<number> =>
        (await Promise.all(handles.map((handle) => handle.describe())))
          .map(({ info }) => info.recentActions.length)
          .reduce((sum, one) => sum + one);
      await until(async () => (await looks()) === 2);
      const results = async (): Promise<void> => {
        for (const handle of handles) {
          const { workflowId = '' } =
            (await handle.describe()).info.recentActions.at(-1)?.action.workflow ?? {};
          await env.client.workflow.getHandle(workflowId).result();
        }
      };
      await results();
      const sha = origin.commit('two', {});
      await Promise.all(handles.map((handle) => handle.trigger()));
      await until(async () => (await looks()) === 4);
      await results();
      expect(await endOf(deployOf(sha))).toBe('succeeded');
      expect(pools.record('readSource')).toHaveLength(1);
    });
    for (const name of ['blue', 'green'])
      await env.client.schedule.getHandle(idOf(request.environment, name)).delete();
  });
});
