import { expect, it } from '@jest/globals';
import type { ImageDigest } from '../../src/activities/contract.ts';
import { createDeployActivities } from '../../src/activities/deploy.ts';
import { attempt, createWorld, digest } from './world.ts';

const images: readonly ImageDigest[] = ['api', 'web'].map((image) => ({
  image,
  architecture: 'arm64',
  repositoryUri: `registry.test/shop/${image}`,
  digest: digest('b'),
}));

it('points latest at the digest of each image, one after the other, and beats', async () => {
  const world = createWorld();
  const { run, beats } = attempt();
  await run(createDeployActivities(world.ports).moveLatest, { images });
  expect(world.moved).toEqual(images.map((image) => `${image.repositoryUri}@${image.digest}`));
  expect(beats).toEqual([{ moving: 'api' }, { moving: 'web' }]);
});

it('stops at the first one that cannot be moved', async () => {
  const world = createWorld();
  const refuse = async (): Promise<never> => {
    throw new Error('no');
  };
  const registry = { ...world.ports.registry, moveLatest: refuse };
  await expect(
    attempt().run(createDeployActivities({ ...world.ports, registry }).moveLatest, { images }),
  ).rejects.toThrow('no');
  expect(world.moved).toEqual([]);
});

it('moves back only where latest still names what was moved there', async () => {
  const world = createWorld();
  world.latest.set('registry.test/shop/api', digest('c'));
  world.latest.set('registry.test/shop/web', digest('d'));
  const back = images.map((image) => ({ ...image, onlyFrom: digest('c') }));
  await attempt().run(createDeployActivities(world.ports).moveLatest, { images: back });
  expect(world.moved).toEqual([`registry.test/shop/api@${digest('b')}`]);
});
