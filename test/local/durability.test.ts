// What was answered is on disk: a copy of the folder, made when the answer came, is what kill -9 would leave.
import { cp, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as ecr from '@aws-sdk/client-ecr';
import * as ecs from '@aws-sdk/client-ecs';
import * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type AwsEndpoint, startAwsEndpoint } from '../../src/local/endpoint.ts';
import { FakeRuntime } from './ecs/fake-runtime.ts';
import { credentials } from './wire/start-wire.ts';

let folder: string;
const open: AwsEndpoint[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-durable-'));
});
afterEach(async () => {
  for (const endpoint of open.splice(0)) await endpoint.close().catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
});

async function start(name = 'state', logged: string[] = []) {
  const endpoint = await startAwsEndpoint({
    folder: join(folder, name),
    port: 0,
    accountId: '000000000000',
    region: 'us-east-1',
    ...credentials,
    registryUrl: 'http://127.0.0.1:1',
    instance: 'durable',
    runtime: new FakeRuntime(),
    timing: { healthyGraceMs: 5 },
    strict: true,
    log: (line) => logged.push(line),
  });
  open.push(endpoint);
  const client = { endpoint: endpoint.url, region: 'us-east-1', credentials, maxAttempts: 1 };
  return {
    endpoint,
    ecs: new ecs.ECSClient(client),
    ecr: new ecr.ECRClient(client),
    elb: new elb.ElasticLoadBalancingV2Client(client),
    logs: new logs.CloudWatchLogsClient(client),
    cloudwatch: new cloudwatch.CloudWatchClient(client),
  };
}
type Started = Awaited<ReturnType<typeof start>>;

const definition = { family: 'web', containerDefinitions: [{ name: 'web', image: 'web:1', memory: 64 }] };
const service = { serviceName: 'web', taskDefinition: 'web', desiredCount: 0 };

async function withService(): Promise<Started> {
  const started = await start();
  await started.ecs.send(new ecs.CreateClusterCommand({}));
  await started.ecs.send(new ecs.RegisterTaskDefinitionCommand(definition));
  await started.ecs.send(new ecs.CreateServiceCommand(service));
  return started;
}

async function described(started: Started): Promise<ecs.Service> {
  const answer = await started.ecs.send(new ecs.DescribeServicesCommand({ services: ['web'] }));
  const [found] = answer.services ?? [];
  if (!found) throw new Error('no service');
  return found;
}

describe('an answered call survives kill -9', () => {
  const alarm = {
    AlarmName: 'a',
    MetricName: 'M',
    Namespace: 'N',
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanThreshold',
  } as const;

  it.each<[string, (to: Started) => Promise<unknown>, (from: Started) => Promise<unknown>, unknown]>([
    [
      'CreateCluster',
      ({ ecs: client }) => client.send(new ecs.CreateClusterCommand({ clusterName: 'c' })),
      async ({ ecs: client }) => (await client.send(new ecs.ListClustersCommand({}))).clusterArns?.length,
      1,
    ],
    [
      'RegisterTaskDefinition',
      ({ ecs: client }) => client.send(new ecs.RegisterTaskDefinitionCommand(definition)),
      async ({ ecs: client }) =>
        (await client.send(new ecs.DescribeTaskDefinitionCommand({ taskDefinition: 'web' }))).taskDefinition
          ?.revision,
      1,
    ],
    [
      'CreateRepository',
      ({ ecr: client }) => client.send(new ecr.CreateRepositoryCommand({ repositoryName: 'api' })),
      async ({ ecr: client }) =>
        (await client.send(new ecr.DescribeRepositoriesCommand({}))).repositories?.[0]?.repositoryName,
      'api',
    ],
    [
      'CreateTargetGroup',
      ({ elb: client }) =>
        client.send(new elb.CreateTargetGroupCommand({ Name: 'g', Protocol: 'HTTP', Port: 80 })),
      async ({ elb: client }) =>
        (await client.send(new elb.DescribeTargetGroupsCommand({}))).TargetGroups?.[0]?.TargetGroupName,
      'g',
    ],
    [
      'CreateLogGroup',
      ({ logs: client }) => client.send(new logs.CreateLogGroupCommand({ logGroupName: 'l' })),
      async ({ logs: client }) =>
        (await client.send(new logs.DescribeLogGroupsCommand({}))).logGroups?.[0]?.logGroupName,
      'l',
    ],
    [
      'PutLogEvents',
      async ({ logs: client }) => {
        await client.send(new logs.CreateLogGroupCommand({ logGroupName: 'l' }));
        await client.send(new logs.CreateLogStreamCommand({ logGroupName: 'l', logStreamName: 's' }));
        const logEvents = [{ timestamp: Date.now(), message: 'hello' }];
        await client.send(new logs.PutLogEventsCommand({ logGroupName: 'l', logStreamName: 's', logEvents }));
      },
      async ({ logs: client }) =>
        (await client.send(new logs.FilterLogEventsCommand({ logGroupName: 'l' }))).events?.[0]?.message,
      'hello',
    ],
    [
      'SetAlarmState',
      async ({ cloudwatch: client }) => {
        await client.send(new cloudwatch.PutMetricAlarmCommand(alarm));
        const state = { AlarmName: 'a', StateValue: 'ALARM', StateReason: 'x' } as const;
        await client.send(new cloudwatch.SetAlarmStateCommand(state));
      },
      async ({ cloudwatch: client }) =>
        (await client.send(new cloudwatch.DescribeAlarmsCommand({}))).MetricAlarms?.[0]?.StateValue,
      'ALARM',
    ],
  ])('%s', async (_operation, change, look, expected) => {
    await change(await start());
    await cp(join(folder, 'state'), join(folder, 'copy'), { recursive: true });
    expect(await look(await start('copy'))).toBe(expected);
  });
});

