import { beforeEach, describe, expect, it } from '@jest/globals';
import type { DeployPorts } from '../../src/activities/deploy-ports.ts';
import { createInspect } from '../../src/activities/inspect.ts';
import { SlipwayError, TransientError } from '../../src/errors.ts';
import type { Plan, ReleaseSpec, ServiceSpec } from '../../src/release/plan.ts';
import { revisionArn } from '../fakes/ecs.ts';
import { attempt, createWorld, planOf, servicePlan, type World } from './world.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});

const HEALTH = { successes: 3, failures: 3, intervalMs: 1_000, requestTimeoutMs: 1_000, timeoutMs: 10_000 };

const specOf = (...services: Partial<ServiceSpec>[]): ReleaseSpec => {
  const named = services.map((more, index): ServiceSpec => {
    const name = more.name ?? ['web', 'api'][index] ?? 'other';
    return { name, service: name, containers: {}, image: name, ...more };
  });
  const { images, ...rest } = planOf(named.map(({ name }) => servicePlan(name)));
  return {
    ...rest,
    images: images.map(({ architecture: _architecture, ...image }) => image),
    services: named,
  };
};

const inspect = (spec: ReleaseSpec): Promise<Plan> =>
  attempt().run(createInspect(world.ports), { spec, serving: null, good: [] });

/** As the release before has left a service of each name; the live one is what `runs` says. */
const recorded = async (...names: readonly string[]): Promise<Readonly<Record<string, string>>> => {
  const plan = planOf(names.map((name) => servicePlan(name)));
  const taskDefinitions = Object.fromEntries(
    names.map((name) => [name, world.ecs.addTaskDefinition(name, { main: 'x' }, ARM)]),
  );
  await world.ports.records.keep({ number: 7, releaseId: 'r/7', plan, images: [], taskDefinitions });
  return taskDefinitions;
};

const ARM = { runtimePlatform: { cpuArchitecture: 'ARM64' as const } };

