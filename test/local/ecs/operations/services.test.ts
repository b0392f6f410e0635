// Services as clients make, change and describe them, and what they are refused.
import type { Service } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { behindBalancer, type Harness, image, refusal, startHarness } from '../harness.ts';

let ecs: Harness;
beforeEach(async () => {
  ecs = await startHarness();
});
afterEach(() => ecs.close());

describe('services', () => {
  it.each([
    ['in no cluster', { cluster: 'none' }, 'ClusterNotFoundException: Cluster not found.'],
    [
      'with a task definition that is not there',
      { taskDefinition: 'none' },
      'ClientException: TaskDefinition not found.',
    ],
    [
      'on Fargate with a task definition for EC2',
      { launchType: 'FARGATE' },
      'InvalidParameterException: Task definition does not support launch_type FARGATE.',
    ],
    [
      'behind a target group that is not there',
      { loadBalancers: [{ ...behindBalancer.loadBalancers[0], targetGroupArn: 'arn:x' }] },
      'InvalidParameterException: The target group arn:x does not exist.',
    ],
    [
      'with a container that is not there',
      { loadBalancers: [{ ...behindBalancer.loadBalancers[0], containerName: 'db' }] },
      'InvalidParameterException: The container db does not exist in the task definition.',
    ],
    [
      'with a port that is not there',
      { loadBalancers: [{ ...behindBalancer.loadBalancers[0], containerPort: 1 }] },
      'InvalidParameterException: The container web did not have a container port 1 defined.',
    ],
    [
      'with too little at most',
      { deploymentConfiguration: { maximumPercent: 50 } },
      'InvalidParameterException: maximumPercent must be at least 100.',
    ],
    [
      'with a strategy that is not here',
      { deploymentConfiguration: { strategy: 'BLUE_GREEN' } },
      'UnsupportedFeatureException: The local ECS deploys with the ROLLING strategy only, not BLUE_GREEN.',
    ],
  ])('are refused %s', async (_what, overrides, expected) => {
    await ecs.register();
    const input = { serviceName: 'web', taskDefinition: 'web', desiredCount: 1, ...overrides };
    expect(await refusal(ecs, 'CreateService', input)).toBe(expected);
  });

  it('are refused behind a target group that no listener forwards to', async () => {
    await ecs.register();
    ecs.balancer.behindListener = false;
    const input = { serviceName: 'web', taskDefinition: 'web', desiredCount: 1, ...behindBalancer };
    expect(await refusal(ecs, 'CreateService', input)).toBe(
      `InvalidParameterException: The target group with targetGroupArn ${behindBalancer.loadBalancers[0]?.targetGroupArn} does not have an associated load balancer.`,
    );
  });

  it('cannot be made twice, unless it is the same request', async () => {
    await ecs.register();
    const created = await ecs.createService({ clientToken: 'once' });
    expect((await ecs.createService({ clientToken: 'once' })).serviceArn).toBe(created.serviceArn);
    expect(
      await refusal(ecs, 'CreateService', { serviceName: 'web', taskDefinition: 'web', desiredCount: 1 }),
    ).toBe('InvalidParameterException: Creation of service was not idempotent.');
  });

  it('that are missing are failures of DescribeServices, and errors elsewhere', async () => {
    expect(await ecs.call('DescribeServices', { services: ['none'] })).toEqual({
      services: [],
      failures: [{ arn: 'arn:aws:ecs:us-east-1:000000000000:service/default/none', reason: 'MISSING' }],
    });
    for (const operation of ['UpdateService', 'DeleteService']) {
      expect(await refusal(ecs, operation, { service: 'none' })).toBe(
        'ServiceNotFoundException: Service not found.',
      );
    }
    expect(await refusal(ecs, 'DescribeServices', { services: Array(11).fill('x') })).toMatch(
      /^InvalidParameterException/,
    );
  });

  it('show every member that clients rely on', async () => {
    await ecs.register();
    await ecs.createService({ tags: [{ key: 'team', value: 'a' }] });
    const { services } = await ecs.call<{ services: Service[] }>('DescribeServices', {
      services: ['web'],
      include: ['TAGS'],
    });
    expect(Object.keys(services[0] ?? {})).toEqual(
      expect.arrayContaining([
        'serviceArn',
        'serviceName',
        'clusterArn',
        'loadBalancers',
        'serviceRegistries',
        'status',
        'desiredCount',
        'runningCount',
        'pendingCount',
        'launchType',
        'taskDefinition',
        'deploymentConfiguration',
        'deployments',
        'events',
        'createdAt',
        'placementConstraints',
        'placementStrategy',
        'schedulingStrategy',
        'deploymentController',
        'enableECSManagedTags',
        'propagateTags',
        'enableExecuteCommand',
        'tags',
      ]),
    );
    expect(services[0]?.tags).toEqual([{ key: 'team', value: 'a' }]);
  });

  it('above 0 are deleted only by force; INACTIVE ones make room for a new one of their name', async () => {
    await ecs.register();
    await ecs.createService();
    await ecs.stable();
    expect(await refusal(ecs, 'DeleteService', { service: 'web' })).toBe(
      'InvalidParameterException: The service cannot be stopped while it is scaled above 0.',
    );
    await ecs.call('DeleteService', { service: 'web', force: true });
    expect(await refusal(ecs, 'UpdateService', { service: 'web', desiredCount: 2 })).toBe(
      'ServiceNotActiveException: Service was not ACTIVE.',
    );
    await ecs.until('INACTIVE', async () => (await ecs.service()).status === 'INACTIVE');
    expect(await ecs.call('ListServices', {})).toEqual({ serviceArns: [] });
    await ecs.createService();
    await ecs.stable();
  });
});

