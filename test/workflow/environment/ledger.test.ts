/** An environment's past as people ask for it: beyond what its workflow carries, and after Temporal has forgotten it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { findInLedger } from '../../../src/cli/finding/find-in-ledger.ts';
import {
  connect,
  environmentHistory,
  type ReleaseClient,
  releaseInLedger,
} from '../../../src/client/index.ts';
import type { LedgerEntry } from '../../../src/release/environment/ledger.ts';
import { type CliRun, runCli } from '../../cli/fake-terminal.ts';
import { commit, Scene, shaOf } from '../../release/environment/scenes.ts';
import { reportOf, startServer, statusWhen, tell } from '../harness.ts';
import { gate, heldUntil, RealScene } from './real-scene.ts';

let server: TestWorkflowEnvironment;
let client: ReleaseClient;
let scene: RealScene;
beforeAll(async () => {
  server = await startServer();
  process.env.TEMPORAL_ADDRESS = server.address;
  client = await connect({ address: server.address });
});
afterAll(async () => {
  delete process.env.TEMPORAL_ADDRESS;
  await client?.close();
  await server?.teardown();
});
beforeEach(async () => {
  scene = await RealScene.create(server);
});
afterEach(() => scene.close());

const slipway = (command: string, ...args: readonly string[]): Promise<CliRun> =>
  runCli([command, scene.environment, ...args, '--app', scene.app]);
const place = () => ({ app: scene.app, environment: scene.environment });

const entry = (number: number): LedgerEntry => {
  const [any] = new Scene().arrive('a', commit(1)).end('a').entries as [LedgerEntry];
  const releaseId = `deploy/${scene.app}/${scene.environment}/${shaOf(number)}/run-${number}`;
  return { ...any, number, releaseId, commit: { sha: shaOf(number), subject: `commit ${number}` } };
};

/** As after years: the store knows them all, the workflow none. */
const keep = async (count: number): Promise<void> => {
  for (let number = 1; number <= count; number += 1) {
    await scene.store.putDocument(
      `environments/${scene.app}/${scene.environment}/ledger/${String(number).padStart(8, '0')}`,
      entry(number),
    );
  }
};

/** As Temporal does by itself when the retention of its namespace is over. */
const forget = async ({ workflowId }: WorkflowHandle): Promise<void> => {
  await server.client.workflowService.deleteWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId },
  });
  const isThere = (): Promise<boolean> =>
    server.client.workflow
      .getHandle(workflowId)
      .describe()
      .then(
        () => true,
        () => false,
      );
  while (await isThere()) await new Promise((resolve) => setTimeout(resolve, 50));
};

const numbersIn = ({ stdout }: CliRun): readonly number[] =>
  (JSON.parse(stdout) as readonly LedgerEntry[]).map(({ number }) => number);
const down = (from: number, to: number): readonly number[] =>
  Array.from({ length: from - to + 1 }, (_, index) => from - index);

describe('a freeze, for programs', () => {
  it('says what it replaces', async () => {
    await scene.withoutDeployPool(async () => {
      const freeze = async (reason: string, ...more: string[]) =>
        JSON.parse((await slipway('freeze', '--reason', reason, '--json', ...more)).stdout);
      const first = await freeze('tea', '--who', 'ada');
      expect(first).toMatchObject({
        ...place(),
        answer: 'frozen until somebody ends it',
        before: null,
        freeze: { reason: 'tea', owner: 'ada', untilMs: null },
      });
      const second = await freeze('cake', '--who', 'bob', '--until', '2126-01-01T00:00Z');
      expect(second).toMatchObject({
        answer: 'frozen until 2126-01-01T00:00Z; before, it was frozen by ada until somebody ends it: tea',
        before: first.freeze,
        freeze: { reason: 'cake', untilMs: Date.UTC(2126, 0, 1) },
      });
      const ended = JSON.parse((await slipway('unfreeze', '--output', 'json')).stdout);
      expect(ended).toMatchObject({ before: second.freeze, freeze: null });
    });
  });
});

