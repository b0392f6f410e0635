import { beforeEach, describe, expect, it } from '@jest/globals';
import type { PrepareRolloutInput, RolloutTarget } from '../../src/activities/contracts/rollout.ts';
import { createPrepareRollout } from '../../src/activities/prepare-rollout.ts';
import { revisionArn } from '../fakes/ecs.ts';
import { timing } from '../release/views.ts';
import { attempt, createWorld, digest, planOf, SHA, servicePlan, type World } from './world.ts';

const BUILT = digest('b');
const PINNED = `registry.test/shop/api@${digest('a')}`;

let world: World;
beforeEach(() => {
  world = createWorld();
  world.platforms.set(BUILT, ['arm64']);
});

const inputFor = (...names: string[]): PrepareRolloutInput => ({
  number: 7,
  releaseId: 'deploy/shop/production/abc/run-1',
  plan: planOf(names.map((name) => servicePlan(name))),
  images: names.map((name) => ({
    image: name,
    architecture: 'arm64',
    repositoryUri: `registry.test/shop/${name}`,
    digest: BUILT,
  })),
});

const prepare = async (
  input: PrepareRolloutInput,
  number = 1,
  details?: unknown,
): Promise<readonly RolloutTarget[]> =>
  (await attempt(number, details).run(createPrepareRollout(world.ports), input)).targets;

const registered = (): string[] =>
  world.ecs.callsOf('registerTaskDefinition').map((input) => {
    const { containerDefinitions = [] } = input as { containerDefinitions?: { image?: string }[] };
    return containerDefinitions.map((container) => container.image).join(' ');
  });

const addPinnedService = (name = 'api'): string => {
  const arn = world.ecs.addTaskDefinition(name, { app: PINNED });
  world.ecs.addService(name, arn);
  return arn;
};

