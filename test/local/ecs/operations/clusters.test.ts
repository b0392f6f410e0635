// What clusters do as clients call them: how they answer, and how they refuse.
import type { Cluster } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Harness, refusal, startHarness } from '../harness.ts';

let ecs: Harness;
beforeEach(async () => {
  ecs = await startHarness();
});
afterEach(() => ecs.close());

describe('clusters', () => {
  it('are made once, listed, described with misses, and deleted when empty', async () => {
    const first = await ecs.call('CreateCluster', {
      clusterName: 'prod',
      serviceConnectDefaults: { namespace: 'apps' },
    });
    const second = await ecs.call('CreateCluster', { clusterName: 'prod' });
    expect(second).toEqual(first);
    expect(await ecs.call('ListClusters', {})).toMatchObject({
      clusterArns: [expect.stringContaining(':cluster/default'), expect.stringContaining(':cluster/prod')],
    });
    expect(await ecs.call('DescribeClusters', { clusters: ['prod', 'none'] })).toMatchObject({
      clusters: [{ clusterName: 'prod', status: 'ACTIVE', serviceConnectDefaults: { namespace: 'apps' } }],
      failures: [{ arn: 'arn:aws:ecs:us-east-1:000000000000:cluster/none', reason: 'MISSING' }],
    });
    expect(await ecs.call('DeleteCluster', { cluster: 'prod' })).toMatchObject({
      cluster: { status: 'INACTIVE' },
    });
  });

  it('with services cannot be deleted', async () => {
    await ecs.register();
    await ecs.createService({ desiredCount: 0 });
    expect(await refusal(ecs, 'DeleteCluster', { cluster: 'default' })).toMatch(
      /^ClusterContainsServicesException/,
    );
  });

  it('changed by two callers at once are answered to each as that one left them', async () => {
    await ecs.call('CreateCluster', { clusterName: 'shared' });
    const values = ['enabled', 'disabled'];
    const answers = await Promise.all(
      values.map((value) =>
        ecs.call<{ cluster: Cluster }>('UpdateClusterSettings', {
          cluster: 'shared',
          settings: [{ name: 'containerInsights', value }],
        }),
      ),
    );
    expect(answers.map(({ cluster }) => cluster.settings?.[0]?.value)).toEqual(values);
  });
});
