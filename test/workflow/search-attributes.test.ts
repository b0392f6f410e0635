/** Releases and environments in Temporal's lists: with search attributes, without, and when those come and go. */
import { describe, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { execa } from 'execa';
import { areIndexed, indexedInTemporal } from '../../src/activities/search-attributes.ts';
import {
  newestEndedRelease,
  newestRelease,
  type ReleaseClient,
  runningReleases,
  startRelease,
  startRollback,
} from '../../src/client/index.ts';
import { ConfigurationError } from '../../src/errors.ts';
import { SEARCH_ATTRIBUTE_NAMES, SEEN_FOR_MS } from '../../src/release/search-attributes.ts';
import { findTool } from '../../src/tools.ts';
import { registerSearchAttributes } from '../../src/workers/register-search-attributes.ts';
import { FakePools, SHA } from '../fakes/activities.ts';
import { RealScene } from './environment/real-scene.ts';
import { failedTasks } from './failed-tasks.ts';
import { reportOf, statusWhen, withPools } from './harness.ts';
import { serverForAll } from './server-for-all.ts';

let env: TestWorkflowEnvironment;
let client: ReleaseClient;
serverForAll((server) => {
  ({ env, client } = server);
});

const temporal = async (...args: readonly string[]) =>
  execa(await findTool('temporal'), [...args, '--address', env.address], { reject: false, all: true });

const register = (): Promise<string | undefined> => registerSearchAttributes(env.nativeConnection, 'default');

const remove = async (): Promise<void> => {
  const names = SEARCH_ATTRIBUTE_NAMES.flatMap((name) => ['--name', name]);
  await temporal('operator', 'search-attribute', 'remove', '--yes', ...names);
  await becomes(false);
};

const becomes = async (wanted: boolean): Promise<void> => {
  while ((await areIndexed(env.client)) !== wanted) await new Promise((resolve) => setTimeout(resolve, 50));
};

/** Pools whose control looks for search attributes as the real one does. */
const lookingPools = (): FakePools => {
  const indexing = async (): Promise<{ indexed?: true }> =>
    (await indexedInTemporal()) ? { indexed: true } : {};
  return new FakePools()
    .on('readSource', async (_input, _call, good) => ({ ...(await good()), ...(await indexing()) }))
    .on('recallRelease', async (_input, _call, good) => ({ ...(await good()), ...(await indexing()) }))
    .on('closeRelease', indexing);
};

const attributesOf = async (handle: WorkflowHandle): Promise<Readonly<Record<string, unknown>>> => {
  const { typedSearchAttributes } = await handle.describe();
  return Object.fromEntries(
    typedSearchAttributes
      .getAll()
      .flatMap(({ key, value }) => (key.name.startsWith('Slipway') ? [[key.name, value]] : [])),
  );
};

const upserts = async (handle: WorkflowHandle): Promise<number> => {
  const { events } = await handle.fetchHistory();
  return (events ?? []).filter(({ upsertWorkflowSearchAttributesEventAttributes: upsert }) => upsert).length;
};

let count = 0;
const start = async (...more: readonly string[]): Promise<WorkflowHandle> => {
  count += 1;
  const id = `any-id-${count}`;
  const started = await temporal(
    ...['workflow', 'start', '--type', 'deploy', '--task-queue', 'slipway-control', '--workflow-id', id],
    ...['--input', `{"environment":"production","sha":"${SHA}"}`, ...more],
  );
  expect(started.all).toContain(id);
  expect(started.exitCode).toBe(0);
  return env.client.workflow.getHandle(id);
};

const handleOf = ({ workflowId }: { readonly workflowId: string }): WorkflowHandle =>
  env.client.workflow.getHandle(workflowId);

const LABELS = {
  SlipwayApp: 'shop',
  SlipwayEnvironment: 'production',
  SlipwayCommit: SHA,
  SlipwayVerdict: 'succeeded',
};
const request = (sha = SHA) => ({ app: 'shop', environment: 'production', sha });

describe('without search attributes', () => {
  it('a release that temporal starts runs as ever, and names none', async () => {
    await remove();
    await withPools(env, lookingPools(), async () => {
      const handle = await start();
      expect((await reportOf(handle)).verdict).toBe('succeeded');
      expect(await attributesOf(handle)).toEqual({});
      expect([await failedTasks(handle), await upserts(handle)]).toEqual([[], 0]);
    });
  });

  it('so does one that our client starts, forth or back, and a second start attaches to the first', async () => {
    await withPools(env, lookingPools().plan({ approval: { deadlineMs: 60_000 } }), async () => {
      const started = await startRelease(client, request());
      expect(await startRelease(client, request())).toEqual({ ...started, attached: true });
      await handleOf(started).signal('approve');
      expect((await reportOf(handleOf(started))).verdict).toBe('succeeded');
      expect(await failedTasks(handleOf(started))).toEqual([]);
      const back = await startRollback(client, { app: 'shop', environment: 'production' });
      await handleOf(back).signal('approve');
      expect((await reportOf(handleOf(back))).verdict).toBe('succeeded');
    });
  });

  it('what the server refuses for another reason is said', async () => {
    await expect(startRelease(client, { ...request(), app: 'x'.repeat(2_000) })).rejects.toThrow();
  });
});

describe('with search attributes', () => {
  it('control registers them, once', async () => {
    expect(await register()).toBeUndefined();
    expect(await register()).toBeUndefined();
    await becomes(true);
  });

  it('a release with the minimal input is listed as soon as its plan is read, and by its verdict when it has ended', async () => {
    await withPools(env, lookingPools().plan({ approval: { deadlineMs: 60_000 } }), async () => {
      const handle = await start();
      await statusWhen(handle, ({ hold }) => hold?.kind === 'approval');
      const { SlipwayVerdict: _verdict, ...known } = LABELS;
      expect(await attributesOf(handle)).toEqual(known);
      await handle.signal('approve');
      expect((await reportOf(handle)).verdict).toBe('succeeded');
      expect(await attributesOf(handle)).toEqual(LABELS);
      expect([await failedTasks(handle), await upserts(handle)]).toEqual([[], 2]);
      const query = `SlipwayApp = 'shop' AND SlipwayCommit = '${SHA}' AND SlipwayVerdict = 'succeeded'`;
      await expectListed(query, handle.workflowId);
    });
  });

  it('so it is found by the name of its environment, whatever somebody has called it: running ones and the last one', async () => {
    await withPools(env, lookingPools().plan({ approval: { deadlineMs: 60_000 } }), async () => {
      const handle = await start();
      await statusWhen(handle, ({ hold }) => hold?.kind === 'approval');
      const idsOf = async (environment: string): Promise<readonly string[]> =>
        (await runningReleases(client, 'shop', environment)).map(({ workflowId }) => workflowId);
      while ((await idsOf('production')).length === 0)
        await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await idsOf('production')).toEqual([handle.workflowId]);
      expect(await idsOf('staging')).toEqual([]);
      expect((await newestRelease(client, 'shop', 'production')).workflowId).toBe(handle.workflowId);
      await expect(newestRelease(client, 'other', 'production')).rejects.toThrow('no release of other');
      await handle.signal('deny');
      expect((await reportOf(handle)).verdict).toBe('aborted');
      while ((await idsOf('production')).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await newestEndedRelease(client, 'shop', 'production')).toMatchObject({
        workflowId: handle.workflowId,
      });
    });
  });

  it('one that our client starts is listed from the first moment, with one event less', async () => {
    await withPools(env, lookingPools(), async () => {
      const started = await startRelease(client, request());
      const { SlipwayVerdict: _verdict, ...known } = LABELS;
      expect(await attributesOf(handleOf(started))).toMatchObject(known);
      await reportOf(handleOf(started));
      expect(await attributesOf(handleOf(started))).toEqual(LABELS);
      expect(await upserts(handleOf(started))).toBe(1);
    });
  });

  it('one that never came to a plan is listed by its verdict where its starter has said what it is', async () => {
    const pools = lookingPools().on('readSource', async () => {
      throw new ConfigurationError('no such commit');
    });
    await withPools(env, pools, async () => {
      const started = await startRelease(client, request());
      expect((await reportOf(handleOf(started))).verdict).toBe('failed');
      expect(await attributesOf(handleOf(started))).toEqual({ ...LABELS, SlipwayVerdict: 'failed' });
      const unnamed = await start();
      expect((await reportOf(unnamed)).verdict).toBe('failed');
      expect(await attributesOf(unnamed)).toEqual({});
    });
  });

  it('a rollback is listed by the commit that it brings back', async () => {
    await withPools(env, lookingPools(), async () => {
      const back = await startRollback(client, { app: 'shop', environment: 'production' });
      await reportOf(handleOf(back));
      expect(await attributesOf(handleOf(back))).toEqual(LABELS);
    });
  });

  it('an environment has none: with some that are gone, Temporal would refuse its next run', async () => {
    const scene = await RealScene.create(env);
    try {
      await scene.withoutDeployPool(async () => {
        await scene.startDeployPool();
        await reportOf(await scene.deploy(1));
        await scene.statusWhen(({ ledger }) => ledger.length === 1);
        expect(await attributesOf(scene.handle)).toEqual({});
        expect(await upserts(scene.handle)).toBe(0);
      });
    } finally {
      await scene.close();
    }
  });
});

