// What `startAwsEndpoint` is told of pace, limits, machines and secrets reaches the part that it is meant for.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListContainerInstancesCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from '@aws-sdk/client-ecs';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type AwsEndpoint, type AwsEndpointOptions, startAwsEndpoint } from '../../src/local/endpoint.ts';
import { freePorts } from '../../src/local/stack/ports.ts';
import { FakeRuntime } from './ecs/fake-runtime.ts';

const credentials = { accessKeyId: 'AKIALOCAL', secretAccessKey: 'local-secret' };
let folder: string;
let runtime: FakeRuntime;
let endpoint: AwsEndpoint;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-settings-'));
  runtime = new FakeRuntime();
});
afterEach(async () => {
  await endpoint.close();
  await rm(folder, { recursive: true, force: true });
});

const config = () => ({ endpoint: endpoint.url, region: 'us-east-1', credentials, maxAttempts: 1 });

async function startEcs(settings: Partial<AwsEndpointOptions>): Promise<ECSClient> {
  endpoint = await startAwsEndpoint({
    folder,
    port: 0,
    accountId: '000000000000',
    region: 'us-east-1',
    ...credentials,
    registryUrl: 'http://127.0.0.1:1',
    instance: 'test',
    runtime: runtime.connection().runtime,
    strict: true,
    log: () => undefined,
    ...settings,
  });
  const ecs = new ECSClient(config());
  await ecs.send(new CreateClusterCommand({}));
  return ecs;
}

const define = (ecs: ECSClient) =>
  ecs.send(
    new RegisterTaskDefinitionCommand({
      family: 'web',
      executionRoleArn: 'arn:aws:iam::000000000000:role/execution',
      containerDefinitions: [
        {
          name: 'web',
          image: 'localhost:5000/web:1',
          memory: 64,
          secrets: [{ name: 'KEY', valueFrom: 'key' }],
        },
      ],
    }),
  );

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 5000; Date.now() < deadline; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`never: ${what}`);
}

describe('startAwsEndpoint passes on', () => {
  it('the clocks of ECS', async () => {
    const ecs = await startEcs({ timing: { healthyGraceMs: 0 } });
    await define(ecs);
    await writeFile(join(folder, 'secrets.json'), '{"key": "value"}');
    await ecs.send(new CreateServiceCommand({ serviceName: 'web', taskDefinition: 'web', desiredCount: 1 }));
    const described = async () => ecs.send(new DescribeServicesCommand({ services: ['web'] }));
    // With the grace of a laptop (3 s) it would not be there yet.
    const startedAtMs = Date.now();
    await until('stable', async () => {
      const { services } = await described();
      return services?.[0]?.deployments?.[0]?.rolloutState === 'COMPLETED';
    });
    expect(Date.now() - startedAtMs).toBeLessThan(2500);
    await ecs.send(new DeleteServiceCommand({ service: 'web', force: true }));
  });

  it('request limits', async () => {
    const ecs = await startEcs({
      rateLimits: [{ operations: ['ListContainerInstances'], burst: 1, perSecond: 0 }],
    });
    const ask = () => ecs.send(new ListContainerInstancesCommand({}));
    await ask();
    await expect(ask()).rejects.toMatchObject({ name: 'ThrottlingException' });
  });

  it('container instances', async () => {
    const machine = { cpuArchitecture: 'ARM64', cpu: 1024, memoryMiB: 512 } as const;
    const ecs = await startEcs({ containerInstances: [machine, machine, machine] });
    expect((await ecs.send(new ListContainerInstancesCommand({}))).containerInstanceArns).toHaveLength(3);
  });

  it('the secrets file', async () => {
    const secretsFile = join(folder, 'elsewhere.json');
    await writeFile(secretsFile, '{"key": "from elsewhere"}');
    const ecs = await startEcs({ secretsFile });
    await define(ecs);
    const { tasks } = await ecs.send(new RunTaskCommand({ taskDefinition: 'web' }));
    await until('running', async () => {
      const answer = await ecs.send(new DescribeTasksCommand({ tasks: [tasks?.[0]?.taskArn ?? ''] }));
      return answer.tasks?.[0]?.lastStatus === 'RUNNING';
    });
    expect(runtime.specs[0]?.environment.KEY).toBe('from elsewhere');
  });

  it('how often a new target is checked', async () => {
    await startEcs({ newTargetCheckMs: 1 });
    let checks = 0;
    const target = createServer((_request, response) => {
      checks += 1;
      response.writeHead(500).end();
    });
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    const elb = new ElasticLoadBalancingV2Client(config());
    const { LoadBalancers } = await elb.send(new CreateLoadBalancerCommand({ Name: 'main' }));
    const { TargetGroups } = await elb.send(
      new CreateTargetGroupCommand({ Name: 'web', Protocol: 'HTTP', Port: 80 }),
    );
    const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn;
    const [Port] = await freePorts(1);
    await elb.send(
      new CreateListenerCommand({
        LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn,
        Protocol: 'HTTP',
        Port,
        DefaultActions: [{ Type: 'forward', TargetGroupArn }],
      }),
    );
    const { port } = target.address() as AddressInfo;
    await elb.send(
      new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: '127.0.0.1', Port: port }] }),
    );
    // At the 300 ms of a laptop these would take 15 s, at ELB's interval 25 minutes.
    await until('50 checks', async () => checks >= 50);
    target.close();
  });
});
