// Service Connect on real containers: the same names in two namespaces, and a protocol that is no HTTP.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type AwsEndpoint, startAwsEndpoint } from '../../src/local/endpoint.ts';
import { freePorts } from '../../src/local/stack/ports.ts';

const credentials = { accessKeyId: 'AKIALOCAL', secretAccessKey: 'local-secret' };
const place = { accountId: '123456789012', region: 'eu-central-1' };

let folder: string;
const log: string[] = [];
let endpoint: AwsEndpoint;
let ecs: ECSClient;
let logs: CloudWatchLogsClient;
/** Taken at run time: the proxy has them on the network's gateway. */
let httpPort: number;
let tcpPort: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-connect-'));
  [httpPort = 0, tcpPort = 0] = await freePorts(2);
  endpoint = await startAwsEndpoint({
    ...place,
    ...credentials,
    folder,
    port: 0,
    // Nothing is pushed here.
    registryUrl: 'http://127.0.0.1:1',
    instance: `connect-${process.pid}`,
    timing: { healthyGraceMs: 200 },
    strict: true,
    log: (line) => log.push(line),
  });
  const config = { endpoint: endpoint.url, region: place.region, credentials };
  ecs = new ECSClient(config);
  logs = new CloudWatchLogsClient(config);
  await ecs.send(new CreateClusterCommand({ clusterName: 'apps' }));
}, 60_000);

afterAll(async () => {
  await endpoint?.close();
  await endpoint?.removeContainers();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

async function run(serviceName: string, namespace: string, script: string, serves: boolean): Promise<void> {
  const portMappings = serves
    ? [
        { name: 'web', containerPort: 8080, appProtocol: 'http' as const },
        { name: 'cache', containerPort: 6379 },
      ]
    : [];
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: serviceName,
      containerDefinitions: [
        {
          name: 'app',
          image: 'busybox:stable',
          command: ['sh', '-c', script],
          memory: 32,
          stopTimeout: 1,
          portMappings,
          logConfiguration: {
            logDriver: 'awslogs',
            options: {
              'awslogs-group': `/${serviceName}`,
              'awslogs-region': place.region,
              'awslogs-stream-prefix': 'ecs',
              'awslogs-create-group': 'true',
            },
          },
        },
      ],
    }),
  );
  const services = serves
    ? [
        { portName: 'web', clientAliases: [{ dnsName: 'api', port: httpPort }] },
        { portName: 'cache', clientAliases: [{ dnsName: 'cache', port: tcpPort }] },
      ]
    : [];
  await ecs.send(
    new CreateServiceCommand({
      cluster: 'apps',
      serviceName,
      taskDefinition: serviceName,
      desiredCount: 1,
      serviceConnectConfiguration: { enabled: true, namespace, services },
    }),
  );
}

/** One line for each answer, from HTTP and from TCP, until the test has seen enough. */
const client = (): string =>
  `while :; do echo "http: $(wget -qO- http://api:${httpPort}/ 2>&1)"; echo "tcp: $(echo hi | nc -w 2 cache ${tcpPort} 2>&1)"; sleep 0.3; done`;
const server = (name: string): string =>
  `mkdir /www; echo ${name} > /www/index.html; httpd -p 8080 -h /www; echo 'echo tcp-${name}; cat' > /answer; exec nc -ll -p 6379 -e sh /answer`;

it('gives each namespace its own services, by HTTP and by TCP, and the two never meet', async () => {
  await run('shop-server', 'shop', server('shop'), true);
  await run('lab-server', 'lab', server('lab'), true);
  await run('shop-client', 'shop', client(), false);
  await run('lab-client', 'lab', client(), false);
  const said = async (service: string): Promise<string[]> => {
    const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName: `/${service}` }));
    return (events ?? []).map(({ message = '' }) => message);
  };
  for (const [service, own, others] of [
    ['shop-client', 'shop', 'lab'],
    ['lab-client', 'lab', 'shop'],
  ] as const) {
    let lines: string[] = [];
    const enough = () =>
      lines.filter((line) => line === `http: ${own}`).length >= 5 &&
      lines.filter((line) => line === `tcp: tcp-${own}`).length >= 3;
    for (const deadline = Date.now() + 60_000; !enough() && Date.now() < deadline; ) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      lines = await said(service).catch(() => []);
    }
    if (!enough()) throw new Error(`${service} saw ${JSON.stringify(lines.slice(0, 20))}\n${log.join('\n')}`);
    expect(lines.filter((line) => line.endsWith(others))).toEqual([]);
  }
}, 150_000);
