import { describe, expect, it } from '@jest/globals';
import { createDeployActivities } from '../../src/activities/deploy.ts';
import { RefusedByServiceError, TransientError } from '../../src/errors.ts';
import type { ImageDigest } from '../../src/release/plan.ts';
import { attempt, createWorld, digest } from './world.ts';

const turn = { app: 'shop', environment: 'production', fence: 1 };

const imagesOf = (...names: readonly string[]): readonly ImageDigest[] =>
  names.map((image) => ({
    image,
    architecture: 'arm64',
    repositoryUri: `registry.test/shop/${image}`,
    digest: digest('b'),
  }));
const images = imagesOf('api', 'web');

it('points latest at the digest of each image, one after the other, and beats', async () => {
  const world = createWorld();
  const { run, beats } = attempt();
  await run(createDeployActivities(world.ports).moveLatest, { images, turn });
  expect(world.moved).toEqual(images.map((image) => `${image.repositoryUri}@${image.digest}`));
  expect(beats).toEqual([{ moving: 'api' }, { moving: 'web' }]);
});

it('moves back only where latest still names what was moved there', async () => {
  const world = createWorld();
  world.latest.set('registry.test/shop/api', digest('c'));
  world.latest.set('registry.test/shop/web', digest('d'));
  const back = images.map((image) => ({ ...image, onlyFrom: digest('c') }));
  await attempt().run(createDeployActivities(world.ports).moveLatest, { turn, images: back });
  expect(world.moved).toEqual([`registry.test/shop/api@${digest('b')}`]);
});

describe('an image that cannot be moved', () => {
  const REFUSED = new RefusedByServiceError('ECR does not have that image', {
    advice: 'look at the lifecycle rules',
    evidence: ['what ECR said'],
  });
  const THROTTLED = new TransientError('ECR is throttling');

  /** Moves api, web and cron, of which some have trouble. */
  const moveAll = async (troubles: Readonly<Record<string, Error>>) => {
    const world = createWorld();
    const moveLatest = async (uri: string, to: string): Promise<void> => {
      const trouble = troubles[uri.slice(uri.lastIndexOf('/') + 1)];
      if (trouble) throw trouble;
      await world.ports.registry.moveLatest(uri, to);
    };
    const registry = { ...world.ports.registry, moveLatest };
    const activities = createDeployActivities({ ...world.ports, registry });
    const { run } = attempt();
    const error = await run(activities.moveLatest, { turn, images: imagesOf('api', 'web', 'cron') }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return { error, moved: world.moved.map((reference) => /shop\/(\w+)@/.exec(reference)?.[1]) };
  };

  it('keeps no other from its turn, and is named', async () => {
    const { error, moved } = await moveAll({ api: REFUSED });
    expect(moved).toEqual(['web', 'cron']);
    expect(error).toMatchObject({
      type: 'RefusedByService',
      retryable: false,
      message: 'api: ECR does not have that image',
      advice: 'look at the lifecycle rules',
      evidence: ['what ECR said'],
    });
  });

  it('is named together with all others; one that may pass is worth another try', async () => {
    const { error, moved } = await moveAll({ api: REFUSED, cron: THROTTLED });
    expect(moved).toEqual(['web']);
    expect(error).toMatchObject({
      type: 'Transient',
      retryable: true,
      message: 'api: ECR does not have that image; cron: ECR is throttling',
      evidence: ['what ECR said'],
    });
  });

  it('by a bug of ours ends it at once, and stays a bug', async () => {
    const bug = new TypeError('undefined is not a function');
    expect(await moveAll({ api: bug })).toEqual({ error: bug, moved: [] });
  });

  it('because the activity was cancelled ends it', async () => {
    const world = createWorld();
    const cancelling = attempt();
    const moveLatest = async (): Promise<never> => {
      cancelling.cancel();
      throw THROTTLED;
    };
    const registry = { ...world.ports.registry, moveLatest };
    const activities = createDeployActivities({ ...world.ports, registry });
    await expect(cancelling.run(activities.moveLatest, { images, turn })).rejects.toBe(THROTTLED);
    expect(cancelling.beats).toEqual([{ moving: 'api' }]);
  });
});