describe('UpdateService', () => {
  const network = (subnet: string) => ({
    networkConfiguration: { awsvpcConfiguration: { subnets: [subnet] } },
  });
  it.each([
    ['a new task definition', { taskDefinition: 'web:2' }, true],
    ['the same task definition', { taskDefinition: 'web:1' }, false],
    ['forceNewDeployment', { forceNewDeployment: true }, true],
    ['another load balancer', { ...behindBalancer }, true],
    ['another network', { ...network('subnet-2') }, true],
    ['the same network', { ...network('subnet-1') }, false],
    ['empty lists where there were none', { loadBalancers: [], volumeConfigurations: [] }, false],
    ['nulls', { taskDefinition: null, propagateTags: null }, false],
    ['desiredCount', { desiredCount: 2 }, false],
    ['deploymentConfiguration', { deploymentConfiguration: { minimumHealthyPercent: 50 } }, false],
    ['healthCheckGracePeriodSeconds', { healthCheckGracePeriodSeconds: 10 }, false],
    ['enableExecuteCommand', { enableExecuteCommand: true }, false],
  ])('with %s: starts a deployment = %#', async (_what, change, starts) => {
    const more = { networkMode: 'awsvpc' as const };
    await ecs.register(more);
    await ecs.register({ ...more, ...image('web:2') });
    await ecs.createService({ taskDefinition: 'web:1', ...network('subnet-1') });
    const before = await ecs.stable();
    const { service } = await ecs.call<{ service: Service }>('UpdateService', { service: 'web', ...change });
    expect(service.deployments?.[0]?.id !== before.deployments?.[0]?.id).toBe(starts);
  });

  it('refuses an inactive task definition and changes nothing', async () => {
    await ecs.register();
    await ecs.createService();
    const before = await ecs.stable();
    const arn = await ecs.register(image('web:2'));
    await ecs.call('DeregisterTaskDefinition', { taskDefinition: arn });
    expect(
      await refusal(ecs, 'UpdateService', { service: 'web', taskDefinition: arn, desiredCount: 5 }),
    ).toBe('ClientException: TaskDefinition is inactive');
    expect(await ecs.service()).toEqual(before);
  });
});

describe('UpdateService at the same moment', () => {
  it('answers each caller with the deployment that it asked for', async () => {
    const definitions = [
      await ecs.register(),
      await ecs.register(),
      await ecs.register(),
      await ecs.register(),
    ];
    await ecs.createService();
    await ecs.stable();
    const answers = await Promise.all(
      definitions
        .slice(1)
        .map((taskDefinition) =>
          ecs.call<{ service: Service }>('UpdateService', { service: 'web', taskDefinition }),
        ),
    );
    const primaries = answers.map(({ service }) => service.deployments?.[0]);
    expect(primaries.map((primary) => primary?.taskDefinition)).toEqual(definitions.slice(1));
    expect(new Set(primaries.map((primary) => primary?.id)).size).toBe(3);
    expect(new Set(answers.map(({ service }) => service.currentServiceDeployment)).size).toBe(3);
  });
});

describe('CreateService', () => {
  it('says so while one of that name is still draining', async () => {
    await ecs.register();
    await ecs.createService(behindBalancer);
    await ecs.stable();
    ecs.balancer.holdDraining = true;
    await ecs.call('DeleteService', { service: 'web', force: true });
    const again = { serviceName: 'web', taskDefinition: 'web', desiredCount: 1 };
    expect(await refusal(ecs, 'CreateService', again)).toBe(
      'InvalidParameterException: Unable to Start a service that is still Draining.',
    );
    ecs.balancer.holdDraining = false;
    ecs.balancer.finishDraining();
  });
});

describe('service revisions', () => {
  it('hold the digests that the deployment’s first task resolved, and later tasks run those', async () => {
    await ecs.register();
    await ecs.createService();
    const service = await ecs.stable();
    const [revision] = service.currentServiceRevisions ?? [];
    const { serviceRevisions } = await ecs.call<{
      serviceRevisions: { containerImages: { imageDigest: string }[] }[];
    }>('DescribeServiceRevisions', { serviceRevisionArns: [revision?.arn] });
    const digest = serviceRevisions[0]?.containerImages[0]?.imageDigest;
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    await ecs.call('UpdateService', { service: 'web', desiredCount: 2 });
    await ecs.stable();
    expect(ecs.runtime.pulls.map((pull) => pull.image)).toEqual([
      'localhost:5000/web:1',
      `localhost:5000/web@${digest}`,
    ]);
  });
});
