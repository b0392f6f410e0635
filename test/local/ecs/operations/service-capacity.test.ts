// Capacity provider strategies of services: what CreateService and UpdateService take, and where tasks run by them.
import type { CapacityProviderStrategyItem, Service } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Harness, image, refusal, startHarness } from '../harness.ts';

let ecs: Harness;
beforeEach(async () => {
  ecs = await startHarness();
  await ecs.call('PutClusterCapacityProviders', {
    cluster: 'default',
    capacityProviders: ['FARGATE', 'machines'],
    defaultCapacityProviderStrategy: [],
  });
});
afterEach(() => ecs.close());

const by = (capacityProvider: string, more: object = {}) => ({
  capacityProviderStrategy: [{ capacityProvider, weight: 1, ...more }],
});
/** Runs on Fargate and on EC2. */
const both = {
  networkMode: 'awsvpc' as const,
  requiresCompatibilities: ['FARGATE' as const, 'EC2' as const],
  cpu: '256',
  memory: '512',
};
const none = { capacityProviderStrategy: [] };
const two: CapacityProviderStrategyItem[] = [
  { capacityProvider: 'FARGATE', weight: 1 },
  { capacityProvider: 'FARGATE_SPOT', weight: 1 },
];
const network = { networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-a'] } } };
const input = { serviceName: 'web', taskDefinition: 'web', desiredCount: 1 };
const onFargate = { launchType: 'FARGATE', capacityProviderName: 'FARGATE', platformVersion: '1.4.0' };
const onMachines = { launchType: 'EC2', capacityProviderName: 'machines' };

const notFound = "InvalidParameterException: The specified capacity provider 'zzz' was not found.";
const notOnFargate = 'InvalidParameterException: Task definition does not support launch_type FARGATE.';
const mustForce =
  'InvalidParameterException: When switching from launch type to capacity provider strategy on an existing service, or making a change to a capacity provider strategy on a service that is already using one, you must force a new deployment.';
const noLaunchType =
  'InvalidParameterException: No launch type to fall back to for empty capacity provider strategy. Your service was not created with a launch type.';

const update = (change: object): Promise<string> =>
  refusal(ecs, 'UpdateService', { service: 'web', ...change });
const force = (change: object): Promise<string> => update({ ...change, forceNewDeployment: true });
const defaultStrategy = (capacityProvider: string): Promise<unknown> =>
  ecs.call('PutClusterCapacityProviders', {
    cluster: 'default',
    capacityProviders: ['FARGATE', 'machines'],
    defaultCapacityProviderStrategy: [{ capacityProvider, weight: 1 }],
  });

/** Where the service and its only task say that they run. */
async function where(): Promise<object> {
  const { launchType, capacityProviderStrategy } = await ecs.stable();
  const [task, ...others] = await ecs.tasks({ serviceName: 'web' });
  expect(others).toEqual([]);
  expect(task?.platformVersion !== undefined).toBe(task?.launchType === 'FARGATE');
  expect(task?.containerInstanceArn !== undefined).toBe(task?.launchType === 'EC2');
  return {
    service: launchType ?? capacityProviderStrategy?.map((item) => item.capacityProvider),
    task: `${task?.launchType} ${task?.capacityProviderName}`,
  };
}

describe('CreateService by a capacity provider strategy', () => {
  it.each([
    ['a provider that is nowhere', by('zzz'), notFound],
    [
      'one that is nowhere beside one that is there',
      { capacityProviderStrategy: [...by('machines').capacityProviderStrategy, { capacityProvider: 'zzz' }] },
      notFound,
    ],
    ['Fargate for a task definition that is not for it', by('FARGATE'), notOnFargate],
    [
      'a launch type as well',
      { launchType: 'EC2', ...by('machines') },
      'InvalidParameterException: Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
    ],
  ])('refuses %s', async (_what, more, expected) => {
    await ecs.register();
    expect(await refusal(ecs, 'CreateService', { ...input, ...more })).toBe(expected);
    expect(await ecs.call('ListServices', {})).toEqual({ serviceArns: [] });
  });

  it.each([
    ['FARGATE', onFargate],
    ['machines', onMachines],
  ])('runs its tasks on %s', async (capacityProvider, expected) => {
    await ecs.register(both);
    const service = await ecs.createService({ ...network, ...by(capacityProvider) });
    expect(service).toMatchObject(by(capacityProvider));
    expect(service.launchType).toBeUndefined();
    await ecs.stable();
    expect(await ecs.tasks()).toMatchObject([expected]);
  });

  it('goes by the provider that its tasks go to, not by the first that is named', async () => {
    await ecs.register(both);
    const first = { capacityProvider: 'machines', weight: 1 };
    await ecs.createService({
      ...network,
      capacityProviderStrategy: [first, { capacityProvider: 'FARGATE', base: 1, weight: 1 }],
    });
    await ecs.stable();
    expect(await ecs.tasks()).toMatchObject([onFargate]);
  });

  it.each([{}, { capacityProviderStrategy: [] }])(
    'takes the cluster’s default where %j is asked for; a launch type is stronger',
    async (asked) => {
      await defaultStrategy('FARGATE');
      await ecs.register(both);
      expect(await ecs.createService({ ...network, ...asked })).toMatchObject(by('FARGATE'));
      const other = await ecs.createService({ ...network, serviceName: 'other', launchType: 'EC2' });
      expect(other).toMatchObject({ launchType: 'EC2' });
      expect(other.capacityProviderStrategy).toBeUndefined();
    },
  );
});

describe('UpdateService of the capacity provider strategy', () => {
  const made = async (more: object): Promise<Service> => {
    await ecs.register(both);
    await ecs.createService({ ...network, ...more });
    return ecs.stable();
  };

  it.each([
    ['a provider that is nowhere', by('zzz'), notFound],
    ['Fargate for a task definition that is not for it', by('FARGATE'), notOnFargate],
  ])('refuses %s, and changes nothing', async (_what, change, expected) => {
    await ecs.register();
    await ecs.createService();
    const service = await ecs.stable();
    expect(await force({ ...change, desiredCount: 2 })).toBe(expected);
    expect(await ecs.service()).toEqual(service);
  });

  it.each<[string, object, object]>([
    ['a launch type is left', { launchType: 'EC2' }, by('machines')],
    ['a launch type is left for its own provider', { launchType: 'FARGATE' }, by('FARGATE')],
    ['another provider is named', by('FARGATE'), by('machines')],
    ['the weight is another', by('FARGATE'), by('FARGATE', { weight: 2 })],
    ['the base is another', by('FARGATE'), by('FARGATE', { base: 1 })],
    ['one more is named', by('FARGATE'), { capacityProviderStrategy: two }],
    ['it goes back to the launch type', { launchType: 'EC2', moved: by('FARGATE') }, none],
  ])(
    'without a forced deployment is refused where %s',
    async (_what, { moved, ...first }: { moved?: object }, change) => {
      await made(first);
      if (moved) expect(await force(moved)).toBe('accepted');
      const service = await ecs.stable();
      await ecs.register({ ...both, ...image('web:2') });
      for (const more of [{}, { taskDefinition: 'web:2' }]) {
        expect(await update({ ...change, ...more, desiredCount: 2 })).toBe(mustForce);
      }
      expect(await ecs.service()).toEqual(service);
      expect(await force(change)).toBe('accepted');
    },
  );

  it.each<[string, object, object]>([
    ['is not given', by('FARGATE'), { desiredCount: 1 }],
    ['is null', by('FARGATE'), { capacityProviderStrategy: null }],
    ['is the same', by('FARGATE'), by('FARGATE')],
    ['tells a base of 0', by('FARGATE'), by('FARGATE', { base: 0 })],
    [
      'tells a weight of 0',
      { capacityProviderStrategy: [{ capacityProvider: 'FARGATE' }] },
      by('FARGATE', { weight: 0 }),
    ],
    [
      'has another order',
      { capacityProviderStrategy: two },
      { capacityProviderStrategy: [...two].reverse() },
    ],
    ['is empty as before', { launchType: 'EC2' }, none],
  ])('starts nothing and changes nothing where it %s', async (_what, first, change) => {
    const service = await made(first);
    expect(await update(change)).toBe('accepted');
    expect(await ecs.service()).toEqual(service);
  });

  it('moves the tasks, and an empty one takes them back to the launch type that the service had', async () => {
    await made({ launchType: 'EC2' });
    expect(await where()).toEqual({ service: 'EC2', task: 'EC2 undefined' });
    // A default of the cluster is for services that never had a launch type.
    await defaultStrategy('FARGATE');
    for (const [change, expected] of [
      [by('FARGATE'), { service: ['FARGATE'], task: 'FARGATE FARGATE' }],
      [{}, { service: ['FARGATE'], task: 'FARGATE FARGATE' }],
      [by('machines'), { service: ['machines'], task: 'EC2 machines' }],
      [by('FARGATE'), { service: ['FARGATE'], task: 'FARGATE FARGATE' }],
      [none, { service: 'EC2', task: 'EC2 undefined' }],
    ] as const) {
      expect(await force(change)).toBe('accepted');
      expect(await where()).toEqual(expected);
      await ecs.restart();
    }
  });

  it('that is empty takes a service without a launch type to the cluster’s default, if there is one', async () => {
    const service = await made(by('machines'));
    expect(await force(none)).toBe(noLaunchType);
    expect(await ecs.service()).toEqual(service);
    await defaultStrategy('FARGATE');
    expect(await force(none)).toBe('accepted');
    expect(await where()).toEqual({ service: ['FARGATE'], task: 'FARGATE FARGATE' });
  });
});
