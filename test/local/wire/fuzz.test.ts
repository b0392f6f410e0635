// Thousands of spoilt requests to every operation of every service, on the real endpoint over a fake engine.
// SLIPWAY_FUZZ_SEED=<seed> repeats one hunt, but for the ids that the endpoint gives; SLIPWAY_FUZZ_CALLS=<count>
// makes it longer.

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as ecr from '@aws-sdk/client-ecr';
import * as ecs from '@aws-sdk/client-ecs';
import * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import * as secrets from '@aws-sdk/client-secrets-manager';
import * as ssm from '@aws-sdk/client-ssm';
import * as sts from '@aws-sdk/client-sts';
import { afterAll, describe, expect, it } from '@jest/globals';
import { type AwsEndpoint, startAwsEndpoint } from '../../../src/local/endpoint.ts';
import { listenOn } from '../../../src/local/wire/listen.ts';
import type { AwsService } from '../../../src/local/wire/operations.ts';
import { operationSchemas } from '../../../src/local/wire/schema.ts';
import { randomFrom } from '../../random.ts';
import { FakeRuntime } from '../ecs/fake-runtime.ts';
import { type Answer, closeFuzzClient, damage, encode, type Spoken, send } from './fuzz-client.ts';
import { seeds } from './fuzz-seeds.ts';
import { Memory, pick, randomInput, spoil } from './random-input.ts';
import { credentials } from './start-wire.ts';

const seed = Number(process.env.SLIPWAY_FUZZ_SEED ?? 20_261_123);
const calls = Number(process.env.SLIPWAY_FUZZ_CALLS ?? 1200);

const exported = (sdk: object): Readonly<Record<string, unknown>> => sdk as Readonly<Record<string, unknown>>;
const services: readonly Spoken[] = [
  { name: 'ecs', protocol: 'json', prefix: 'AmazonEC2ContainerServiceV20141113', sdk: exported(ecs) },
  { name: 'ecr', protocol: 'json', prefix: 'AmazonEC2ContainerRegistry_V20150921', sdk: exported(ecr) },
  { name: 'logs', protocol: 'json', prefix: 'Logs_20140328', sdk: exported(logs) },
  { name: 'elasticloadbalancing', protocol: 'query', prefix: '2015-12-01', sdk: exported(elb) },
  { name: 'secretsmanager', protocol: 'json', prefix: 'secretsmanager', sdk: exported(secrets) },
  { name: 'ssm', protocol: 'json', prefix: 'AmazonSSM', sdk: exported(ssm) },
  { name: 'sts', protocol: 'query', prefix: '2011-06-15', sdk: exported(sts) },
  {
    name: 'monitoring',
    protocol: 'json',
    prefix: 'GraniteServiceVersion20100801',
    sdk: exported(cloudwatch),
  },
  {
    name: 'monitoring',
    protocol: 'cbor',
    prefix: 'GraniteServiceVersion20100801',
    sdk: exported(cloudwatch),
  },
  { name: 'monitoring', protocol: 'query', prefix: '2010-08-01', sdk: exported(cloudwatch) },
];

