/** What the deploy pool sees for a plan: read only, and what the plan refuses is an answer. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createInspect } from '../../src/activities/inspect.ts';
import { createPreview } from '../../src/activities/preview.ts';
import { RefusedByServiceError } from '../../src/errors.ts';
import type { ReleaseSpec, ServiceSpec } from '../../src/release/plan.ts';
import type { Sight } from '../../src/release/preview/sight.ts';
import { attempt, createWorld, digest, planOf, SHA, servicePlan, type World } from './world.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});

const ARM = { runtimePlatform: { cpuArchitecture: 'ARM64' as const } };
const was = (name: string): string => `registry.test/shop/${name}@${digest('a')}`;

/** Programs read it: whole. */
const arnOf = (name: string) => expect.stringMatching(new RegExp(`^arn:aws:ecs:.*:task-definition/${name}$`));

const specOf = (...services: Partial<ServiceSpec>[]): ReleaseSpec => {
  const named = services.map((more, index): ServiceSpec => {
    const name = more.name ?? ['web', 'api'][index] ?? 'other';
    return { name, service: name, containers: {}, image: name, ...more };
  });
  const { images, inPlace: _inPlace, ...rest } = planOf(named.map(({ name }) => servicePlan(name)));
  return {
    ...rest,
    images: images.map(({ architecture: _architecture, ...image }) => image),
    services: named,
  };
};

const addService = (name: string, more = {}): string => {
  const arn = world.ecs.addTaskDefinition(name, { app: was(name) }, { ...ARM, cpu: '256', ...more });
  world.ecs.addService(name, arn);
  return arn;
};

const preview = (spec: ReleaseSpec, serving: number | null = null): Promise<Sight> =>
  attempt().run(createPreview(world.ports), { spec, serving, good: [] });

/** The commit's tag is in the registry, for these architectures. */
const tagged = (name: string, ...architectures: readonly string[]): void => {
  world.tagsOf(`registry.test/shop/${name}`).set(SHA, digest('d'));
  world.platforms.set(digest('d'), architectures);
};