describe('the history of an environment', () => {
  it('goes back to its first release, page by page, also where its workflow is gone', async () => {
    await keep(230);
    await scene.withoutDeployPool(async () => {
      expect(numbersIn(await slipway('history', '--all', '--json'))).toEqual(down(230, 1));
      expect(numbersIn(await slipway('history', '--limit', '120', '--json'))).toEqual(down(230, 111));
      expect(numbersIn(await slipway('history', '--before', '4', '--json'))).toEqual(down(3, 1));
      expect(numbersIn(await slipway('history', '--json'))).toEqual(down(230, 181));
      const some = await slipway('history', '--limit', '2', '--before', '31');
      expect(some.stdout.split('\n').map((line) => line.trim().split(' ')[0])).toEqual(['30', '29', '']);
      expect(some.stderr).toBe(
        `older ones: slipway history ${scene.environment} --limit 2 --before 29 --app shop\n`,
      );
      expect((await slipway('history', '--all')).stderr).toBe('');
      expect((await slipway('show', '7')).stdout).toContain('“commit 7”');
      expect((await slipway('show', shaOf(8).slice(0, 12))).stdout).toContain('“commit 8”');
      const none = await slipway('show', '999');
      expect(none.exitCode).toBe(2);
      expect(none.stderr).toContain('remembers no release 999');
    });
  });

  it('shows all others where a document in the store is damaged, and says which', async () => {
    await keep(4);
    await scene.store.putDocument(`environments/${scene.app}/${scene.environment}/ledger/00000003`, 'x');
    await scene.withoutDeployPool(async () => {
      const { stdout, stderr } = await slipway('history', '--all', '--json');
      expect(numbersIn({ exitCode: 0, stdout, stderr })).toEqual([4, 2, 1]);
      expect(stderr).toContain('the store cannot read them: release 3');
      expect((await slipway('show', '3')).stderr).toContain('the store cannot read release 3');
      expect((await slipway('show', '2')).exitCode).toBe(0);
    });
  });

  it('of one that nothing was ever released to says so', async () => {
    await scene.withoutDeployPool(async () => {
      const { exitCode, stderr } = await slipway('history');
      expect(exitCode).toBe(2);
      expect(stderr).toContain('nothing was released');
      expect((await slipway('history', '--all')).stdout).toBe('nothing was released yet\n');
    });
  });

  it('is told by nobody where no control worker is there', async () => {
    for (const asked of [
      () => environmentHistory(client, place(), {}, 1_000),
      () => releaseInLedger(client, place(), { number: 1 }, false, 1_000),
    ]) {
      await expect(asked()).rejects.toMatchObject({
        type: 'NoControlWorker',
        advice: 'Start one (slipway worker control) and ask again.',
      });
    }
  });

  it('that the store does not give out is said with the reason', async () => {
    scene.pools.on('readLedger', async () => {
      throw new Error('EACCES: permission denied');
    });
    await scene.withoutDeployPool(async () => {
      await expect(environmentHistory(client, place())).rejects.toMatchObject({
        type: 'Transient',
        message: expect.stringContaining('EACCES: permission denied'),
      });
    });
  });
});

describe('a rollback', () => {
  it('is not refused because the last releases have all been refused: the store knows more', async () => {
    const kept = { verdict: 'refused', turnAtMs: null } as const;
    for (let number = 1; number <= 60; number += 1) {
      const key = `environments/${scene.app}/${scene.environment}/ledger/${String(number).padStart(8, '0')}`;
      await scene.store.putDocument(key, { ...entry(number), ...(number > 2 && kept), endedAtMs: number });
    }
    await scene.withoutDeployPool(async () => {
      expect((await slipway('freeze', '--reason', 'black friday')).exitCode).toBe(0);
      const { rollbackTarget, serving } = await scene.statusWhen(({ ledger }) => ledger.length === 50);
      expect({ rollbackTarget, serving }).toMatchObject({
        rollbackTarget: { kind: 'none' },
        serving: { number: 2 },
      });
      const { exitCode, stderr } = await slipway('rollback', '--detach');
      expect(stderr).toContain(`started rollback/${scene.app}/${scene.environment}/last`);
      expect(exitCode).toBe(0);
    });
    await server.client.workflow.getHandle(`rollback/${scene.app}/${scene.environment}/last`).terminate();
  });
});