const folders: string[] = [];
const closers: (() => Promise<void>)[] = [];
const endpoints = new Set<AwsEndpoint>();
afterAll(async () => {
  closeFuzzClient();
  for (const endpoint of endpoints) await endpoint.close();
  for (const close of closers) await close();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function start(folder: string, logged: string[], runtime: FakeRuntime): Promise<AwsEndpoint> {
  const endpoint = await startAwsEndpoint({
    folder: join(folder, 'state'),
    port: 0,
    accountId: '000000000000',
    region: 'us-east-1',
    ...credentials,
    registryUrl: await emptyRegistry(),
    instance: 'fuzz',
    runtime,
    strict: true,
    timing: { healthyGraceMs: 5 },
    log: (line) => logged.push(line),
  });
  endpoints.add(endpoint);
  return endpoint;
}

/** Takes any upload and has nothing. */
async function emptyRegistry(): Promise<string> {
  const server = (): Server =>
    createServer((request, response) => {
      request.resume();
      const location = '/v2/x/blobs/uploads/1';
      const status = { POST: 202, PATCH: 202, PUT: 201 }[request.method ?? ''] ?? 404;
      response.writeHead(status, { location, range: '0-0' }).end();
    });
  const { port, close } = await listenOn(server, 0);
  closers.push(() => close(0));
  return `http://127.0.0.1:${port}`;
}

async function freePort(): Promise<number> {
  const { port, close } = await listenOn(() => createServer(), 0);
  await close(0);
  return port;
}

describe('spoilt requests', () => {
  it('are all answered, without a 5xx, and nothing is lost', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-fuzz-'));
    folders.push(folder);
    const logged: string[] = [];
    const runtime = new FakeRuntime();
    const endpoint = await start(folder, logged, runtime);
    const memories = new Map(services.map(({ name }) => [name, new Memory()]));
    await tour(endpoint, 'before');
    const operations = await known(endpoint);
    memories.get('elasticloadbalancing')?.learn(String(await freePort()), 'freePort');

    const random = randomFrom(seed);
    const statuses: Record<string, number> = {};
    const one = async ({ spoken, operation } = pick(random, operations), good = false): Promise<void> => {
      // What is gone can no longer be spoilt.
      if (/^(Delete|Deregister)/.test(operation) && random() < 0.9) return;
      const memory = memories.get(spoken.name) ?? new Memory();
      const generator = { random, memory, sdk: spoken.sdk };
      const seeded = good || random() < 0.7 ? seeds[operation]?.(random, memory) : undefined;
      let input: unknown = seeded ?? randomInput(schemasOf(spoken, operation).input, generator);
      // Half as it is: what is refused at once reaches nothing that could break.
      for (let round = good ? 0 : random() * 2; round > 1; round -= 0.5) input = spoil(input, random);
      let body = encode(spoken, operation, input);
      if (!good && random() < 0.05) body = damage(body, random);
      const answer = await send(endpoint.port, spoken, operation, body).catch((error: unknown) => {
        throw new Error(`${told(spoken, operation, body)}: ${String(error)}\n${logged.slice(-3).join('\n')}`);
      });
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      check(spoken, operation, body, answer, logged);
      if (answer.status !== 200) return;
      if (spoken.protocol === 'query') memory.learnXml(answer.body);
      else memory.learn(JSON.parse(answer.body));
    };
    const creations = operations.filter(
      ({ operation }) => /^(Create|Put|Register)/.test(operation) && seeds[operation],
    );
    for (let done = 0; done < calls; done += 10) {
      // Now and then all that could be missing is made again.
      if (done % 200 === 0) for (const creation of creations) await one(creation, true);
      await Promise.all(Array.from({ length: 10 }, () => one()));
    }
    process.stdout.write(`wire fuzz: seed ${seed}, ${calls} calls, answers ${JSON.stringify(statuses)}\n`);

    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(await readdir(folder)).toEqual(['state']);
    await tour(endpoint, 'after');
    await endpoint.close();
    endpoints.delete(endpoint);
    // All that was written can be read.
    await tour(await start(folder, logged, runtime), 'restarted');
    expect(logged.filter((line) => line.includes('failed (request') || line.includes('broke off'))).toEqual(
      [],
    );
  }, 600_000);
});

function told(spoken: Spoken, operation: string, body: Buffer): string {
  const shown = body.subarray(0, 2000).toString('utf8');
  return `SLIPWAY_FUZZ_SEED=${seed}: ${spoken.name} ${operation} (${spoken.protocol}) ${shown}`;
}

function check(
  spoken: Spoken,
  operation: string,
  body: Buffer,
  answer: Answer,
  logged: readonly string[],
): void {
  const context = `${told(spoken, operation, body)}\n-> ${answer.status} ${answer.body.slice(0, 500)}\n${logged.slice(-3).join('\n')}`;
  if (answer.status >= 500 || answer.status < 200) throw new Error(context);
  if (answer.requestId === undefined) throw new Error(`no request id: ${context}`);
  const shaped = spoken.protocol === 'query' ? isXml(answer) : isJson(answer);
  if (!shaped) throw new Error(`not AWS-shaped: ${context}`);
}

function isXml({ status, body }: Answer): boolean {
  return status === 200 ? /^<\w+Response /.test(body) : /<Code>\w+<\/Code>/.test(body);
}

function isJson({ status, body }: Answer): boolean {
  const parsed = JSON.parse(body) as { __type?: unknown };
  return status === 200 || typeof parsed.__type === 'string';
}

function schemasOf(spoken: Spoken, operation: string): NonNullable<ReturnType<typeof operationSchemas>> {
  const found = operationSchemas({ schemas: spoken.sdk } as unknown as AwsService, operation);
  if (found === undefined) throw new Error(`no schema for ${operation}`);
  return found;
}

/** What the endpoint has, of all that the SDKs know. */
async function known(endpoint: AwsEndpoint): Promise<{ spoken: Spoken; operation: string }[]> {
  const all = services.flatMap((spoken) =>
    Object.keys(spoken.sdk)
      .filter((name) => name.endsWith('$') && (spoken.sdk[name] as unknown[])[0] === 9)
      .map((name) => ({ spoken, operation: name.slice(0, -1) })),
  );
  const found: typeof all = [];
  for (const each of all) {
    const nothing = encode(each.spoken, each.operation, {});
    const { body } = await send(endpoint.port, each.spoken, each.operation, nothing);
    if (!body.includes('does not know the operation')) found.push(each);
  }
  return found;
}

/** A service that comes up, with what belongs to it: the endpoint is of use. */
async function tour(endpoint: AwsEndpoint, name: string): Promise<void> {
  const client = { endpoint: endpoint.url, region: 'us-east-1', credentials, maxAttempts: 1 };
  const [ecsClient, ecrClient] = [new ecs.ECSClient(client), new ecr.ECRClient(client)];
  await ecrClient.send(new ecr.CreateRepositoryCommand({ repositoryName: name }));
  await ecsClient.send(new ecs.CreateClusterCommand({ clusterName: name }));
  await ecsClient.send(
    new ecs.RegisterTaskDefinitionCommand({
      family: name,
      containerDefinitions: [{ name: 'web', image: 'localhost:5000/web:1', memory: 64 }],
    }),
  );
  const service = { cluster: name, taskDefinition: name, serviceName: name, desiredCount: 2 };
  await ecsClient.send(new ecs.CreateServiceCommand(service));
  for (const deadline = Date.now() + 10_000; ; ) {
    const answer = await ecsClient.send(new ecs.DescribeServicesCommand({ cluster: name, services: [name] }));
    if (answer.services?.[0]?.deployments?.[0]?.rolloutState === 'COMPLETED') break;
    if (Date.now() > deadline) throw new Error(`${name} did not come up: ${JSON.stringify(answer.services)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await ecsClient.send(new ecs.ListTasksCommand({ cluster: name }));
  const elbClient = new elb.ElasticLoadBalancingV2Client(client);
  await elbClient.send(new elb.CreateTargetGroupCommand({ Name: name, Protocol: 'HTTP', Port: 80 }));
  await elbClient.send(new elb.CreateLoadBalancerCommand({ Name: name }));
  const logsClient = new logs.CloudWatchLogsClient(client);
  await logsClient.send(new logs.CreateLogGroupCommand({ logGroupName: name }));
  await logsClient.send(new logs.CreateLogStreamCommand({ logGroupName: name, logStreamName: name }));
  await logsClient.send(new logs.DescribeLogGroupsCommand({}));
}