describe('a hundred calls at once on one service', () => {
  it('are all answered; the service has the last one, and the disk what was answered', async () => {
    const started = await withService();
    const wanted = Array.from({ length: 100 }, (_, index) => index % 7);
    const answers = await Promise.all(
      wanted.map((desiredCount) =>
        started.ecs.send(new ecs.UpdateServiceCommand({ service: 'web', desiredCount })),
      ),
    );
    for (const { service: answered } of answers) {
      expect(answered?.deployments?.filter(({ status }) => status === 'PRIMARY')).toHaveLength(1);
    }
    const now = await described(started);
    const onDisk = JSON.parse(await readFile(join(folder, 'state', 'ecs.json'), 'utf8')) as {
      state: { services: Record<string, { desiredCount: number; deployments: unknown[] }> };
    };
    const [written] = Object.values(onDisk.state.services);
    expect(written?.desiredCount).toBe(now.desiredCount);
    expect(wanted).toContain(now.desiredCount);
  });

  it('that each begin a deployment: one PRIMARY, and every refusal is ECS’s own', async () => {
    const started = await withService();
    const update = new ecs.UpdateServiceCommand({
      service: 'web',
      forceNewDeployment: true,
      desiredCount: 1,
    });
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => started.ecs.send(update)));
    const refusals = outcomes.filter((outcome) => outcome.status === 'rejected');
    for (const { reason } of refusals) expect(reason).toBeInstanceOf(ecs.InvalidParameterException);
    expect(refusals.length).toBeLessThan(100);
    for (const deadline = Date.now() + 5000; Date.now() < deadline; ) {
      if ((await described(started)).deployments?.[0]?.rolloutState === 'COMPLETED') break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const { deployments, runningCount } = await described(started);
    expect(deployments).toMatchObject([{ status: 'PRIMARY', rolloutState: 'COMPLETED', runningCount: 1 }]);
    expect(runningCount).toBe(1);
  });
});

describe('a disk that takes nothing', () => {
  it('is told to the client as ServerException; nothing that was answered before is lost', async () => {
    const logged: string[] = [];
    const started = await start('state', logged);
    await started.ecs.send(new ecs.CreateClusterCommand({ clusterName: 'before' }));
    await rename(join(folder, 'state'), join(folder, 'away'));
    const refused = started.ecs.send(new ecs.CreateClusterCommand({ clusterName: 'after' }));
    await expect(refused).rejects.toMatchObject({
      name: 'ServerException',
      message: expect.stringMatching(/^The local state cannot be saved: ENOENT \(.*ecs\.json\)$/),
      $metadata: { httpStatusCode: 500 },
    });
    expect(logged.join()).toContain('ecs:CreateCluster failed');
    await rename(join(folder, 'away'), join(folder, 'state'));
    // What SDKs do by themselves after a 500.
    await started.ecs.send(new ecs.CreateClusterCommand({ clusterName: 'after' }));
    await cp(join(folder, 'state'), join(folder, 'copy'), { recursive: true });
    const { clusterArns } = await (await start('copy')).ecs.send(new ecs.ListClustersCommand({}));
    expect(clusterArns).toHaveLength(2);
  });
});
