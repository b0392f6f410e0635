/**
 * The moment in which one run of an environment ends and the next one begins: what comes just then – many at once – is
 * neither lost nor done twice. And the run ends when Temporal says that it should.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import {
  type EnvironmentName,
  freezeEnvironment,
  unfreezeEnvironment,
} from '../../../src/client/environment.ts';
import type { ReleaseClient } from '../../../src/client/index.ts';
import type { LedgerLine } from '../../../src/release/environment/ledger.ts';
import { commit } from '../../release/environment/scenes.ts';
import { startServer, workflowBundle } from '../harness.ts';
import { EnvironmentScene } from './scene.ts';

/** Events of a run after which Temporal suggests another one; its default is 4,096. */
const SUGGESTED_AFTER = 120;

let server: TestWorkflowEnvironment;
let client: ReleaseClient;
let scene: EnvironmentScene;
let name: EnvironmentName;
beforeAll(async () => {
  server = await startServer([`limit.historyCount.suggestContinueAsNew=${SUGGESTED_AFTER}`]);
  client = { temporal: server.client } as ReleaseClient;
});
afterAll(() => server?.teardown());
beforeEach(async () => {
  scene = await EnvironmentScene.create(server);
  name = { app: scene.app, environment: scene.environment };
  scene.policy = 'queue';
});
afterEach(() => scene.close());

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

/**
 * Of branches of their own: none is older than another one, so that each must have its turn. One in three keeps it for
 * a second after its change; if all did, that is what the tests would wait for.
 */
const releases = (count: number, more: Parameters<typeof scene.release>[1] = {}) =>
  Promise.all(
    numbers(count).map((place) =>
      scene.release(place, {
        commit: { ...commit(place), ancestors: [] },
        restMs: place % 3 === 0 ? 1 : 0,
        ...more,
      }),
    ),
  );

/** The number of every release once, in the workflow and in the store. */
const expectWhole = async (count: number): Promise<void> => {
  const { ledger, turn, joined } = await scene.statusWhen((status) => status.ledger.length >= count);
  expect({ turn, joined }).toEqual({ turn: null, joined: [] });
  const byNumber = (entries: readonly LedgerLine[]): readonly number[] =>
    entries.map(({ number }) => number).toSorted((one, other) => one - other);
  expect(byNumber(ledger)).toEqual(numbers(count));
  const folder = `environments/${scene.app}/production/ledger`;
  const untilMs = Date.now() + 10_000;
  while ((await scene.store.listDocuments(folder)).length < count && Date.now() < untilMs)
    await new Promise((resolve) => setTimeout(resolve, 20));
  const keys = await scene.store.listDocuments(folder);
  const stored = await Promise.all(keys.map((key) => scene.store.getDocument(key)));
  expect(byNumber(stored as LedgerLine[])).toEqual(numbers(count));
};

/** How long the history of each run became, newest first; each is replayed as well. */
const runs = async (): Promise<readonly number[]> => {
  const lengths: number[] = [];
  const { workflowId } = scene.handle;
  const query = `WorkflowId = 'environment/${scene.app}/production'`;
  for await (const { runId } of server.client.workflow.list({ query })) {
    const handle = server.client.workflow.getHandle(workflowId, runId);
    const options = { workflowBundle: await workflowBundle() };
    await Worker.runReplayHistory(options, await handle.fetchHistory(), workflowId);
    lengths.push((await handle.describe()).historyLength);
  }
  return lengths;
};

describe.each([1, 2, 3])('with %i messages in a run', (runLength) => {
  it('releases, freezes and their ends that come at once are all taken, in the order in which they were said', async () => {
    await scene.start({ runLength });
    await scene.withControl(async () => {
      const handles = await releases(10, { entrant: { overrideFreeze: 'always' } });
      const said = (async () => {
        for (const round of numbers(8)) {
          const reason = `round ${round}`;
          expect(await freezeEnvironment(client, name, { reason, who: 'ada' })).toContain('frozen until');
          expect((await scene.status()).freeze?.reason).toBe(reason);
          expect(await unfreezeEnvironment(client, name)).toBe(`it is not frozen any more (${reason})`);
          expect((await scene.status()).freeze).toBeNull();
        }
      })();
      expect(await scene.verdicts(handles)).toEqual(numbers(10).map(() => 'succeeded'));
      await said;
      await expectWhole(10);
      expect(new Set(scene.changes.map(({ fence }) => fence)).size).toBe(10);
    });
  }, 120_000);

  it('signals of people hit it as well: the last one stays', async () => {
    await scene.start({ runLength });
    await scene.withControl(async () => {
      for (const round of numbers(20)) {
        await scene.handle.signal('freeze', { reason: `round ${round}` });
        if (round % 2 === 0) await scene.handle.signal('unfreeze');
      }
      await scene.handle.signal('freeze', { reason: 'the last' });
      expect((await scene.statusWhen(({ freeze }) => freeze !== null)).freeze?.reason).toBeDefined();
      expect((await scene.statusWhen(({ freeze }) => freeze?.reason === 'the last')).freeze).toMatchObject({
        reason: 'the last',
      });
      const kept = `environments/${scene.app}/production/freeze`;
      const untilMs = Date.now() + 10_000;
      const inStore = async () => (await scene.store.getDocument(kept)) as { reason?: string } | undefined;
      while ((await inStore())?.reason !== 'the last' && Date.now() < untilMs)
        await new Promise((resolve) => setTimeout(resolve, 20));
      expect(await inStore()).toMatchObject({ reason: 'the last' });
    });
  }, 60_000);
});

describe('before there is an environment', () => {
  it('what people have said is taken in the order in which they said it', async () => {
    await scene.start();
    await scene.handle.signal('freeze', { reason: 'the first' });
    await scene.handle.signal('unfreeze');
    await scene.handle.signal('freeze', { reason: 'the last' });
    await scene.withControl(async () => {
      // Answered when all of that has been taken.
      expect(await scene.handle.executeUpdate('unfreeze')).toBe('it is not frozen any more (the last)');
    });
  });

  it('many messages at once start one, and all are answered', async () => {
    await scene.withControl(async () => {
      const [answers, handles] = await Promise.all([
        Promise.all(
          numbers(6).map((round) =>
            freezeEnvironment(client, name, { reason: `round ${round}`, who: 'ada' }),
          ),
        ),
        releases(6, { entrant: { overrideFreeze: 'always' } }),
      ]);
      expect(answers.map((answer) => answer.startsWith('frozen until'))).toEqual(numbers(6).map(() => true));
      expect(await scene.verdicts(handles)).toEqual(numbers(6).map(() => 'succeeded'));
      await expectWhole(6);
      expect((await scene.status()).freeze?.reason).toMatch(/^round [1-6]$/);
    });
  });
});

describe('a run', () => {
  it('ends when Temporal suggests it, and not before', async () => {
    await scene.withControl(async () => {
      const handles = await releases(12);
      expect(await scene.verdicts(handles)).toEqual(numbers(12).map(() => 'succeeded'));
      await expectWhole(12);
    });
    const lengths = await runs();
    expect(lengths.length).toBeGreaterThan(2);
    // What is under way when it is suggested is still brought to its end.
    expect(Math.max(...lengths)).toBeLessThan(SUGGESTED_AFTER * 3);
    // Not one run for each message.
    expect(Math.min(...lengths.slice(1))).toBeGreaterThanOrEqual(SUGGESTED_AFTER / 2);
  }, 60_000);
});
