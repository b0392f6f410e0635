// Account settings and capacity providers: little depends on them here, but clients ask for them.
import type { CapacityProvider, Cluster, Failure, Setting } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Harness, startHarness } from '../harness.ts';

let ecs: Harness;
beforeEach(async () => {
  ecs = await startHarness();
});
afterEach(() => ecs.close());

const list = async (input: object): Promise<Setting[]> =>
  (await ecs.call<{ settings: Setting[] }>('ListAccountSettings', input)).settings;

describe('account settings', () => {
  it('in effect are all; without `effectiveSettings` only those that were set', async () => {
    expect(await list({})).toEqual([]);
    expect(await list({ name: 'taskLongArnFormat', effectiveSettings: true })).toEqual([
      {
        name: 'taskLongArnFormat',
        value: 'enabled',
        principalArn: 'arn:aws:iam::000000000000:root',
        type: 'user',
      },
    ]);
    await ecs.call('PutAccountSetting', { name: 'awsvpcTrunking', value: 'enabled' });
    expect(await list({})).toMatchObject([{ name: 'awsvpcTrunking', value: 'enabled' }]);
    await ecs.call('DeleteAccountSetting', { name: 'awsvpcTrunking' });
    expect(await list({})).toEqual([]);
  });

  it('come in pages of ten', async () => {
    const first = await ecs.call<{ settings: Setting[]; nextToken: string }>('ListAccountSettings', {
      effectiveSettings: true,
    });
    expect(first.settings).toHaveLength(10);
    const rest = await list({ effectiveSettings: true, nextToken: first.nextToken });
    expect(new Set([...first.settings, ...rest].map(({ name }) => name)).size).toBe(10 + rest.length);
  });

  it('give new clusters their Container Insights', async () => {
    await ecs.call('PutAccountSettingDefault', { name: 'containerInsights', value: 'enhanced' });
    const { cluster } = await ecs.call<{ cluster: Cluster }>('CreateCluster', { clusterName: 'new' });
    expect(cluster.settings).toEqual([{ name: 'containerInsights', value: 'enhanced' }]);
  });

  it.each([
    ['a read-only one', { name: 'guardDutyActivate', value: 'on' }, /read-only/],
    ['one without a value', { name: 'containerInsights', value: '' }, /Value/],
  ])('refuse %s', async (_, input, message) => {
    await expect(ecs.call('PutAccountSetting', input)).rejects.toMatchObject({
      code: 'InvalidParameterException',
      message: expect.stringMatching(message),
    });
  });
});

describe('DescribeCapacityProviders', () => {
  it('knows Fargate’s two and those of the clusters; others are failures', async () => {
    await ecs.call('PutClusterCapacityProviders', {
      cluster: 'default',
      capacityProviders: ['FARGATE', 'machines'],
      defaultCapacityProviderStrategy: [],
    });
    const all = await ecs.call<{ capacityProviders: CapacityProvider[] }>('DescribeCapacityProviders', {});
    expect(all.capacityProviders.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'FARGATE ACTIVE',
      'FARGATE_SPOT ACTIVE',
      'machines ACTIVE',
    ]);
    const some = await ecs.call<{ capacityProviders: CapacityProvider[]; failures: Failure[] }>(
      'DescribeCapacityProviders',
      { capacityProviders: ['machines', 'none'] },
    );
    expect(some.capacityProviders).toHaveLength(1);
    expect(some.failures).toEqual([
      { arn: expect.stringMatching(/:capacity-provider\/none$/), reason: 'MISSING' },
    ]);
  });
});