describe('prepareRollout', () => {
  it('registers what is to run by digest, records where to go back to, and touches no service', async () => {
    const before = world.ecs.addTaskDefinition(
      'api',
      { app: PINNED, proxy: `envoy@${digest('e')}` },
      { cpu: '256', taskRoleArn: 'role' },
      [
        { key: 'team', value: 'blue' },
        { key: 'aws:cloudformation:stack-name', value: 'infra' },
        { key: 'slipway:release', value: 'an earlier one' },
      ],
    );
    world.ecs.addService('api', before, { desiredCount: 3 });

    const [target, ...others] = await prepare(inputFor('api'));

    expect(others).toEqual([]);
    expect(target).toEqual({
      name: 'api',
      service: 'api',
      found: before,
      baseline: { taskDefinition: before, restoreTo: before },
      taskDefinition: revisionArn('api', 2),
      desired: 3,
    });
    const { taskDefinition, tags } = world.ecs.definition(revisionArn('api', 2));
    expect(taskDefinition).toMatchObject({
      family: 'api',
      cpu: '256',
      taskRoleArn: 'role',
      containerDefinitions: [
        { name: 'app', image: `registry.test/shop/api@${BUILT}` },
        { name: 'proxy', image: `envoy@${digest('e')}` },
      ],
    });
    expect(tags).toEqual([
      { key: 'team', value: 'blue' },
      { key: 'slipway:release', value: expect.stringMatching(/^[0-9a-f]{32}$/) },
      { key: 'slipway:service', value: 'api' },
      { key: 'slipway:commit', value: SHA },
      { key: 'slipway:app', value: 'shop' },
      { key: 'slipway:environment', value: 'production' },
    ]);
    expect(world.ecs.callsOf('updateService')).toEqual([]);
    expect(world.ecs.callsOf('runningDigests')).toEqual([]);
  });

  it('starts from the task definition that the repository brought along', async () => {
    addPinnedService();
    const input = inputFor('api');
    const plan = planOf([servicePlan('api', { taskDefinitionBody: 'hash' })]);
    const [target] = await prepare({ ...input, plan });
    expect(target?.taskDefinition).toBe(revisionArn('from-hash', 1));
  });

  describe('again, after something was lost', () => {
    it.each(['lose-answer', 'throttle'] as const)('makes no second revision (%s)', async (fault) => {
      addPinnedService('api');
      addPinnedService('web');
      world.ecs.fault('registerTaskDefinition', 2, fault);
      await expect(prepare(inputFor('api', 'web'))).rejects.toThrow(/registerTaskDefinition/);
      const targets = await prepare(inputFor('api', 'web'), 2);
      expect(targets.map((target) => target.taskDefinition)).toEqual([
        revisionArn('api', 2),
        revisionArn('web', 2),
      ]);
      expect(() => world.ecs.definition(revisionArn('api', 3))).toThrow(/no arn/);
      expect(() => world.ecs.definition(revisionArn('web', 3))).toThrow(/no arn/);
    });

    it('takes no revision of another release, nor of another service in the same family', async () => {
      const arn = addPinnedService('api');
      world.ecs.addService('twin', arn);
      await prepare(inputFor('api'));
      const [other] = await prepare({ ...inputFor('api'), releaseId: 'deploy/shop/production/abc/run-2' }, 2);
      expect(other?.taskDefinition).toBe(revisionArn('api', 3));
      const [twin] = await prepare(inputFor('twin'), 2);
      expect(twin?.taskDefinition).toBe(revisionArn('api', 4));
    });
  });

  describe('the baseline', () => {
    const MOVING = 'registry.test:5000/shop/api:latest';

    it('is copied with digests when it names a moving tag, as ECS resolves tags anew', async () => {
      const arn = world.ecs.addTaskDefinition('api', { app: MOVING, proxy: PINNED }, { cpu: '256' }, [
        { key: 'slipway:commit', value: 'old' },
        { key: 'slipway:release', value: 'r' },
      ]);
      world.ecs.addService('api', arn);
      world.ecs.setDigests(arn, { app: digest('a'), proxy: digest('f') });

      const [target] = await prepare(inputFor('api'));

      expect(target?.baseline).toEqual({ taskDefinition: arn, restoreTo: revisionArn('api', 2) });
      const copy = world.ecs.definition(revisionArn('api', 2));
      expect(copy.taskDefinition).toMatchObject({
        cpu: '256',
        containerDefinitions: [{ image: `registry.test:5000/shop/api@${digest('a')}` }, { image: PINNED }],
      });
      expect(copy.tags).toEqual([
        { key: 'slipway:pinned-from', value: arn },
        { key: 'slipway:service', value: 'api' },
        { key: 'slipway:commit', value: 'old' },
        { key: 'slipway:app', value: 'shop' },
        { key: 'slipway:environment', value: 'production' },
      ]);
      expect(target?.taskDefinition).toBe(revisionArn('api', 3));
    });

    it('is copied once, unless the tag has moved in between', async () => {
      const arn = world.ecs.addTaskDefinition('api', { app: MOVING });
      world.ecs.addService('api', arn);
      world.ecs.setDigests(arn, { app: digest('a') });
      const [first] = await prepare(inputFor('api'));
      const [second] = await prepare({ ...inputFor('api'), releaseId: 'two' });
      expect(second?.baseline).toEqual(first?.baseline);
      world.ecs.setDigests(arn, { app: digest('d') });
      const [third] = await prepare({ ...inputFor('api'), releaseId: 'three' });
      expect(third?.baseline.restoreTo).not.toBe(first?.baseline.restoreTo);
      expect(registered()).toContain(`registry.test:5000/shop/api@${digest('d')}`);
    });

    it('is what completed, with its own digests, when the newest deployment has failed', async () => {
      const good = world.ecs.addTaskDefinition('api', { app: MOVING });
      const bad = world.ecs.addTaskDefinition('api', { app: MOVING });
      world.ecs.addService('api', good);
      world.ecs.updateByOther('api', bad);
      const [failed, completed] = world.ecs.service('api').deployments ?? [];
      world.ecs.change('api', { deployments: [{ ...failed, rolloutState: 'FAILED' }, { ...completed }] });
      world.ecs.setDigests(good, { app: digest('a') });
      world.ecs.setDigests(bad, { app: digest('d') });
      const [target] = await prepare(inputFor('api'));
      expect(target?.baseline.taskDefinition).toBe(good);
      expect(registered()[0]).toBe(`registry.test:5000/shop/api@${digest('a')}`);
    });

    it('stays as it is when no digest is known', async () => {
      const arn = world.ecs.addTaskDefinition('api', { app: MOVING });
      world.ecs.addService('api', arn);
      const [target] = await prepare(inputFor('api'));
      expect(target?.baseline).toEqual({ taskDefinition: arn, restoreTo: arn });
    });

    it('is nothing for a service that never ran', async () => {
      const arn = world.ecs.addTaskDefinition('api', { app: MOVING });
      world.ecs.addService('api', arn, { runningCount: 0, createdAt: new Date(1_000_000) });
      world.ecs.change('api', { deployments: [{ ...world.ecs.primary('api'), rolloutState: 'FAILED' }] });
      const [target] = await prepare(inputFor('api'));
      expect(target?.baseline).toEqual({
        taskDefinition: null,
        restoreTo: null,
        whyNone: 'its only deployment, of api:1, has failed',
      });
    });

    it("is what ECS's history has of completed ones, by digest, when a failed deployment is alone", async () => {
      const good = world.ecs.addTaskDefinition('api', { app: MOVING });
      const bad = world.ecs.addTaskDefinition('api', { app: MOVING });
      world.ecs.addService('api', bad);
      world.ecs.change('api', { deployments: [{ ...world.ecs.primary('api'), rolloutState: 'FAILED' }] });
      world.ecs.recordLastCompleted('api', {
        kind: 'completed',
        taskDefinition: good,
        digests: new Map([['app', digest('a')]]),
      });
      world.ecs.setDigests(good, { app: digest('d') });
      const [target] = await prepare(inputFor('api'));
      expect(target).toMatchObject({
        found: bad,
        baseline: { taskDefinition: good, restoreTo: revisionArn('api', 3) },
      });
      expect(registered()[0]).toBe(`registry.test:5000/shop/api@${digest('a')}`);
    });

    it("does not ask ECS's history where a completed deployment is to be seen", async () => {
      addPinnedService();
      await prepare(inputFor('api'));
      expect(world.ecs.callsOf('lastCompleted')).toEqual([]);
    });

    it("is asked for again when ECS's history cannot be read for a moment only", async () => {
      addPinnedService();
      world.ecs.change('api', { deployments: [{ ...world.ecs.primary('api'), rolloutState: 'FAILED' }] });
      world.ecs.fault('lastCompleted', 1, 'throttle');
      await expect(prepare(inputFor('api'))).rejects.toMatchObject({ type: 'Transient' });
    });
  });

  describe('a baseline that was deregistered', () => {
    it('gets an ACTIVE copy to go back to, as ECS would refuse the original', async () => {
      const before = addPinnedService();
      world.ecs.deregister(before);
      const [target] = await prepare(inputFor('api'));
      const copy = target?.baseline.restoreTo ?? '';
      expect(target?.baseline.taskDefinition).toBe(before);
      expect(copy).not.toBe(before);
      const { taskDefinition, tags } = world.ecs.definition(copy);
      expect(taskDefinition).toMatchObject({ status: 'ACTIVE', containerDefinitions: [{ image: PINNED }] });
      expect(tags).toContainEqual({ key: 'slipway:pinned-from', value: before });
    });

    it('gets it once', async () => {
      world.ecs.deregister(addPinnedService());
      const [first] = await prepare(inputFor('api'));
      const [second] = await prepare({ ...inputFor('api'), releaseId: 'another' });
      expect(second?.baseline).toEqual(first?.baseline);
    });

    it('gets it also where no digest is known', async () => {
      const before = world.ecs.addTaskDefinition('api', { app: 'registry.test/shop/api:v1' });
      world.ecs.addService('api', before);
      world.ecs.deregister(before);
      const [target] = await prepare(inputFor('api'));
      expect(target?.baseline.restoreTo).not.toBe(before);
      expect(registered()[0]).toBe('registry.test/shop/api:v1');
    });
  });

  describe("somebody else's deployment in progress", () => {
    const makeBusy = (): void => {
      addPinnedService();
      world.ecs.updateByOther('api', world.ecs.addTaskDefinition('api', { app: PINNED }));
      // Theirs has one healthy task: it is slow, not stuck.
      const [theirs, before] = world.ecs.service('api').deployments ?? [];
      world.ecs.change('api', {
        runningCount: 3,
        deployments: [
          { ...theirs, runningCount: 1 },
          { ...before, runningCount: 2 },
        ],
      });
    };

    it('is waited for, and its result is the baseline', async () => {
      makeBusy();
      world.during.push(
        () => undefined,
        () => world.ecs.complete('api'),
      );
      const { run, beats } = attempt();
      const { targets } = await run(createPrepareRollout(world.ports), inputFor('api'));
      const [target] = targets;
      expect(target?.baseline.taskDefinition).toBe(revisionArn('api', 2));
      expect(world.slept).toEqual([timing.pollIntervalMs, timing.pollIntervalMs]);
      expect(beats).toContainEqual({
        services: { api: { phase: 'busy', detail: 'waiting for an earlier deployment to end' } },
        waitingSinceMs: 1_000_000,
      });
    });

    it('is refused when it does not end, with nothing registered', async () => {
      makeBusy();
      await expect(prepare(inputFor('api'))).rejects.toMatchObject({
        type: 'UnsafePlan',
        message: expect.stringMatching(/an earlier deployment of api is still in progress/),
        advice: expect.stringMatching(/stop-service-deployment/),
      });
      expect(world.slept).toHaveLength(timing.stabilityTimeoutMs / timing.pollIntervalMs);
      expect(registered()).toEqual([]);
    });

    it('is taken for a dead end when it has had no task for as long as a stall', async () => {
      makeBusy();
      const [theirs, before] = world.ecs.service('api').deployments ?? [];
      const stuck = { ...theirs, runningCount: 0, failedTasks: 9 };
      world.ecs.change('api', { deployments: [stuck, { ...before }] });
      const [target] = await prepare(inputFor('api'));
      expect(target?.baseline.taskDefinition).toBe(revisionArn('api', 1));
      expect(world.slept).toHaveLength(timing.stallTimeoutMs / timing.pollIntervalMs);
    });

    it('is not waited for anew by the next worker', async () => {
      makeBusy();
      const waitingSinceMs = 1_000_000 - timing.stabilityTimeoutMs + timing.pollIntervalMs;
      await expect(prepare(inputFor('api'), 2, { services: {}, waitingSinceMs })).rejects.toThrow(
        /in progress/,
      );
      expect(world.slept).toHaveLength(1);
    });
  });

  describe('refuses before it asks ECS for anything', () => {
    it.each<[string, readonly string[] | null, object]>([
      [
        'an image of another architecture',
        ['amd64'],
        {
          type: 'UnsafePlan',
          message: expect.stringMatching(/api is built for amd64, but service api runs on arm64/),
        },
      ],
      ['an image that the registry does not have', null, { type: 'ConfigurationError' }],
    ])('%s', async (_what, platforms, error) => {
      addPinnedService();
      world.platforms.set(BUILT, platforms);
      await expect(prepare(inputFor('api'))).rejects.toMatchObject(error);
      expect(world.ecs.calls).toEqual([]);
    });

    it('but takes one of several architectures, and does not ask about services that do not run the image', async () => {
      addPinnedService('api');
      addPinnedService('web');
      world.platforms.set(BUILT, ['amd64', 'arm64']).set(digest('c'), ['amd64']);
      const input = inputFor('api', 'web');
      const plan = planOf([servicePlan('api'), servicePlan('web', { architecture: 'amd64' })]);
      const images = input.images.map((image) =>
        image.image === 'web' ? { ...image, digest: digest('c') } : image,
      );
      expect(await prepare({ ...input, plan, images })).toHaveLength(2);
    });
  });

  it.each<[string, (service: string) => void]>([
    ['is gone', () => undefined],
    [
      'is INACTIVE',
      (service) => {
        addPinnedService(service);
        world.ecs.change(service, { status: 'INACTIVE' });
      },
    ],
  ])('registers nothing when one of the services %s', async (state, arrange) => {
    addPinnedService('api');
    arrange('web');
    await expect(prepare(inputFor('api', 'web'))).rejects.toMatchObject({
      type: 'ConfigurationError',
      message: `service web of cluster shop ${state}`,
    });
    expect(registered()).toEqual([]);
  });

  it('remembers where each `latest` pointed, null where there is none or none would move', async () => {
    for (const name of ['api', 'web', 'worker']) addPinnedService(name);
    world.latest.set('registry.test/shop/api', digest('1'));
    world.latest.set('registry.test/shop/worker', digest('3'));
    const input = inputFor('api', 'web', 'worker');
    const images = input.plan.images.map((image) =>
      image.name === 'worker' ? { ...image, movesLatest: false } : image,
    );
    const { run } = attempt();
    const { latest } = await run(createPrepareRollout(world.ports), {
      ...input,
      plan: { ...input.plan, images },
    });
    const nextOf = (name: string) => input.images.find(({ image }) => image === name)?.digest;
    const at = (image: string) => ({
      image,
      repositoryUri: `registry.test/shop/${image}`,
      next: nextOf(image),
    });
    expect(latest).toEqual([
      { ...at('api'), digest: digest('1') },
      { ...at('web'), digest: null },
      { ...at('worker'), digest: null },
    ]);
  });

  it('refuses a service whose image this release did not build', async () => {
    addPinnedService();
    await expect(prepare({ ...inputFor('api'), images: [] })).rejects.toThrow(
      /runs image api, which this release did not build/,
    );
  });
});
