/** The plan looks at what a rollback needs in the registry, and neither waits nor fails for it. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { DeployPorts } from '../../src/activities/deploy-ports.ts';
import { createInspect } from '../../src/activities/inspect.ts';
import { RefusedByServiceError, TransientError } from '../../src/errors.ts';
import type { GoodRelease } from '../../src/release/environment/good-releases.ts';
import type { StoredImage } from '../../src/release/images/lifecycle-rules.ts';
import type { ReleaseSpec } from '../../src/release/plan.ts';
import { attempt, createWorld, digest, planOf, SHA, servicePlan, type World } from './world.ts';

const API = 'registry.test/shop/api';

let world: World;
beforeEach(() => {
  world = createWorld();
});

const keepOne = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1 },
      action: { type: 'expire' },
    },
  ],
});

const stored = (letter: string, more: Partial<StoredImage> = {}): StoredImage => ({
  digest: digest(letter),
  tags: [letter],
  pushedAtMs: letter.charCodeAt(0),
  pulledAtMs: null,
  archivedAtMs: null,
  activatedAtMs: null,
  isArchived: false,
  ...more,
});

const good = (number: number, letter: string, serves = false): GoodRelease => ({
  number,
  serves,
  images: [{ repositoryUri: API, digest: digest(letter) }],
});

/** Services that run an image of another registry, so that only the ledger knows ours. */
const specOf = (...names: readonly string[]): ReleaseSpec => {
  for (const name of names) {
    const arm = { runtimePlatform: { cpuArchitecture: 'ARM64' as const } };
    world.ecs.addService(name, world.ecs.addTaskDefinition(name, { main: 'x' }, arm));
  }
  const { images, services, ...rest } = planOf(names.map((name) => servicePlan(name)));
  return {
    ...rest,
    images: images.map(({ architecture: _architecture, ...image }) => image),
    services: services.map(({ name, service }) => ({ name, service, containers: {}, image: name })),
  };
};

const warnings = async (
  spec: ReleaseSpec,
  releases: readonly GoodRelease[],
  ports: DeployPorts = world.ports,
): Promise<readonly string[]> =>
  (await attempt().run(createInspect(ports), { serving: null, spec, good: releases })).warnings;

const withRegistry = (registry: Partial<DeployPorts['registry']>): DeployPorts => ({
  ...world.ports,
  registry: { ...world.ports.registry, ...registry },
});

