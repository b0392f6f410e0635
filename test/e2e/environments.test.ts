/**
 * An environment and its releases on the real local stack with the real CLI: what was released, what serves, freezes,
 * older commits, and the ways back. The tests follow each other as one story.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import type { LedgerEntry, LedgerLine } from '../../src/release/environment/ledger.ts';
import type { EnvironmentStatus } from '../../src/release/environment/status.ts';
import { findTool } from '../../src/tools.ts';
import { commitProgram } from './one-service.ts';
import { type OneServiceStack, startOneServiceStack } from './one-service-stack.ts';

const SETUP_MS = 240_000;
const RELEASE_MS = 120_000;

let stack: OneServiceStack;
let first: string;
let second: string;
let third: string;

beforeAll(async () => {
  stack = await startOneServiceStack(async (folder) => {
    first = await commitProgram(folder, 'first');
    second = await commitProgram(folder, 'second');
    third = await commitProgram(folder, 'third');
  });
}, SETUP_MS);

afterAll(() => stack?.remove(), SETUP_MS);

const deploy = (sha: string, ...more: readonly string[]) =>
  stack.slipway('deploy', 'production', '--sha', sha, ...more);

const temporal = async (...args: readonly string[]) =>
  execa(await findTool('temporal'), ['workflow', ...args], { env: stack.environment, reject: false });

const status = async (): Promise<EnvironmentStatus> =>
  JSON.parse((await stack.slipway('status', 'production', '--json')).stdout) as EnvironmentStatus;

/** The environment hears of an end a moment later than whoever has waited for it. */
const ledgerOf = async (length: number): Promise<readonly LedgerLine[]> => {
  for (;;) {
    const { stdout } = await stack.slipway('history', 'production', '--json');
    const ledger = JSON.parse(stdout) as readonly LedgerLine[];
    if (ledger.length >= length) return ledger;
  }
};

const told = (entries: readonly LedgerLine[]): readonly string[] =>
  entries
    .toSorted((one, other) => one.number - other.number)
    .map(({ number, verdict, rollbackTo }) =>
      rollbackTo === null ? `${number} ${verdict}` : `${number} ${verdict} (to ${rollbackTo})`,
    );