describe('inspect', () => {
  it('joins the spec with what the cluster, the load balancer and the registry say', async () => {
    world.ecs.addService('web', world.ecs.addTaskDefinition('web', { main: 'x' }, ARM), {
      loadBalancers: [{ targetGroupArn: 'tg/web', containerName: 'main', containerPort: 80 }],
    });
    const plan = await inspect(specOf({ health: { ...HEALTH, path: '/up' } }));
    expect(plan.services).toEqual([
      {
        name: 'web',
        service: 'web',
        serviceArn: 'arn:aws:ecs:eu-west-1:123456789012:service/shop/web',
        containers: { main: 'web' },
        architecture: 'arm64',
        health: { ...HEALTH, url: 'http://lb.test/up' },
        rollback: {
          taskDefinition: revisionArn('web', 1),
          problems: [],
          notes: [],
          unchecked: ['image x of container main: it is in another registry'],
        },
      },
    ]);
    expect(plan.images).toMatchObject([
      { name: 'web', architecture: 'arm64', repositoryUri: 'registry.test/shop/web', movesLatest: true },
    ]);
    expect(plan.warnings).toEqual([]);
  });

  describe('under the rates that ECS documents', () => {
    /** A bucket of 50 calls that fills with 20 a second; every call takes a moment of the world's time. */
    const limited = (): {
      readonly ports: DeployPorts;
      readonly counts: { refused: number; atOnce: number };
    } => {
      let tokens = 50;
      let lastMs = world.ports.now();
      let open = 0;
      const counts = { refused: 0, atOnce: 0 };
      const ecs = new Proxy(world.ecs, {
        get(target, key) {
          const member: unknown = Reflect.get(target, key, target);
          if (typeof member !== 'function') return member;
          if (key !== 'describeTaskDefinition') return member.bind(target);
          return async (...values: readonly unknown[]) => {
            const nowMs = world.ports.now();
            tokens = Math.min(50, tokens + ((nowMs - lastMs) / 1000) * 20);
            lastMs = nowMs;
            open += 1;
            counts.atOnce = Math.max(counts.atOnce, open);
            await new Promise(setImmediate);
            open -= 1;
            if (tokens < 1) {
              counts.refused += 1;
              throw new TransientError('ecs:DescribeTaskDefinition: ThrottlingException');
            }
            tokens -= 1;
            return member.apply(target, values);
          };
        },
      });
      return { ports: { ...world.ports, ecs }, counts };
    };

    it('plans a hundred services at the first try, a few calls at a time', async () => {
      const names = Array.from({ length: 100 }, (_, index) => `s${index}`);
      for (const name of names)
        world.ecs.addService(name, world.ecs.addTaskDefinition(name, { app: 'x' }, ARM));
      const { ports, counts } = limited();
      const plan = await attempt().run(createInspect(ports), {
        spec: specOf(...names.map((name) => ({ name }))),
        serving: null,
        good: [],
      });
      expect(plan.services.map(({ name }) => name)).toEqual(names);
      expect(counts.refused).toBeGreaterThan(0);
      expect(counts.atOnce).toBe(5);
    });

    it('looks up secrets and repositories a few at a time, too', async () => {
      const open = new Map<string, number>();
      const most = new Map<string, number>();
      const counted =
        <I extends readonly unknown[], O>(what: string, call: (...input: I) => Promise<O>) =>
        async (...input: I): Promise<O> => {
          open.set(what, (open.get(what) ?? 0) + 1);
          most.set(what, Math.max(most.get(what) ?? 0, open.get(what) ?? 0));
          await new Promise(setImmediate);
          open.set(what, (open.get(what) ?? 0) - 1);
          return call(...input);
        };
      const names = Array.from({ length: 12 }, (_, index) => `s${index}`);
      for (const name of names) {
        const arn = world.ecs.addTaskDefinition(name, { app: 'x' }, ARM);
        const secrets = [1, 2, 3].map((nth) => ({ name: `S${nth}`, valueFrom: `/${name}/${nth}` }));
        for (const container of world.ecs.definition(arn).taskDefinition.containerDefinitions ?? [])
          Object.assign(container, { secrets });
        world.ecs.addService(name, arn);
      }
      const { registry, secrets } = world.ports;
      const ports: DeployPorts = {
        ...world.ports,
        registry: { ...registry, findRepository: counted('repositories', registry.findRepository) },
        secrets: { state: counted('secrets', secrets.state) },
      };
      await attempt().run(createInspect(ports), {
        spec: specOf(...names.map((name) => ({ name }))),
        serving: null,
        good: [],
      });
      expect(Object.fromEntries(most)).toEqual({ repositories: 5, secrets: 5 });
    });

    it.each([
      ['the services', 'describeRawServices' as const],
      ['a task definition', 'describeTaskDefinition' as const],
      ['the digests that run', 'runningDigests' as const],
    ])('asks again for %s', async (_what, operation) => {
      world.ecs.addService('web', world.ecs.addTaskDefinition('web', { main: 'x' }, ARM));
      world.ecs.fault(operation, 1, 'throttle');
      await expect(inspect(specOf({}))).resolves.toMatchObject({ services: [{ name: 'web' }] });
      expect(world.slept).toEqual([500]);
    });

    it('leaves it to Temporal when it stays throttled', async () => {
      world.ecs.addService('web', world.ecs.addTaskDefinition('web', { main: 'x' }, ARM));
      for (let nth = 1; nth <= 6; nth += 1) world.ecs.fault('describeTaskDefinition', nth, 'throttle');
      await expect(inspect(specOf({}))).rejects.toMatchObject({ type: 'Transient', retryable: true });
    });
  });

  describe('beside what the ledger says', () => {
    const look = (...names: readonly string[]): Promise<Plan> =>
      attempt().run(createInspect(world.ports), {
        spec: specOf(...names.map((name) => ({ name }))),
        serving: 7,
        good: [],
      });

    it('finds the commit in place where every service is as that release has left it', async () => {
      const { web = '', api = '' } = await recorded('web', 'api', 'gone');
      world.ecs.addService('web', web);
      world.ecs.addService('api', api, { desiredCount: 0 });
      const plan = await look('web', 'api');
      expect(plan.inPlace).toEqual({
        number: 7,
        services: [
          { name: 'web', service: 'web', taskDefinition: web, empty: false },
          { name: 'api', service: 'api', taskDefinition: api, empty: true },
        ],
      });
      expect(plan.warnings.join()).not.toContain('somebody else');
    });

    it('tells what somebody else has changed since, and does not call that in place', async () => {
      const { web = '' } = await recorded('web');
      const theirs = world.ecs.addTaskDefinition('web', { main: 'y' }, { ...ARM, cpu: '512' });
      world.ecs.addService('web', theirs);
      const plan = await look('web');
      expect(plan.inPlace).toBeNull();
      expect(plan.warnings).toContainEqual(
        `web was changed by somebody else since release 7: it has ${theirs.split('/')[1]} instead of ${web.split('/')[1]} (cpu none → 512; container main: image x → y); its images are overwritten, the rest is kept as it is`,
      );
    });

    it('goes on where nothing is recorded, where it is of another cluster, and where it is damaged', async () => {
      const { web = '' } = await recorded('web');
      world.ecs.addService('web', web);
      const { records } = world.ports;
      const with_ = (read: typeof records.read): Promise<Plan> =>
        attempt().run(createInspect({ ...world.ports, records: { ...records, read } }), {
          spec: specOf({ name: 'web' }),
          serving: 7,
          good: [],
        });
      const record = await records.read({ app: '', environment: '' }, 7);
      if (!record) throw new Error('no record');
      const elsewhere = { ...record, plan: { ...record.plan, cluster: 'other' } };
      expect((await with_(async () => undefined)).inPlace).toBeNull();
      expect((await with_(async () => elsewhere)).inPlace).toBeNull();
      const damaged = new SlipwayError('StoreDamaged', false, 'x');
      expect((await with_(() => Promise.reject(damaged))).inPlace).toBeNull();
      expect((await with_(async () => record)).inPlace).not.toBeNull();
    });
  });

  it('reads and changes nothing', async () => {
    world.ecs.addService('web', world.ecs.addTaskDefinition('web', { main: 'x' }));
    await inspect(specOf({}));
    expect(new Set(world.ecs.calls.map((call) => call.operation))).toEqual(
      new Set(['describeRawServices', 'describeTaskDefinition', 'runningDigests']),
    );
  });

  it.each<[string, object, object, string]>([
    ['ARM64 where the task definition says so', ARM, {}, 'arm64'],
    ['X86_64 where it says so', { runtimePlatform: { cpuArchitecture: 'X86_64' } }, {}, 'amd64'],
    ['X86_64 on Fargate by default', {}, { launchType: 'FARGATE' }, 'amd64'],
    ['X86_64 with a capacity provider of Fargate', { requiresCompatibilities: ['FARGATE'] }, {}, 'amd64'],
    ['the architecture of the image on EC2', {}, { launchType: 'EC2' }, 'arm64'],
  ])('takes %s', async (_what, definition, service, architecture) => {
    world.ecs.addService('web', world.ecs.addTaskDefinition('web', { main: 'x' }, definition), service);
    const spec = specOf({});
    const onEc2 = 'launchType' in service && service.launchType === 'EC2';
    const images = spec.images.map((image) => (onEc2 ? { ...image, architecture: 'arm64' as const } : image));
    expect((await inspect({ ...spec, images })).services[0]?.architecture).toBe(architecture);
  });

  it('refuses an image for ARM64 on a Fargate that says nothing, as that means X86_64', async () => {
    world.ecs.addService('web', world.ecs.addTaskDefinition('web', { main: 'x' }), { launchType: 'FARGATE' });
    const spec = specOf({});
    const images = spec.images.map((image) => ({ ...image, architecture: 'arm64' as const }));
    await expect(inspect({ ...spec, images })).rejects.toMatchObject({ type: 'UnsafePlan' });
  });

  it('looks into the task definition that the repository brought along', async () => {
    world.ecs.addService('web', world.ecs.addTaskDefinition('web', { main: 'x' }));
    const { services } = await inspect(specOf({ taskDefinitionBody: 'hash' }));
    expect(services[0]).toMatchObject({ containers: { app: 'web' }, taskDefinitionBody: 'hash' });
  });

  it.each<[string, object, string, RegExp]>([
    ['CodeDeploy as unsafe', { deploymentController: { type: 'CODE_DEPLOY' } }, 'UnsafePlan', /CODE_DEPLOY/],
    [
      'blue/green as unsafe',
      { deploymentConfiguration: { strategy: 'BLUE_GREEN' } },
      'UnsafePlan',
      /BLUE_GREEN deployment strategy/,
    ],
    ['an inactive service as configuration', { status: 'INACTIVE' }, 'ConfigurationError', /is INACTIVE/],
  ])('refuses %s', async (_what, service, type, message) => {
    world.ecs.addService('web', world.ecs.addTaskDefinition('web', { main: 'x' }), service);
    await expect(inspect(specOf({}))).rejects.toMatchObject({
      type,
      message: expect.stringMatching(message),
    });
  });

  it('takes a DAEMON service: its rollouts are rolling ones, too', async () => {
    world.ecs.addService('web', world.ecs.addTaskDefinition('web', { main: 'x' }), {
      schedulingStrategy: 'DAEMON',
      deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100 },
    });
    expect((await inspect(specOf({}))).services).toHaveLength(1);
  });

  describe('secrets of the next task definition', () => {
    const secret = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf';
    const withSecret = (): void => {
      const definition = world.ecs.addTaskDefinition(
        'web',
        {},
        {
          containerDefinitions: [{ name: 'main', image: 'x', secrets: [{ name: 'DB', valueFrom: secret }] }],
        },
      );
      world.ecs.addService('web', definition);
    };

    it('that are missing are told before anything is built', async () => {
      withSecret();
      world.secrets.set(secret, { kind: 'missing', why: 'there is none' });
      await expect(inspect(specOf({}))).rejects.toMatchObject({
        type: 'ConfigurationError',
        message: `service web: its new tasks could not start: container main needs ${secret}: there is none`,
      });
    });

    it('that could not be looked up are a warning, once for next and last', async () => {
      withSecret();
      world.secrets.set(secret, { kind: 'unknown', why: 'AccessDenied' });
      const { warnings } = await inspect(specOf({}));
      expect(warnings).toEqual([
        `service web: not known whether these are there: container main needs ${secret}: AccessDenied`,
      ]);
    });
  });

  describe('an image to be promoted', () => {
    const promoting = (repositoryUri: string): ReleaseSpec => ({
      ...specOf({}),
      promotion: {
        environment: 'staging',
        number: 12,
        images: [{ image: 'web', architecture: 'arm64', repositoryUri, digest: 'sha256:verified' }],
      },
    });
    beforeEach(() => {
      world.ecs.addService('web', world.ecs.addTaskDefinition('web', { main: 'x' }, ARM));
      world.gone.add('registry.test/shop/web sha256:verified');
    });

    it('that is gone from the registry ends it before anything else is done', async () => {
      await expect(inspect(promoting('registry.test/shop/web'))).rejects.toMatchObject({
        type: 'UnsafePlan',
        message: expect.stringContaining('registry.test/shop/web does not have sha256:verified any more'),
      });
    });

    it('is not looked for here where it is in another registry', async () => {
      expect((await inspect(promoting('elsewhere.test/shop/web'))).promotion?.number).toBe(12);
    });
  });

  it('tells all problems at once, and unsafe wins', async () => {
    world.ecs.addService('web', world.ecs.addTaskDefinition('web', { main: 'x' }), {
      deploymentController: { type: 'EXTERNAL' },
    });
    await expect(inspect(specOf({}, {}))).rejects.toMatchObject({
      type: 'UnsafePlan',
      message: expect.stringMatching(/EXTERNAL.*\n(.*\n)*.*service api does not exist/),
    });
  });
});