describe('the images that a rollback needs', () => {
  it('are told where a lifecycle rule will delete them, or where they are gone', async () => {
    world.policies.set(API, keepOne);
    world.stored.set(API, [stored('a'), stored('b')]);
    expect(await warnings(specOf('api'), [good(7, 'b', true), good(6, 'a'), good(5, 'f')])).toEqual([
      'api: the image of release 5 is gone from the registry, and cannot be brought back',
      'api: lifecycle rule 1 will delete the image of release 7, which serves',
      'api: lifecycle rule 1 will delete the image of release 6, to which a rollback may go',
    ]);
  });

  it('are those that run, too, where no release is known to have brought them', async () => {
    world.policies.set(API, keepOne);
    world.stored.set(API, [stored('a')]);
    const spec = specOf('api');
    world.ecs.addService(
      'api',
      world.ecs.addTaskDefinition(
        'api',
        { main: `${API}@${digest('a')}` },
        {
          runtimePlatform: { cpuArchitecture: 'ARM64' },
        },
      ),
    );
    expect(await warnings(spec, [])).toEqual([
      'api: lifecycle rule 1 will delete the image of service api that runs now',
    ]);
    expect(await warnings(spec, [good(3, 'a', true)])).toEqual([
      'api: lifecycle rule 1 will delete the image of release 3, which serves',
    ]);
  });

  it('of other repositories are nothing to this plan', async () => {
    const elsewhere: GoodRelease = {
      ...good(4, 'a'),
      images: [{ repositoryUri: 'other/api', digest: digest('a') }],
    };
    world.policies.set(API, keepOne);
    expect(await warnings(specOf('api'), [elsewhere])).toEqual([]);
  });

  it('are held against a push of nothing where the release goes back', async () => {
    world.policies.set(API, keepOne);
    world.stored.set(API, [stored('a', { tags: ['x'] })]);
    const { services, ...rest } = specOf('api');
    const taskDefinition = world.ecs.service('api').taskDefinition ?? '';
    const back = { ...rest, services: services.map((service) => ({ ...service, taskDefinition })) };
    expect(await warnings(back, [good(3, 'a', true)])).toEqual([]);
    expect(await warnings({ ...rest, services }, [good(3, 'a', true)])).toHaveLength(1);
    world.stored.set(API, [stored('a', { tags: [SHA] })]);
    expect(await warnings({ ...rest, services }, [good(3, 'a', true)])).toEqual([]);
  });

  it('that this worker may not look at are one warning for all repositories, and no failure', async () => {
    const ports = withRegistry({
      lifecyclePolicy: async () => {
        throw new RefusedByServiceError('ecr:GetLifecyclePolicy: AccessDeniedException');
      },
    });
    const both: GoodRelease = {
      number: 3,
      serves: true,
      images: ['api', 'web'].map((name) => ({
        repositoryUri: `registry.test/shop/${name}`,
        digest: digest('a'),
      })),
    };
    expect(await warnings(specOf('api', 'web'), [both], ports)).toEqual([
      'not known whether the images stay that a rollback needs (api, web): ecr:GetLifecyclePolicy: AccessDeniedException',
    ]);
  });

  it('in a repository with too many images are not known', async () => {
    expect(
      await warnings(specOf('api'), [good(3, 'a')], withRegistry({ listImages: async () => null })),
    ).toEqual([
      'not known whether the images stay that a rollback needs (api): there are too many images in it',
    ]);
  });

  it('are asked for again while ECR throttles, and are not worth a failed plan where it goes on', async () => {
    let calls = 0;
    const busy = (until: number) =>
      withRegistry({
        listImages: async () => {
          calls += 1;
          if (calls <= until) throw new TransientError('ecr:DescribeImages: ThrottlingException');
          return [stored('a')];
        },
      });
    const spec = specOf('api');
    expect(await warnings(spec, [good(3, 'a')], busy(2))).toEqual([]);
    expect(world.slept).toEqual([500, 1_000]);
    calls = 0;
    expect(await warnings(spec, [good(3, 'a')], busy(99))).toEqual([
      expect.stringMatching(/^not known .* \(api\): ecr:DescribeImages: ThrottlingException$/),
    ]);
  });

  it('are not asked for where there is nothing to keep, nor listed where no rule could take what runs', async () => {
    const asked: string[] = [];
    const ports = withRegistry({
      lifecyclePolicy: async (uri) => {
        asked.push(`policy of ${uri}`);
        return null;
      },
      listImages: async (uri) => {
        asked.push(`images of ${uri}`);
        return [];
      },
    });
    const spec = specOf('api');
    await warnings(spec, [], ports);
    expect(asked).toEqual([]);
    world.ecs.addService('api', world.ecs.addTaskDefinition('api', { main: `${API}@${digest('a')}` }));
    await warnings(spec, [], ports);
    expect(asked).toEqual([`policy of ${API}`]);
  });

  it('of a hundred repositories are looked at a few at a time', async () => {
    let open = 0;
    let most = 0;
    const names = Array.from({ length: 100 }, (_, index) => `s${index}`);
    const ports = withRegistry({
      lifecyclePolicy: async () => {
        open += 1;
        most = Math.max(most, open);
        await new Promise(setImmediate);
        open -= 1;
        return null;
      },
    });
    const images = names.map((name) => ({
      repositoryUri: `registry.test/shop/${name}`,
      digest: digest('a'),
    }));
    await warnings(specOf(...names), [{ number: 1, serves: true, images }], ports);
    expect(most).toBe(5);
  });

  it('a bug of ours in the look is one of the plan', async () => {
    const ports = withRegistry({
      lifecyclePolicy: async () => {
        throw new TypeError('undefined is not a function');
      },
    });
    await expect(warnings(specOf('api'), [good(3, 'a')], ports)).rejects.toThrow(TypeError);
  });
});

describe('tags that protect images', () => {
  const keep = { releases: 5, tag: true };

  it('are given where they may move', async () => {
    const spec = { ...specOf('api', 'web'), keep };
    world.fixed.add('shop/web');
    const plan = await attempt().run(createInspect(world.ports), { serving: null, spec, good: [] });
    expect(plan.images.map(({ name, isTagged }) => [name, isTagged])).toEqual([
      ['api', true],
      ['web', false],
    ]);
    expect(plan.warnings).toEqual([
      'repository shop/web has immutable tags: the tags `slipway-keep-…` cannot move there, and protect nothing',
    ]);
  });

  it('are no subject where nobody asked for them', async () => {
    world.fixed.add('shop/api');
    const plan = await attempt().run(createInspect(world.ports), {
      serving: null,
      spec: { ...specOf('api'), keep: { ...keep, tag: false } },
      good: [],
    });
    expect(plan.warnings).toEqual([]);
    expect(plan.images[0]).not.toHaveProperty('isTagged');
  });
});