describe('an environment', () => {
  it(
    'in which nothing was released has nothing to go back to, and says so',
    async () => {
      const back = await stack.slipway('rollback', 'production');
      expect(back.exitCode).toBe(6);
      expect(back.stdout).toContain('there is nothing to go back to in production');
      expect((await stack.slipway('status', 'production')).exitCode).toBe(2);
      expect((await deploy(first)).exitCode).toBe(0);
      await ledgerOf(1);
      const only = await stack.slipway('rollback', 'production');
      expect(only.exitCode).toBe(6);
      expect(only.stderr).toContain('there is nothing to go back to in production');
    },
    RELEASE_MS,
  );

  it(
    'tells what serves, what was released, and each release',
    async () => {
      expect((await deploy(second)).exitCode).toBe(0);
      expect(told(await ledgerOf(2))).toEqual(['1 succeeded', '2 succeeded']);
      expect(await status()).toMatchObject({
        turn: null,
        joined: [],
        freeze: null,
        needsRepair: null,
        serving: { number: 2, origin: 2, commit: { sha: second, subject: 'second' } },
        rollbackTarget: { kind: 'found', number: 1 },
      });
      const page = await stack.slipway('status', 'production');
      expect(page).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining(`${second.slice(0, 12)} since release 2`),
      });
      expect((await stack.slipway('history')).stdout).toContain('“first”');
      const one = await stack.slipway('show', '1');
      expect(one).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(first) });
      const { stdout } = await stack.slipway('show', 'production', '1', '--json');
      expect(JSON.parse(stdout)).toMatchObject({
        number: 1,
        verdict: 'succeeded',
        commit: { sha: first, subject: 'first' },
        images: [{ name: 'hello', digest: expect.stringMatching(/^sha256:/) }],
        services: [{ name: 'hello', taskDefinition: expect.stringContaining('task-definition/hello:') }],
        turnAtMs: expect.any(Number),
      });
      expect(await stack.slipway('show', 'production', '99')).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('remembers no release 99'),
      });
    },
    RELEASE_MS,
  );

  it(
    'refuses an older commit with both named, unless it is meant',
    async () => {
      const older = await deploy(first);
      expect(older.exitCode).toBe(6);
      expect(older.stdout).toContain(`${first.slice(0, 12)} is older than ${second.slice(0, 12)}`);
      expect(older.stdout).toContain('--allow-older');
      expect((await deploy(first, '--allow-older')).exitCode).toBe(0);
      expect(await stack.servedCommit()).toBe(first);
      expect(told(await ledgerOf(4)).slice(2)).toEqual(['3 refused', '4 succeeded']);
    },
    RELEASE_MS,
  );

  it(
    'that is frozen lets a rollback through, and a release that says why it must',
    async () => {
      const frozen = await stack.slipway('freeze', 'production', '--reason', 'black friday', '--who', 'ada');
      expect(frozen).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('frozen until') });
      const refused = await deploy(third);
      expect(refused.exitCode).toBe(6);
      expect(refused.stdout).toContain('frozen by ada until somebody ends it: black friday');
      expect(await stack.servedCommit()).toBe(first);

      const back = await stack.slipway('rollback', 'production', '--reason', 'it was better before');
      expect(back.exitCode).toBe(0);
      expect(await stack.servedCommit()).toBe(second);

      expect((await deploy(third, '--override-freeze', 'the shop is down')).exitCode).toBe(0);
      expect(await stack.servedCommit()).toBe(third);
      const ledger = await ledgerOf(7);
      expect(told(ledger).slice(4)).toEqual(['5 refused', '6 succeeded (to 2)', '7 succeeded']);
      expect(ledger.find(({ number }) => number === 7)?.overrideFreeze).toBe('the shop is down');
      const shown = await stack.slipway('show', 'production', '7');
      expect(shown.stdout).toContain('in spite of a freeze: the shop is down');
      const six = await stack.slipway('show', 'production', '6', '--json');
      expect((JSON.parse(six.stdout) as LedgerEntry).notes).toEqual([
        expect.objectContaining({ action: 'rollback', reason: 'it was better before' }),
      ]);

      const thawed = await stack.slipway('unfreeze', 'production');
      expect(thawed).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('black friday') });
      expect((await status()).freeze).toBeNull();
      expect((await stack.slipway('freeze', 'production', '--reason', 'tea', '--for', '30m')).exitCode).toBe(
        0,
      );
      const { freeze } = await status();
      expect((freeze?.untilMs ?? 0) - (freeze?.sinceMs ?? 0)).toBeGreaterThan(29 * 60_000);
      const both = ['--until', '2099-01-01T00:00Z', '--for', '30m'];
      expect((await stack.slipway('freeze', 'production', '--reason', 'tea', ...both)).exitCode).toBe(2);
      await stack.slipway('unfreeze', 'production');
    },
    RELEASE_MS,
  );

  it(
    'goes back to any release by its number or its commit, and to none that is not there',
    async () => {
      expect((await stack.slipway('rollback', 'production', '--to', '1')).exitCode).toBe(0);
      expect(await stack.servedCommit()).toBe(first);
      expect((await stack.slipway('rollback', 'production', '--to', second.slice(0, 10))).exitCode).toBe(0);
      expect(await stack.servedCommit()).toBe(second);
      const ledger = await ledgerOf(9);
      expect(told(ledger).slice(7)[0]).toBe('8 succeeded (to 1)');
      for (const [to, why] of [
        ['99', 'there is no release 99'],
        ['3', 'release 3 did not succeed (refused)'],
        ['0123456789', 'there is no release of commit 0123456789'],
      ] as const) {
        expect(await stack.slipway('rollback', 'production', '--to', to)).toMatchObject({
          exitCode: 2,
          stderr: expect.stringContaining(why),
        });
      }
      expect((await stack.slipway('rollback', 'production', '--to', 'yesterday')).exitCode).toBe(2);
      expect(await ledgerOf(9)).toHaveLength(9);
    },
    RELEASE_MS,
  );

  it(
    'takes a rollback from Temporal’s own tools, with the least that can be said',
    async () => {
      const target = (await status()).rollbackTarget;
      const input = ['--input', '{"environment":"production"}'];
      const queue = ['--task-queue', 'slipway-control', '--workflow-id', 'by-hand'];
      expect((await temporal('start', '--type', 'rollback', ...queue, ...input)).exitCode).toBe(0);
      expect((await temporal('result', '--workflow-id', 'by-hand')).exitCode).toBe(0);
      const [newest] = await ledgerOf(10);
      expect(newest).toMatchObject({ number: 10, verdict: 'succeeded' });
      expect(target).toEqual({ kind: 'found', number: newest?.rollbackTo });
      expect(await stack.servedCommit()).toBe(newest?.commit.sha);
    },
    RELEASE_MS,
  );

  it(
    'deploys a commit that serves already only where it has to: asked to, or where somebody has changed something',
    async () => {
      expect((await deploy(third)).exitCode).toBe(0);
      const before = await stack.deployments();
      const again = await deploy(third);
      expect(again.exitCode).toBe(0);
      expect(again.stdout).toMatch(/serves since release 11; hello/);
      expect(await stack.deployments()).toEqual(before);
      expect((await deploy(third, '--force')).exitCode).toBe(0);
      const forced = await stack.deployments();
      expect(forced[0]?.id).not.toBe(before[0]?.id);

      const theirs = await stack.changeByHand((container) => ({
        ...container,
        environment: [...(container.environment ?? []), { name: 'DEBUG', value: 'a secret of ours' }],
      }));
      const page = (await stack.slipway('status', 'production')).stdout;
      expect(page).toContain('DEBUG');
      expect(page).toContain(theirs.split('/')[1]);
      const over = await deploy(third);
      expect(over.exitCode).toBe(0);
      expect(over.stdout).toMatch(/hello was changed by somebody else since release 13: .*DEBUG/);
      // No value of a variable is anybody's business.
      expect(page + over.stdout + over.stderr).not.toContain('a secret of ours');
      const [now] = await stack.deployments();
      expect(now?.taskDefinition).not.toBe(theirs);
      expect((await stack.slipway('status', 'production')).stdout).not.toContain('DEBUG');
    },
    RELEASE_MS,
  );
});