describe('a preview', () => {
  it('shows what becomes of a service, and changes nothing', async () => {
    addService('web');
    const sight = await preview(specOf({}));
    expect(sight).toMatchObject({
      obstacle: null,
      inPlace: null,
      images: [
        {
          name: 'web',
          architecture: 'arm64',
          repositoryUri: 'registry.test/shop/web',
          source: 'build',
          digest: null,
        },
      ],
      services: [
        {
          name: 'web',
          service: 'web',
          wave: 1,
          live: arnOf('web:1'),
          base: 'live',
          changes: [`container app: image shop/web@sha256:${'a'.repeat(12)} → :${SHA.slice(0, 12)}`],
          note: null,
          window: { desired: 2, minimumHealthyPercent: null, maximumPercent: null },
          breaker: true,
          rollback: { to: arnOf('web:1'), problems: [], notes: [], unchecked: [] },
          drift: null,
        },
      ],
    });
    const operations = new Set(world.ecs.calls.map(({ operation }) => operation));
    expect(
      [...operations].filter((operation) => !/^(describe|lastCompleted|runningDigests)/.test(operation)),
    ).toEqual([]);
    expect(world.moved).toEqual([]);
  });

  it('asks for each task definition once', async () => {
    addService('web');
    await preview(specOf({}));
    expect(world.ecs.callsOf('describeTaskDefinition')).toHaveLength(1);
  });

  describe('of an image', () => {
    it('finds the one that the registry has under the commit', async () => {
      addService('web');
      tagged('web', 'arm64', 'amd64');
      const sight = await preview(specOf({}));
      expect(sight.images).toMatchObject([{ source: 'reuse', digest: digest('d') }]);
      expect(sight.services[0]?.changes).toEqual([
        `container app: image shop/web@sha256:${'a'.repeat(12)} → @sha256:${'d'.repeat(12)}`,
      ]);
    });

    it('builds it anew where that is for another architecture, as the build does', async () => {
      addService('web');
      tagged('web', 'amd64');
      expect((await preview(specOf({}))).images).toMatchObject([{ source: 'build', digest: null }]);
    });

    it.each([
      ['registry.test/shop/web', 'promote'],
      ['other.test/shop/web', 'copy'],
    ])('takes what another environment has verified: from %s it is %s', async (repositoryUri, source) => {
      addService('web');
      const images = [{ image: 'web', architecture: 'arm64' as const, repositoryUri, digest: digest('e') }];
      const promotion = { environment: 'staging', number: 3, images };
      const sight = await preview({ ...specOf({}), promotion });
      expect(sight.images).toMatchObject([
        { source, digest: digest('e'), repositoryUri: 'registry.test/shop/web' },
      ]);
    });

    it('says that it may not look, where it may not', async () => {
      addService('web');
      const registry = {
        ...world.ports.registry,
        findTags: async () => {
          throw new RefusedByServiceError('ecr:DescribeImages: AccessDeniedException');
        },
      };
      const sight = await attempt().run(createPreview({ ...world.ports, registry }), {
        spec: specOf({}),
        serving: null,
        good: [],
      });
      expect(sight.images).toMatchObject([{ source: 'unknown', digest: null }]);
      expect(sight.services[0]?.changes?.[0]).toContain(`→ :${SHA.slice(0, 12)}`);
    });
  });

  describe('with a task definition of the repository', () => {
    const withFile = async (body: unknown): Promise<Sight> => {
      const texts = { readText: async () => JSON.stringify(body) };
      return attempt().run(createPreview({ ...world.ports, texts }), {
        spec: specOf({ taskDefinitionBody: 'hash' }),
        serving: null,
        good: [],
      });
    };

    it('shows all that changes, and no value', async () => {
      addService('web', { memory: '512' });
      const sight = await withFile({
        family: 'web',
        cpu: '512',
        memory: '512',
        ...ARM,
        tags: [{ key: 'team', value: 's3cret' }],
        containerDefinitions: [
          {
            name: 'app',
            image: 'set by Slipway',
            command: ['run', '--key=s3cret'],
            environment: [{ name: 'KEY', value: 's3cret' }],
            secrets: [{ name: 'TOKEN', valueFrom: 'arn:s3cret' }],
          },
        ],
      });
      expect(sight.services[0]).toMatchObject({
        base: 'repository',
        changes: [
          'cpu 256 → 512',
          `container app: image shop/web@sha256:${'a'.repeat(12)} → :${SHA.slice(0, 12)}`,
          'container app: command has changed',
          'container app: variable KEY is new',
          'container app: secret TOKEN is new',
        ],
      });
      expect(JSON.stringify(sight)).not.toContain('s3cret');
    });

    it('says where the file is of no shape that ECS takes', async () => {
      addService('web');
      const container = { name: 'app', image: 'x', portMappings: 'none' };
      const sight = await withFile({ family: 'web', ...ARM, containerDefinitions: [container] });
      expect(sight.services[0]).toMatchObject({
        changes: null,
        note: 'its task definition file has another shape than ECS takes',
      });
    });
  });

  describe('of what stands against it', () => {
    it.each<[string, () => void, 'unsafe' | 'configuration']>([
      [
        'a window in which nothing can move',
        () =>
          world.ecs.change('web', {
            desiredCount: 1,
            deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 100 },
          }),
        'unsafe',
      ],
      ['a service that is gone', () => world.ecs.remove('web'), 'configuration'],
      [
        'another deployment controller',
        () => world.ecs.change('web', { deploymentController: { type: 'CODE_DEPLOY' } }),
        'unsafe',
      ],
    ])('says the same as the plan: %s', async (_what, change, kind) => {
      addService('web');
      change();
      const spec = specOf({});
      const refused = await attempt()
        .run(createInspect(world.ports), { spec, serving: null, good: [] })
        .catch((error: Error) => error);
      const { message } = refused as Error;
      expect(await preview(spec)).toMatchObject({ obstacle: { kind, text: message }, images: [] });
    });

    it('tells what it sees of the others all the same', async () => {
      addService('api');
      const sight = await preview(specOf({}, {}));
      expect(sight.services).toMatchObject([
        { name: 'web', live: null, changes: null, window: null, rollback: null },
        {
          name: 'api',
          live: arnOf('api:1'),
          changes: null,
          window: { desired: 2 },
          rollback: { to: arnOf('api:1') },
        },
      ]);
    });

    it('is no answer where something else goes wrong while the plan is made', async () => {
      addService('web');
      const registry = {
        ...world.ports.registry,
        lifecyclePolicy: async () => {
          throw new TypeError('a bug');
        },
      };
      const asked = attempt().run(createPreview({ ...world.ports, registry }), {
        spec: specOf({}),
        serving: null,
        good: [],
      });
      await expect(asked).rejects.toThrow('a bug');
    });

    it('is no answer where ECS may not be read: that is an error', async () => {
      addService('web');
      world.ecs.fault('describeRawServices', 1, 'deny');
      await expect(preview(specOf({}))).rejects.toThrow('AccessDeniedException');
    });
  });

  describe('of what a rollback would need', () => {
    it('names what is gone, and a task definition that ECS takes no more', async () => {
      const arn = addService('web');
      world.gone.add(`registry.test/shop/web ${digest('a')}`);
      world.ecs.deregister(arn);
      expect((await preview(specOf({}))).services[0]?.rollback).toEqual({
        to: arnOf('web:1'),
        problems: [
          `image registry.test/shop/web@sha256:${'a'.repeat(12)} of container app is gone from the registry`,
        ],
        notes: ['web:1 is INACTIVE, so a rollback restores a copy of it'],
        unchecked: [],
      });
    });
  });

  describe('of what somebody else has changed', () => {
    const record = async (taskDefinition: string): Promise<void> =>
      world.ports.records.keep({
        number: 7,
        releaseId: 'r/7',
        plan: planOf([servicePlan('web')]),
        images: [],
        taskDefinitions: { web: taskDefinition },
      });
    const theirs = (): void => {
      const arn = world.ecs.addTaskDefinition(
        'web',
        {},
        {
          ...ARM,
          cpu: '128',
          containerDefinitions: [
            {
              name: 'app',
              image: 'registry.test/shop/web:theirs',
              environment: [{ name: 'DEBUG', value: 's3cret' }],
            },
          ],
        },
      );
      world.ecs.updateByOther('web', arn);
      world.ecs.complete('web');
    };

    it('keeps what is not an image, where the live task definition is the base', async () => {
      await record(addService('web'));
      theirs();
      const sight = await preview(specOf({}), 7);
      expect(sight.services[0]?.drift).toEqual({
        state: 'changed',
        since: 7,
        changes: [
          { text: 'cpu 256 → 128', fate: 'kept' },
          { text: `container app: image shop/web@sha256:${'a'.repeat(12)} → :theirs`, fate: 'overwritten' },
          { text: 'container app: variable DEBUG is new', fate: 'kept' },
        ],
      });
      expect(JSON.stringify(sight)).not.toContain('s3cret');
    });

    it('overwrites all of it with what the repository says', async () => {
      await record(addService('web'));
      theirs();
      const container = { name: 'app', image: 'x' };
      const texts = {
        readText: async () =>
          JSON.stringify({ family: 'web', cpu: '256', ...ARM, containerDefinitions: [container] }),
      };
      const sight = await attempt().run(createPreview({ ...world.ports, texts }), {
        spec: specOf({ taskDefinitionBody: 'hash' }),
        serving: 7,
        good: [],
      });
      expect(sight.services[0]?.drift?.changes.map(({ fate }) => fate)).toEqual([
        'overwritten',
        'overwritten',
        'overwritten',
      ]);
    });

    it('is nothing where all is as it was left', async () => {
      await record(addService('web'));
      expect(await preview(specOf({}), 7)).toMatchObject({ services: [{ drift: null }] });
    });
  });

  it('plans a hundred services below 64 KiB', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `some-service-${index}`);
    for (const name of names) addService(name);
    const sight = await preview(specOf(...names.map((name) => ({ name }))));
    expect(Buffer.byteLength(JSON.stringify(sight))).toBeLessThan(64 * 1024);
    expect(sight.services.map(({ name }) => name)).toEqual(names);
    for (const { changes } of sight.services) expect(changes?.[0]).toContain('image shop/some-service-');
  });
});
