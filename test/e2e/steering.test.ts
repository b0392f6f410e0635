/**
 * A release that people hold, stop, ask about and break off, on the real local stack with the real CLI and
 * `temporal`: what a terminated release leaves is put right by the next one.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { findTool } from '../../src/tools.ts';
import { commitProgram } from './one-service.ts';
import { type OneServiceStack, startOneServiceStack } from './one-service-stack.ts';
import { Prober } from './prober.ts';

const SETUP_MS = 240_000;
const RELEASE_MS = 240_000;

let stack: OneServiceStack;
let first: string;

beforeAll(async () => {
  stack = await startOneServiceStack(async (folder) => {
    first = await commitProgram(folder, 'first');
  });
  const run = await stack.slipway('deploy');
  if (run.exitCode !== 0) throw new Error(run.stderr);
}, SETUP_MS);

afterAll(() => stack?.remove(), SETUP_MS);

const commit = (subject: string, edit?: (program: string) => string): Promise<string> =>
  commitProgram(stack.folder, subject, edit);

/** Says its commit only after a while, so that a rollout of it takes long enough to be spoken to. */
const slow = (program: string): string =>
  program.replace('signal.signal(', 'import time; time.sleep(4)\n    signal.signal(');

/** Starts a release and returns its workflow id. */
const start = async (): Promise<string> => {
  const run = await stack.slipway('deploy', 'production', '--detach', '--output', 'json');
  return (JSON.parse(run.stdout) as { workflowId: string }).workflowId;
};

/** Until a second deployment is under way. */
const rollingOut = async (): Promise<void> => {
  while ((await stack.deployments()).length < 2) await delay(200);
};

const temporal = async (...args: readonly string[]) =>
  execa(await findTool('temporal'), ['workflow', ...args], { env: stack.environment, reject: false });

describe('a release in the hands of people', () => {
  it(
    'is paused before its first change and goes on with resume, from two terminals',
    async () => {
      const sha = await commit('second');
      const workflowId = await start();
      const paused = await stack.slipway('pause', workflowId, '--reason', 'lunch', '--who', 'ada');
      expect(paused).toMatchObject({ exitCode: 0 });
      const watching = stack.slipway('watch', workflowId);
      await delay(6_000);
      expect(await stack.servedCommit()).toBe(first);
      expect(await stack.deployments()).toHaveLength(1);
      const signal = await temporal('signal', '--workflow-id', workflowId, '--name', 'resume');
      expect(signal.exitCode).toBe(0);
      const end = await watching;
      expect(end.exitCode).toBe(0);
      expect(end.stderr).toContain('lunch');
      expect(end.stdout).toContain('ada');
      expect(await stack.servedCommit()).toBe(sha);
    },
    RELEASE_MS,
  );

  it(
    'is rolled back in mid-rollout without a failed request; asking for nonsense is answered at once',
    async () => {
      const before = await stack.servedCommit();
      await commit('slow one', slow);
      const prober = new Prober(stack.url);
      const workflowId = await start();
      await rollingOut();
      const nonsense = await stack.slipway('resume', workflowId);
      expect(nonsense.exitCode).toBe(6);
      expect(nonsense.stderr).toContain('not paused');
      const asked = await stack.slipway('rollback', 'production', '--reason', 'changed our mind');
      expect(asked.exitCode).toBe(0);
      const end = await stack.slipway('watch', workflowId);
      expect(end.exitCode).toBe(3);
      expect(end.stdout).toContain('changed our mind');
      expect(await stack.servedCommit()).toBe(before);
      await prober.stop();
      expect(prober.failures).toEqual([]);
      const late = await stack.slipway('rollback', workflowId);
      expect(late.exitCode).not.toBe(0);
    },
    RELEASE_MS,
  );

  it(
    'that crashes names its cause and the last lines of its log within ten seconds, and again later',
    async () => {
      const before = await stack.servedCommit();
      await commit('broken', (program) =>
        program.replace(
          'signal.signal(',
          'print("cannot read the settings", flush=True)\n    raise SystemExit(7)\n    signal.signal(',
        ),
      );
      const run = await stack.slipway('deploy');
      expect(run.exitCode).toBe(3);
      expect(run.stdout).toContain('exited with code 7');
      expect(run.stdout).toContain('cannot read the settings');
      expect(await stack.servedCommit()).toBe(before);
      const why = await stack.slipway('why', 'production');
      expect(why.exitCode).toBe(0);
      expect(why.stdout).toContain('exited with code 7');
      expect(why.stdout).toContain('cannot read the settings');
    },
    RELEASE_MS,
  );

  it(
    'that was terminated in mid-rollout is put right by the next one, before that begins',
    async () => {
      const before = await stack.servedCommit();
      await commit('slow two', slow);
      const workflowId = await start();
      await rollingOut();
      expect((await temporal('terminate', '--workflow-id', workflowId)).exitCode).toBe(0);
      const why = await stack.slipway('why', workflowId);
      expect(why.stdout + why.stderr).toContain('terminated');
      // Nobody watches over the half-done rollout any more; the next release does not even pass its check.
      await commit('does not compile', (program) => `${program}\nthis is no Python\n`);
      expect((await stack.slipway('deploy')).exitCode).toBe(1);
      const sha = await commit('third');
      const run = await stack.slipway('deploy');
      expect(run.exitCode).toBe(0);
      expect(run.stdout).toContain('broken off');
      expect(run.stdout).toContain('hello restored');
      expect(before).not.toBe(sha);
      expect(await stack.servedCommit()).toBe(sha);
      const again = await stack.slipway('deploy');
      expect(again.stdout).not.toContain('broken off');
    },
    RELEASE_MS,
  );

  it(
    'that is cancelled in Temporal does what an abort does',
    async () => {
      const before = await stack.servedCommit();
      await commit('slow three', slow);
      const workflowId = await start();
      await rollingOut();
      expect((await temporal('cancel', '--workflow-id', workflowId)).exitCode).toBe(0);
      const end = await stack.slipway('watch', workflowId);
      expect(end.exitCode).toBe(3);
      expect(await stack.servedCommit()).toBe(before);
    },
    RELEASE_MS,
  );
});
