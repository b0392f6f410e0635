import { EventEmitter, once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeLogGroupsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateRepositoryCommand, DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { CreateClusterCommand, DescribeClustersCommand, ECSClient } from '@aws-sdk/client-ecs';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TaskRuntime } from '../../src/local/ecs/tasks/task-runtime.ts';
import { type AwsEndpoint, startAwsEndpoint } from '../../src/local/endpoint.ts';
import { listenOn } from '../../src/local/wire/listen.ts';

let folder: string;
const open: AwsEndpoint[] = [];
const credentials = { accessKeyId: 'AKIALOCAL', secretAccessKey: 'local-secret' };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-endpoint-'));
});
afterEach(async () => {
  for (const endpoint of open.splice(0)) await endpoint.close();
  await rm(folder, { recursive: true, force: true });
});

/** An engine without containers: what runs is no matter of these tests. */
const emptyEngine = {
  start: async () => ({ hostAddress: '127.0.0.1' }),
  list: async () => [],
  close: async () => undefined,
} as unknown as TaskRuntime;

async function start(port = 0, runtime = emptyEngine): Promise<AwsEndpoint> {
  const endpoint = await startAwsEndpoint({
    folder,
    port,
    accountId: '000000000000',
    region: 'us-east-1',
    ...credentials,
    // Nothing is pushed or pulled here.
    registryUrl: 'http://127.0.0.1:1',
    instance: 'test',
    runtime,
    strict: true,
    log: (line) => console.error(line),
  });
  open.push(endpoint);
  return endpoint;
}

const config = ({ url }: Pick<AwsEndpoint, 'url'>) => ({
  endpoint: url,
  region: 'us-east-1',
  credentials,
  maxAttempts: 1,
});

async function freePort(): Promise<number> {
  const { port, close } = await listenOn(() => createServer(), 0);
  await close();
  return port;
}

describe('the endpoint', () => {
  it('lets go of its ports when it closes, also when its last state cannot be saved', async () => {
    const endpoint = await start();
    const port = await freePort();
    const elb = new ElasticLoadBalancingV2Client(config(endpoint));
    const { LoadBalancers } = await elb.send(new CreateLoadBalancerCommand({ Name: 'main' }));
    await elb.send(
      new CreateListenerCommand({
        LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn,
        Protocol: 'HTTP',
        Port: port,
        DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '200' } }],
      }),
    );
    open.pop();
    await rm(folder, { recursive: true });
    await expect(endpoint.close()).rejects.toThrow('cannot be saved');
    for (const each of [port, endpoint.port]) await (await listenOn(() => createServer(), each)).close();
  });

  it('answers for every service on one port, and knows all of it after a restart', async () => {
    const first = await start();
    const loadBalancerPort = await freePort();
    await new ECSClient(config(first)).send(new CreateClusterCommand({ clusterName: 'production' }));
    await new ECRClient(config(first)).send(new CreateRepositoryCommand({ repositoryName: 'api' }));
    await new CloudWatchLogsClient(config(first)).send(
      new CreateLogGroupCommand({ logGroupName: '/ecs/api' }),
    );
    const elb = new ElasticLoadBalancingV2Client(config(first));
    const { LoadBalancers } = await elb.send(new CreateLoadBalancerCommand({ Name: 'main' }));
    const { TargetGroups } = await elb.send(
      new CreateTargetGroupCommand({ Name: 'api', Protocol: 'HTTP', Port: 80 }),
    );
    await elb.send(
      new CreateListenerCommand({
        LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn,
        Protocol: 'HTTP',
        Port: loadBalancerPort,
        DefaultActions: [{ Type: 'forward', TargetGroupArn: TargetGroups?.[0]?.TargetGroupArn }],
      }),
    );
    await first.close();
    await expect(fetch(`http://localhost:${loadBalancerPort}/`)).rejects.toThrow();

    const second = await start();
    const { clusters } = await new ECSClient(config(second)).send(
      new DescribeClustersCommand({ clusters: ['production'] }),
    );
    expect(clusters).toMatchObject([{ clusterName: 'production', status: 'ACTIVE' }]);
    const { repositories } = await new ECRClient(config(second)).send(new DescribeRepositoriesCommand({}));
    expect(repositories).toMatchObject([{ repositoryUri: `localhost:${second.port}/api` }]);
    const { logGroups } = await new CloudWatchLogsClient(config(second)).send(
      new DescribeLogGroupsCommand({}),
    );
    expect(logGroups).toMatchObject([{ logGroupName: '/ecs/api' }]);
    const described = await new ElasticLoadBalancingV2Client(config(second)).send(
      new DescribeLoadBalancersCommand({}),
    );
    expect(described.LoadBalancers).toHaveLength(1);
    expect((await fetch(`http://localhost:${loadBalancerPort}/`)).status).toBe(503);
    expect(await new STSClient(config(second)).send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: '000000000000',
    });
  });

  it.each(['ecr.json', 'elb.json', 'ecs.json'])(
    'does not start over a half-written %s, names it, leaves it alone and leaves no port open',
    async (name) => {
      const port = await freePort();
      await (await start(port)).close();
      const before = '{"version":1,"state":{"reposi';
      await writeFile(join(folder, name), before);
      await expect(start(port)).rejects.toThrow(join(folder, name));
      expect(await readFile(join(folder, name), 'utf8')).toBe(before);
      await expect(fetch(`http://localhost:${port}/`)).rejects.toThrow();
    },
  );

  it('says which port is taken', async () => {
    const { port } = await start();
    await expect(start(port)).rejects.toThrow(`port ${port} on 127.0.0.1 is already in use`);
  });
});

