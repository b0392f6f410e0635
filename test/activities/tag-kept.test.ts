/** The tags of the last good releases' images, as the deploy pool moves them. */
import { beforeEach, expect, it } from '@jest/globals';
import { createDeployActivities } from '../../src/activities/deploy.ts';
import { RefusedByServiceError, StaleTurnError } from '../../src/errors.ts';
import { attempt, createWorld, digest, type World } from './world.ts';

const turn = { app: 'shop', environment: 'production', fence: 1 };
const uri = (name: string): string => `registry.test/shop/${name}`;
const [OWN, BEFORE, OLDER] = ['c', 'b', 'a'].map((letter) => digest(letter)) as [string, string, string];

let world: World;
beforeEach(() => {
  world = createWorld();
});

const input = (...names: readonly string[]) => ({
  turn,
  environment: 'production',
  slots: 3,
  images: names.map((image) => ({ image, repositoryUri: uri(image), digests: [OWN, BEFORE, OLDER] })),
});

const tagsOf = (name: string) => Object.fromEntries(world.tagsOf(uri(name)));

it('gives each image of the last good releases one, in each repository', async () => {
  const { run, beats } = attempt();
  await run(createDeployActivities(world.ports).tagKept, input('api', 'web'));
  for (const name of ['api', 'web']) {
    expect(tagsOf(name)).toEqual({
      'slipway-keep-production-0': OWN,
      'slipway-keep-production-1': BEFORE,
      'slipway-keep-production-2': OLDER,
    });
  }
  expect(beats).toEqual([{ tagging: 'api' }, { tagging: 'web' }]);
});

it('leaves out what is gone, and the tags of other environments alone', async () => {
  world.gone.add(`${uri('api')} ${BEFORE}`);
  world.tagsOf(uri('api')).set('slipway-keep-staging-0', OLDER);
  await attempt().run(createDeployActivities(world.ports).tagKept, input('api'));
  expect(tagsOf('api')).toEqual({
    'slipway-keep-staging-0': OLDER,
    'slipway-keep-production-0': OWN,
    'slipway-keep-production-2': OLDER,
  });
});

it('has one repository that refuses keep no other from its turn', async () => {
  const registry = {
    ...world.ports.registry,
    moveTag: async (repositoryUri: string, to: string, tag: string): Promise<void> => {
      if (repositoryUri === uri('api'))
        throw new RefusedByServiceError('ecr:PutImage: AccessDeniedException');
      await world.ports.registry.moveTag(repositoryUri, to, tag);
    },
  };
  await expect(
    attempt().run(createDeployActivities({ ...world.ports, registry }).tagKept, input('api', 'web')),
  ).rejects.toMatchObject({ type: 'RefusedByService', message: 'api: ecr:PutImage: AccessDeniedException' });
  expect(Object.keys(tagsOf('web'))).toHaveLength(3);
});

it('moves nothing without the turn', async () => {
  const turns = {
    check: async () => {
      throw new StaleTurnError('release 9 has the turn of the environment by now');
    },
  };
  await expect(
    attempt().run(createDeployActivities({ ...world.ports, turns }).tagKept, input('api')),
  ).rejects.toMatchObject({ type: 'StaleTurn' });
  expect(tagsOf('api')).toEqual({});
});
