/** Asking for a plan, and what is told where there is none: who is missing, what is wrong, in the words of the release. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { planRelease, type ReleaseClient } from '../../../src/client/index.ts';
import {
  ConfigurationError,
  RefusedByServiceError,
  TransientError,
  UnsafePlanError,
} from '../../../src/errors.ts';
import { PLAN_WORKFLOW, TASK_QUEUE } from '../../../src/release/names.ts';
import type { ReleasePreview } from '../../../src/release/preview/preview.ts';
import { type CliRun, runCli } from '../../cli/fake-terminal.ts';
import { FakePools, planFor, SHA } from '../../fakes/activities.ts';
import { withPools } from '../harness.ts';
import { serverForAll } from '../server-for-all.ts';

let env: TestWorkflowEnvironment;
let client: ReleaseClient;
let folder: string;
let pools: FakePools;
serverForAll(
  (server) => {
    ({ env, client } = server);
  },
  { isDefault: true },
);
beforeEach(async () => {
  pools = new FakePools();
  folder = await mkdtemp(join(tmpdir(), 'slipway-plan-'));
});
afterEach(() => rm(folder, { recursive: true }));

const REQUEST = { app: 'shop', environment: 'production', sha: SHA } as const;

const slipway = (...args: readonly string[]): Promise<CliRun> =>
  withPools(env, pools, () => runCli(['plan', ...args, '--app', 'shop', '--sha', SHA], folder));

describe('asking for a plan', () => {
  it('reads, and no more than that', async () => {
    const preview = await withPools(env, pools, () => planRelease(client, REQUEST));
    expect(preview).toMatchObject({ version: 1, outcome: 'begin', commit: { sha: SHA } });
    expect(pools.record()).toEqual(
      expect.arrayContaining([
        'readSource production',
        'foreseeTurn production',
        'recallGoodReleases 5',
        'preview production',
      ]),
    );
    expect(pools.calls).toHaveLength(4);
  });

  it('says to the environment what a release would say', async () => {
    let arrival: unknown;
    pools.on('foreseeTurn', async (input, _call, good) => {
      arrival = input.arrival;
      return good();
    });
    const wish = { allowOlder: true, overrideFreeze: 'it burns', startedBy: 'ada' };
    await withPools(env, pools, () => planRelease(client, { ...REQUEST, ...wish }));
    expect(arrival).toMatchObject({
      ready: false,
      entrant: {
        releaseId: expect.stringMatching(/^plan\/shop\/production\/.+\/.+/),
        commit: { sha: SHA },
        rollbackTo: null,
        ...wish,
      },
    });
  });

  it('asks the deploy pool of the environment', async () => {
    pools.on('readSource', async (_request, _call, good) => {
      const reading = await good();
      return { ...reading, spec: { ...reading.spec, deployQueue: 'other-account' } };
    });
    const asked = withPools(env, pools, () => planRelease(client, REQUEST));
    await expect(asked).rejects.toMatchObject({
      name: 'NoDeployWorker',
      message:
        'no deploy worker polls slipway-deploy-other-account: nobody can look at the cluster of production',
      advice: 'Start one (slipway worker deploy --queue other-account) and ask again.',
    });
  }, 60_000);

  it('says which worker is missing: control', async () => {
    const asked = planRelease(client, REQUEST, 500);
    await expect(asked).rejects.toMatchObject({
      name: 'NoControlWorker',
      advice: expect.stringContaining('slipway worker control'),
    });
    // It does not answer later to nobody.
    await withPools(env, pools, async () => {
      await planRelease(client, REQUEST);
      expect(pools.record('readSource')).toHaveLength(1);
    });
  });

  it('says what is wrong with an input from Temporal’s own tools', async () => {
    await withPools(env, pools, async () => {
      const start = (input: unknown): Promise<unknown> =>
        env.client.workflow.execute(PLAN_WORKFLOW, {
          taskQueue: TASK_QUEUE.control,
          workflowId: `by-hand-${Math.random()}`,
          args: [input],
        });
      await expect(start({ environment: 'production' })).rejects.toMatchObject({
        cause: { type: 'ConfigurationError', message: expect.stringContaining('"sha"') },
      });
      await expect(start({ environment: 'production', sha: SHA })).resolves.toMatchObject({
        outcome: 'begin',
      });
    });
  });
});

describe('slipway plan', () => {
  it('prints the plan on stdout, and ends with 0 where the release would begin', async () => {
    const { exitCode, stdout, stderr } = await slipway();
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: `looks at shop → production, for ${SHA.slice(0, 12)}; nothing is changed\n`,
    });
    expect(stdout).toContain('✓ would begin  shop → production');
    expect(stdout).toContain(`slipway deploy production --sha ${SHA}`);
  });

  it.each([[['--json']], [['--output', 'json']]])(
    'prints JSON with %j, all of it and no more',
    async (args) => {
      const { exitCode, stdout } = await slipway(...args);
      expect(exitCode).toBe(0);
      const preview = JSON.parse(stdout) as ReleasePreview;
      expect(Object.keys(preview).toSorted()).toMatchSnapshot();
      expect(preview.queue.number).toBe(1);
    },
  );

  it.each<[string, number, string, Error]>([
    [
      'the configuration is wrong',
      2,
      'slipway.yaml:3 is wrong',
      new ConfigurationError('slipway.yaml:3 is wrong'),
    ],
    [
      'the commit reaches for another environment',
      6,
      'the cluster is staging’s',
      new UnsafePlanError('the cluster is staging’s'),
    ],
    ['git is away', 1, 'git does not answer', new TransientError('git does not answer')],
  ])('ends as a release would where %s', async (_what, exitCode, message, error) => {
    pools.on('readSource', async () => {
      throw error;
    });
    const run = await slipway();
    expect(run).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(`error: ${message}`) });
  });

  it('says what AWS refuses', async () => {
    pools.on('preview', async () => {
      throw new RefusedByServiceError('ecs:DescribeServices: AccessDeniedException', {
        advice: 'give it the right',
      });
    });
    const run = await slipway();
    expect(run).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('AccessDeniedException') });
    expect(run.stderr).toContain('give it the right');
  });

  it.each([
    ['unsafe', 6],
    ['configuration', 2],
  ] as const)('ends with the code of the release where the plan is %s: %d', async (kind, exitCode) => {
    pools.on('preview', async (_input, _call, good) => ({
      ...(await good()),
      obstacle: { kind, text: 'no' },
    }));
    expect(await slipway()).toMatchObject({ exitCode, stdout: expect.stringContaining('Why not\n  no\n') });
  });

  it('ends with 5 where a newer commit would supersede it', async () => {
    pools.on('foreseeTurn', async (_input, _call, good) => ({
      ...(await good()),
      turn: { kind: 'superseded' as const, why: 'by release 7' },
    }));
    expect(await slipway('--json')).toMatchObject({ exitCode: 5 });
  });

  it('lets nothing from a commit, a container or a person through to the terminal', async () => {
    const evil = '\u001b[31m::set-output name=x::y\u202e\n::error::gotcha ##[error]boo';
    pools
      .on('readSource', async (request, _call, good) => {
        const reading = await good();
        const { commit, ...spec } = planFor(request);
        return {
          ...reading,
          spec: {
            ...spec,
            commit: { ...commit, subject: evil, author: evil },
            checks: [{ name: evil, directory: '.', needs: [evil], run: 'x', env: {}, timeoutMs: 1 }],
          },
        };
      })
      .on('foreseeTurn', async (_input, _call, good) => ({ ...(await good()), frozen: evil, refused: evil }))
      .on('preview', async (_input, _call, good) => {
        const sight = await good();
        return {
          ...sight,
          obstacle: { kind: 'unsafe' as const, text: evil },
          warnings: [evil],
          services: sight.services.map((service) => ({
            ...service,
            changes: [evil],
            rollback: { to: evil, problems: [evil], notes: [evil], unchecked: [evil] },
            drift: { state: 'changed' as const, since: 1, changes: [{ text: evil, fate: 'kept' as const }] },
          })),
        };
      });
    const { stdout, exitCode } = await slipway();
    expect(exitCode).toBe(6);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(stdout).not.toMatch(/\u001b|\u202e|##\[|^\s*::/m);
    expect(stdout).toContain('gotcha');
    const json = await slipway('--json');
    expect(json.stdout).not.toContain('##[');
    expect(JSON.parse(json.stdout)).toMatchObject({ warnings: [evil] });
  });
});