describe('while the engine has not told yet what runs', () => {
  const spoken = new EventEmitter();
  afterEach(() => {
    spoken.emit('word');
  });

  /** An endpoint that is starting, and how to end the engine's silence. */
  async function starting(answer: () => Promise<[]>) {
    const port = await freePort();
    const listed = new EventEmitter();
    const list = async (): Promise<[]> => {
      setImmediate(() => listed.emit('asked'));
      await once(spoken, 'word');
      return answer();
    };
    const endpoint = start(port, { ...emptyEngine, list });
    endpoint.catch(() => undefined);
    await once(listed, 'asked');
    const client = config({ url: `http://localhost:${port}` });
    return { port, endpoint, client, speak: () => spoken.emit('word') };
  }

  it('ECS answers nothing, not even reads; the other services and the registry do', async () => {
    const { port, endpoint, client, speak } = await starting(async () => []);
    const ecs = new ECSClient(client);
    let answers = 0;
    const calls = [ecs.send(new DescribeClustersCommand({})), ecs.send(new CreateClusterCommand({}))].map(
      (call) => Promise.resolve(call).then(() => (answers += 1)),
    );
    await new STSClient(client).send(new GetCallerIdentityCommand({}));
    await new ECRClient(client).send(new DescribeRepositoriesCommand({}));
    expect((await fetch(`http://localhost:${port}/v2/`)).status).toBe(401);
    expect(answers).toBe(0);
    speak();
    await endpoint;
    await Promise.all(calls);
    expect(answers).toBe(2);
  });

  it('and if it never does, who waits is told so, and the port is let go of', async () => {
    const { port, endpoint, client, speak } = await starting(() => Promise.reject(new Error('no engine')));
    const call = new ECSClient(client).send(new DescribeClustersCommand({}));
    const refused = expect(call).rejects.toMatchObject({
      name: 'ServerException',
      message: 'The local ECS ended before it had started.',
    });
    // By when this is answered, the one before it waits.
    await new STSClient(client).send(new GetCallerIdentityCommand({}));
    speak();
    const since = Date.now();
    await refused;
    await expect(endpoint).rejects.toThrow('no engine');
    // Not by the time that is given to calls under way: none is.
    expect(Date.now() - since).toBeLessThan(2_000);
    await (await listenOn(() => createServer(), port)).close();
  });
});