describe('a release that has ended', () => {
  it('is shown with who approved it, who paused it for how long, and what took how long', async () => {
    const goOn = gate();
    scene.asks = { approval: { deadlineMs: 60_000 } };
    scene.pools.on('waitUntilStable', async (_input, call, good) => {
      if (call === 1) await heldUntil(goOn.passed);
      return good();
    });
    await scene.withoutDeployPool(async () => {
      const stop = await scene.startDeployPool();
      const handle = await scene.deploy(1);
      await statusWhen(handle, ({ hold }) => hold?.kind === 'approval');
      await tell(handle, 'approve', { who: 'grace' });
      await statusWhen(handle, ({ steps }) =>
        steps.some(({ kind, state }) => kind === 'stable' && state === 'running'),
      );
      await tell(handle, 'pause', { who: 'ada', reason: 'lunch' });
      goOn.open();
      await statusWhen(handle, ({ hold }) => hold?.kind === 'paused');
      await tell(handle, 'resume', { who: 'ada' });
      await reportOf(handle);
      await scene.statusWhen((status) => status.ledger.length === 1);
      const { entry } = await findInLedger(client, scene, 1);
      expect(entry).toMatchObject({
        approvedBy: 'grace',
        pauses: [{ who: 'ada', reason: 'lunch', fromMs: expect.any(Number), untilMs: expect.any(Number) }],
        supersededBy: null,
      });
      const [pause] = entry.pauses;
      expect(pause?.untilMs).toBeGreaterThan(pause?.fromMs ?? Number.POSITIVE_INFINITY);
      expect(entry.stages.map(({ kind }) => kind)).toEqual(
        expect.arrayContaining(['plan', 'check', 'build', 'push', 'turn', 'update', 'stable', 'promote']),
      );
      const { stdout } = await slipway('show', '1');
      expect(stdout).toMatch(/approved by grace\n {2}paused {2}.* by ada for .*: lunch/);
      expect(stdout).toMatch(/\nTook\n {2}plan +\d/);
      await stop();
    });
  });

  it('is still told of, whole, when Temporal has forgotten it', async () => {
    scene.pools.on('waitUntilStable', async (_input, call, good) =>
      call === 1
        ? {
            failures: [
              { name: 'worker', kind: 'task-failed' as const, summary: 'exit code 1', evidence: [] },
            ],
          }
        : good(),
    );
    await scene.withoutDeployPool(async () => {
      const stop = await scene.startDeployPool();
      const handle = await scene.deploy(1);
      const { verdict } = await reportOf(handle);
      await scene.statusWhen((status) => status.ledger.length === 1);
      const told = await runCli(['why', handle.workflowId]);
      await forget(handle);
      const later = await runCli(['why', handle.workflowId]);
      expect(later.exitCode).toBe(0);
      expect(later.stdout).toContain(told.stdout.split('\n')[0]);
      const byNumber = await slipway('why', '1', '--json');
      expect(JSON.parse(byNumber.stdout)).toMatchObject({ verdict, number: 1 });
      expect((await slipway('why', shaOf(1).slice(0, 12))).stdout).toContain('Steps');
      expect((await slipway('why', '2')).exitCode).toBe(2);
      expect((await runCli(['why', `deploy/${scene.app}/${scene.environment}/${shaOf(9)}`])).exitCode).toBe(
        2,
      );
      await stop();
    });
  });

  it('without a report ends with 4, and its entry is named', async () => {
    await keep(1);
    const key = `environments/${scene.app}/${scene.environment}/ledger/00000002`;
    await scene.store.putDocument(key, { ...entry(2), verdict: 'broken-off' });
    await scene.withoutDeployPool(async () => {
      const { exitCode, stderr } = await slipway('why', '2');
      expect(exitCode).toBe(4);
      expect(stderr).toContain(`slipway show ${scene.environment} 2`);
      // One that has ended well, but whose report is not there.
      expect((await slipway('why', '1')).exitCode).toBe(2);
    });
  });
});
