import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Preflight, preflightRollback } from '../../src/activities/rollback-preflight.ts';
import { createCheckSecrets } from '../../src/activities/secret-check.ts';
import { timing } from '../release/views.ts';
import { createWorld, digest, type World } from './world.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});

const REPOSITORY = 'registry.test/shop/api';
const OLD = digest('a');

const addService = (image: string, secrets: readonly string[] = []): string => {
  const definition = world.ecs.addTaskDefinition(
    'api',
    {},
    {
      containerDefinitions: [
        { name: 'app', image, secrets: secrets.map((valueFrom) => ({ name: 'X', valueFrom })) },
      ],
    },
  );
  world.ecs.addService('api', definition);
  return definition;
};

const preflight = (): Promise<Preflight> =>
  preflightRollback(
    {
      ports: world.ports,
      spec: { cluster: 'shop', timing },
      registryHosts: new Set(['registry.test']),
      describe: (arn) => world.ecs.describeTaskDefinition(arn),
      checkSecrets: createCheckSecrets(world.ports.secrets),
    },
    world.ecs.service('api'),
  );

describe('preflightRollback', () => {
  it('finds nothing to say of what is there, and asks for images by digest', async () => {
    const taskDefinition = addService(`${REPOSITORY}@${OLD}`, ['/app/password']);
    expect(await preflight()).toEqual({
      taskDefinition,
      images: [{ repositoryUri: REPOSITORY, digest: OLD }],
      problems: [],
      notes: [],
      unchecked: [],
      unknownSecrets: [],
    });
  });

  it.each<[string, string, () => void, object]>([
    [
      'an image by digest that is gone',
      `${REPOSITORY}@${OLD}`,
      () => world.gone.add(`${REPOSITORY} ${OLD}`),
      { problems: [`image ${REPOSITORY}@${OLD} of container app is gone from the registry`] },
    ],
    [
      'the digest that a moving tag runs',
      `${REPOSITORY}:latest`,
      () => {
        world.ecs.setDigests(world.ecs.service('api').taskDefinition ?? '', { app: OLD });
        world.gone.add(`${REPOSITORY} ${OLD}`);
      },
      { problems: [`image ${REPOSITORY}@${OLD} of container app is gone from the registry`] },
    ],
    [
      'a tag without a known digest that is gone',
      `${REPOSITORY}:v1`,
      () => world.gone.add(`${REPOSITORY} v1`),
      { problems: [`image ${REPOSITORY}:v1 of container app is gone from the registry`] },
    ],
    [
      'a tag without a known digest',
      `${REPOSITORY}:v1`,
      () => undefined,
      {
        problems: [],
        unchecked: [`image ${REPOSITORY}:v1 of container app: ECS does not say which digest it runs of it`],
      },
    ],
    [
      "somebody else's registry",
      `envoy@${OLD}`,
      () => world.gone.add(`envoy ${OLD}`),
      { problems: [], unchecked: [`image envoy@${OLD} of container app: it is in another registry`] },
    ],
    [
      'a failed deployment alone, where nothing has ever completed',
      `${REPOSITORY}@${OLD}`,
      () =>
        world.ecs.change('api', {
          deployments: [{ ...world.ecs.primary('api'), rolloutState: 'FAILED' }],
        }),
      {
        taskDefinition: null,
        problems: [
          'nothing to go back to: ECS remembers no completed deployment; it is on api:1, and its deployment has failed',
        ],
      },
    ],
    [
      "a failed deployment alone, where ECS's history has the digest of one that completed",
      `${REPOSITORY}:v1`,
      () => {
        const { taskDefinition = '' } = world.ecs.service('api');
        world.ecs.change('api', {
          deployments: [{ ...world.ecs.primary('api'), rolloutState: 'FAILED' }],
        });
        world.ecs.recordLastCompleted('api', {
          kind: 'completed',
          taskDefinition,
          digests: new Map([['app', OLD]]),
        });
        world.gone.add(`${REPOSITORY} ${OLD}`);
      },
      {
        taskDefinition: expect.stringMatching(/api:1$/),
        problems: [`image ${REPOSITORY}@${OLD} of container app is gone from the registry`],
      },
    ],
    [
      "somebody else's deployment in progress",
      `${REPOSITORY}@${OLD}`,
      () =>
        world.ecs.change('api', {
          deployments: [{ ...world.ecs.primary('api'), rolloutState: 'IN_PROGRESS' }],
        }),
      {
        taskDefinition: null,
        problems: [],
        notes: [expect.stringMatching(/somebody else's deployment has ended/)],
      },
    ],
    [
      'a task definition that was deregistered: prepareRollout makes a copy',
      `${REPOSITORY}@${OLD}`,
      () => world.ecs.deregister(world.ecs.service('api').taskDefinition ?? ''),
      { problems: [], notes: ['api:1 is INACTIVE, so a rollback restores a copy of it'] },
    ],
    [
      'a task definition that is gone altogether',
      `${REPOSITORY}@${OLD}`,
      () => world.ecs.fault('describeTaskDefinition', 1, 'deny'),
      {
        taskDefinition: null,
        problems: [expect.stringMatching(/^its task definition api:1 cannot be read/)],
      },
    ],
  ])('%s', async (_what, image, arrange, expected) => {
    addService(image);
    arrange();
    expect(await preflight()).toMatchObject(expected);
  });

  it('tells missing secrets from those it could not look up', async () => {
    addService(`${REPOSITORY}@${OLD}`, ['/gone', '/denied', '/there']);
    world.secrets.set('/gone', { kind: 'missing', why: 'there is none' });
    world.secrets.set('/denied', { kind: 'unknown', why: 'AccessDenied' });
    expect(await preflight()).toMatchObject({
      problems: ['container app needs /gone: there is none'],
      unchecked: ['container app needs /denied: AccessDenied'],
      unknownSecrets: ['container app needs /denied: AccessDenied'],
    });
  });
});