describe('search attributes that come and go', () => {
  it('are not named by a release that ends when they are gone, and it ends', async () => {
    await register();
    await becomes(true);
    await withPools(env, lookingPools().plan({ approval: { deadlineMs: 60_000 } }), async () => {
      const handle = await start();
      await statusWhen(handle, ({ hold }) => hold?.kind === 'approval');
      await remove();
      await handle.signal('approve');
      expect((await reportOf(handle)).verdict).toBe('succeeded');
      expect(await failedTasks(handle)).toEqual([]);
    });
  });

  it('are all named at the end of a release that began before they were there', async () => {
    await remove();
    await withPools(env, lookingPools().plan({ approval: { deadlineMs: 60_000 } }), async () => {
      const handle = await start();
      await statusWhen(handle, ({ hold }) => hold?.kind === 'approval');
      expect(await register()).toBeUndefined();
      await becomes(true);
      await handle.signal('approve');
      expect((await reportOf(handle)).verdict).toBe('succeeded');
      expect(await attributesOf(handle)).toEqual(LABELS);
    });
  });

  it('are gone a moment after control has seen them: the release ends all the same, a little later', async () => {
    await remove();
    const justSeen = async () => ({ indexed: true as const, seenAtMs: Date.now() - SEEN_FOR_MS + 2_000 });
    const pools = new FakePools()
      .on('readSource', async (_input, _call, good) => ({ ...(await good()), ...(await justSeen()) }))
      .on('closeRelease', justSeen);
    await withPools(env, pools, async () => {
      const handle = await start();
      expect((await reportOf(handle)).verdict).toBe('succeeded');
      expect(await failedTasks(handle)).not.toEqual([]);
      expect([await upserts(handle), await attributesOf(handle)]).toEqual([0, {}]);
    });
  });

  it('are not there where one of them is of another type', async () => {
    await remove();
    await temporal('operator', 'search-attribute', 'create', '--name', 'SlipwayVerdict', '--type', 'Int');
    expect(await register()).toMatch(/until somebody registers SlipwayVerdict as Keyword/);
    expect(await areIndexed(env.client)).toBe(false);
    await withPools(env, lookingPools(), async () => {
      const handle = await start();
      expect((await reportOf(handle)).verdict).toBe('succeeded');
      expect(await failedTasks(handle)).toEqual([]);
    });
    await remove();
  });

  it('cannot be registered where there is no room: one line says so', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `Taken${index}`);
    for (const name of names)
      await temporal('operator', 'search-attribute', 'create', '--name', name, '--type', 'Keyword');
    const remark = await register();
    expect(remark).toMatch(/^releases are not listed by search attributes.*docs\/temporal\.md\)[^\n]*$/);
    expect(await areIndexed(env.client)).toBe(false);
    await temporal(
      'operator',
      'search-attribute',
      'remove',
      '--yes',
      ...names.flatMap((name) => ['--name', name]),
    );
  });
});

/** Lists lag a little. */
const expectListed = async (query: string, workflowId: string): Promise<void> => {
  for (let tries = 0; tries < 50; tries += 1) {
    const { stdout } = await temporal('workflow', 'list', '--query', query);
    if (stdout.includes(workflowId)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`not listed: ${query}`);
};
