// What DescribeClusters shows: the counts always, the rest only when asked for, as ECS does.
import type { Cluster } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Harness, startHarness } from '../harness.ts';

let ecs: Harness;
beforeEach(async () => {
  ecs = await startHarness();
  await ecs.call('CreateCluster', {
    clusterName: 'prod',
    tags: [{ key: 'team', value: 'web' }],
    settings: [{ name: 'containerInsights', value: 'enabled' }],
    configuration: { executeCommandConfiguration: { logging: 'DEFAULT' } },
  });
});
afterEach(() => ecs.close());

async function described(cluster: string, include?: string[]): Promise<Cluster | undefined> {
  const { clusters } = await ecs.call<{ clusters: Cluster[] }>('DescribeClusters', {
    clusters: [cluster],
    ...(include && { include }),
  });
  return clusters[0];
}

describe('DescribeClusters', () => {
  it('without `include` shows neither tags nor settings, configuration or statistics', async () => {
    const cluster = await described('prod');
    expect(cluster).toMatchObject({ clusterName: 'prod', tags: [], settings: [], statistics: [] });
    expect(cluster).not.toHaveProperty('configuration');
  });

  it.each([
    ['TAGS', { tags: [{ key: 'team', value: 'web' }], settings: [] }],
    ['SETTINGS', { settings: [{ name: 'containerInsights', value: 'enabled' }], tags: [] }],
    ['CONFIGURATIONS', { configuration: { executeCommandConfiguration: { logging: 'DEFAULT' } } }],
  ])('with %s shows that', async (field, shown) => {
    expect(await described('prod', [field])).toMatchObject(shown);
  });

  it('with STATISTICS counts tasks and services by launch type', async () => {
    const { taskDefinition } = await ecs.call<{ taskDefinition: { taskDefinitionArn: string } }>(
      'RegisterTaskDefinition',
      {
        family: 'fargate',
        requiresCompatibilities: ['FARGATE'],
        networkMode: 'awsvpc',
        cpu: '256',
        memory: '512',
        containerDefinitions: [{ name: 'web', image: 'web:1' }],
      },
    );
    const service = {
      taskDefinition: taskDefinition.taskDefinitionArn,
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
      desiredCount: 0,
    };
    await ecs.call('CreateService', { ...service, serviceName: 'one' });
    await ecs.call('CreateService', { ...service, serviceName: 'two' });
    const statistics = Object.fromEntries(
      ((await described('default', ['STATISTICS']))?.statistics ?? []).map(({ name, value }) => [
        name ?? '',
        value,
      ]),
    );
    expect(statistics).toEqual({
      runningEC2TasksCount: '0',
      runningFargateTasksCount: '0',
      pendingEC2TasksCount: '0',
      pendingFargateTasksCount: '0',
      activeEC2ServiceCount: '0',
      activeFargateServiceCount: '2',
      drainingEC2ServiceCount: '0',
      drainingFargateServiceCount: '0',
    });
  });
});

describe('an ARN of another cluster', () => {
  const arn = (resource: string): string => `arn:aws:ecs:us-east-1:000000000000:${resource}`;
  it.each([
    ['DescribeServices', { services: [arn('service/prod/web')] }],
    ['UpdateService', { service: arn('service/prod/web'), desiredCount: 1 }],
    ['DeleteService', { service: arn('service/prod/web') }],
    ['DescribeTasks', { tasks: [arn(`task/prod/${'0'.repeat(32)}`)] }],
    ['StopTask', { task: arn(`task/prod/${'0'.repeat(32)}`) }],
  ])('is refused by %s', async (operation, input) => {
    await expect(ecs.call(operation, { ...input, cluster: 'default' })).rejects.toMatchObject({
      code: 'InvalidParameterException',
      message: 'Invalid identifier: Identifier is for cluster prod. Your cluster is default',
    });
  });

  it('is told from an old ARN, which names none', async () => {
    expect(await ecs.call('DescribeServices', { services: [arn('service/web')] })).toMatchObject({
      failures: [{ reason: 'MISSING' }],
    });
  });
});

it.each([
  ['CreateCluster', { clusterName: 'new' }],
  ['PutClusterCapacityProviders', { cluster: 'prod' }],
])(
  '%s refuses a default strategy with a provider that the cluster does not have',
  async (operation, input) => {
    const strategy = (capacityProvider: string) => ({
      ...input,
      capacityProviders: ['FARGATE'],
      defaultCapacityProviderStrategy: [{ capacityProvider, weight: 1 }],
    });
    await expect(ecs.call(operation, strategy('FARGATE_SPOT'))).rejects.toMatchObject({
      code: 'InvalidParameterException',
      message: expect.stringContaining('is not associated with the cluster'),
    });
    expect(await ecs.call(operation, strategy('FARGATE'))).toMatchObject({ cluster: { status: 'ACTIVE' } });
  },
);
