/** What one environment has verified is brought to another one, on a real Temporal server with fake pools. */
import { describe, expect, it } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { UnsafePlanError } from '../../src/errors.ts';
import type { Promotion } from '../../src/release/plan.ts';
import { type ActivityName, digestOf, FakePools, SHA, untilCancelled } from '../fakes/activities.ts';
import { reportOf, startDeploy, statusWhen, tell, withPools } from './harness.ts';
import { serverForAll } from './server-for-all.ts';

let env: TestWorkflowEnvironment;
serverForAll((server) => {
  ({ env } = server);
});

const run = (pools: FakePools) => withPools(env, pools, async () => reportOf(await startDeploy(env)));

const verified = (registry: string, ...names: readonly string[]): Promotion => ({
  environment: 'staging',
  number: 12,
  images: names.map((image) => ({
    image,
    architecture: image === 'api' ? 'arm64' : 'amd64',
    repositoryUri: `${registry}/shop/${image}`,
    digest: digestOf(`verified ${image}`),
  })),
});

const promoting = (promotion: Promotion): FakePools => new FakePools().plan({ promotion });

const BUILDING: readonly ActivityName[] = ['runCheck', 'buildImage', 'pushImage', 'copyImage'];

describe('a commit that staging has verified', () => {
  it('is brought by digest: nothing is tested, built or pushed, and the report says whose word that is', async () => {
    const pools = promoting(verified('registry', 'api', 'worker'));
    const brought: unknown[] = [];
    pools.on('prepareRollout', async ({ images }, _call, good) => {
      brought.push(...images.map(({ digest }) => digest));
      return good();
    });
    const report = await run(pools);
    expect(report.verdict).toBe('succeeded');
    expect(pools.record(...BUILDING)).toEqual([]);
    expect(brought).toEqual([digestOf('verified api'), digestOf('verified worker')]);
    expect(report.promotedFrom).toEqual({ environment: 'staging', number: 12 });
    expect(report.images).toEqual([
      {
        name: 'api',
        architecture: 'arm64',
        repositoryUri: 'registry/shop/api',
        digest: digestOf('verified api'),
        reused: true,
      },
      expect.objectContaining({ name: 'worker', digest: digestOf('verified worker') }),
    ]);
    const skipped = report.steps.filter(({ state }) => state === 'skipped');
    expect(skipped.map(({ id, detail }) => `${id} ${detail}`)).toEqual([
      'check:lint verified by release 12 of staging',
      'check:unit verified by release 12 of staging',
      'build:api verified by release 12 of staging',
      'push:api it is in the registry already',
      'build:worker verified by release 12 of staging',
      'push:worker it is in the registry already',
    ]);
  });

  it('is copied where its registry is another one, before the release asks for its turn', async () => {
    const pools = promoting(verified('other', 'api', 'worker'));
    const report = await run(pools);
    expect(report.verdict).toBe('succeeded');
    const calls = pools.record(...BUILDING, 'tellEnvironment', 'prepareRollout');
    expect(calls.toSorted()).toEqual([
      'copyImage api other/shop/api → registry/shop/api',
      'copyImage worker other/shop/worker → registry/shop/worker',
      'prepareRollout api,worker',
      'tellEnvironment join',
      'tellEnvironment ready',
    ]);
    expect(calls.slice(-2)).toEqual(['tellEnvironment ready', 'prepareRollout api,worker']);
    expect(report.images.map(({ repositoryUri }) => repositoryUri)).toEqual([
      'registry/shop/api',
      'registry/shop/worker',
    ]);
    expect(report.steps.find(({ id }) => id === 'copy:api')).toMatchObject({
      state: 'succeeded',
      detail: digestOf('verified api'),
    });
  });

  it('the copy gets the commit as its tag', async () => {
    const tags: string[] = [];
    const pools = promoting(verified('other', 'api')).on('copyImage', async ({ tag, digest }) => {
      tags.push(`${tag} ${digest}`);
      return { uploaded: 0 };
    });
    const report = await run(pools);
    expect(tags).toEqual([`${SHA} ${digestOf('verified api')}`]);
    expect(report.steps.find(({ id }) => id === 'copy:api')?.detail).toContain('was there already');
  });

  it('an image that staging does not have is built, without the checks that have passed there', async () => {
    const pools = promoting(verified('registry', 'api'));
    const report = await run(pools);
    expect(report.verdict).toBe('succeeded');
    expect(pools.record(...BUILDING)).toEqual(['buildImage worker', 'pushImage worker']);
    expect(report.images.map(({ name, digest }) => [name, digest])).toEqual([
      ['api', digestOf('verified api')],
      ['worker', digestOf('worker')],
    ]);
  });

  it('is refused where an image is gone meanwhile: nothing was changed', async () => {
    const pools = promoting(verified('other', 'api', 'worker')).on('copyImage', async () => {
      throw new UnsafePlanError('other/shop/api does not have it any more', { advice: 'bring it again' });
    });
    const report = await run(pools);
    expect(report.verdict).toBe('refused');
    expect(report.cause).toMatchObject({ kind: 'unsafe-plan', evidence: ['what to do: bring it again'] });
    expect(pools.record('prepareRollout', 'updateServices')).toEqual([]);
  });

  it('an abort waits until the copy has let go', async () => {
    let hasLetGo = false;
    const pools = promoting(verified('other', 'api')).on('copyImage', async () => {
      try {
        return await untilCancelled();
      } finally {
        await new Promise((resolve) => setTimeout(resolve, 300));
        hasLetGo = true;
      }
    });
    await withPools(env, pools, async () => {
      const handle = await startDeploy(env);
      await statusWhen(handle, ({ steps }) =>
        steps.some(({ id, state }) => id === 'copy:api' && state === 'running'),
      );
      while (pools.record('copyImage').length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      await tell(handle, 'abort', 'stop it');
      const report = await reportOf(handle);
      expect(report.verdict).toBe('aborted');
      expect(hasLetGo).toBe(true);
    });
  });
});

describe('where that is required, a commit that staging has verified', () => {
  const required = (): FakePools => promoting({ ...verified('registry', 'api', 'worker'), required: true });

  it('is asked for again at its turn, before anything is changed', async () => {
    const pools = required();
    expect((await run(pools)).verdict).toBe('succeeded');
    expect(pools.record('tellEnvironment', 'recallVerification', 'takeTurn', 'prepareRollout')).toEqual([
      'tellEnvironment join',
      'tellEnvironment ready',
      'recallVerification staging',
      'takeTurn production',
      'prepareRollout api,worker',
    ]);
  });

  it('is refused at its turn, where staging was rolled back while it waited', async () => {
    const why = 'release 12 of staging has brought it, and release 13 went back to release 11';
    const pools = required().on('recallVerification', async () => ({ kind: 'unverified' as const, why }));
    const report = await run(pools);
    expect(report).toMatchObject({
      verdict: 'refused',
      cause: {
        kind: 'not-verified',
        summary: `production takes only what staging has verified, and it has not verified ${SHA}: ${why}`,
      },
    });
    expect(pools.record('prepareRollout', 'updateServices')).toEqual([]);
  });

  it('is not asked for again where it is no condition', async () => {
    const pools = promoting(verified('registry', 'api', 'worker'));
    await run(pools);
    expect(pools.record('recallVerification')).toEqual([]);
  });
});

describe('a commit that staging has not verified', () => {
  const unverified = { from: 'staging', why: 'no release of staging has brought it' };

  it('is refused where that is required, once its environment knows who tried', async () => {
    const pools = new FakePools().on('readSource', async (_input, _call, good) => ({
      ...(await good()),
      unverified,
    }));
    const report = await run(pools);
    expect(report).toMatchObject({
      verdict: 'refused',
      number: 1,
      cause: {
        kind: 'not-verified',
        summary: `production takes only what staging has verified, and it has not verified ${SHA}: ${unverified.why}`,
        evidence: [`what to do: slipway deploy staging --sha ${SHA} --app shop, then this one again`],
      },
    });
    expect(report).not.toHaveProperty('promotedFrom');
    expect(pools.record(...BUILDING, 'inspect', 'prepareRollout')).toEqual([]);
    expect(pools.record('closeRelease')).toEqual(['closeRelease refused']);
  });
});
