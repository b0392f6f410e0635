// A task runs each of its containers once, whatever comes between: what is found under its name was made for it.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDockerRuntime } from '../../../src/local/docker/index.ts';
import { labels } from '../../../src/local/docker/labels.ts';
import type { ContainerSpec } from '../../../src/local/ecs/tasks/task-runtime.ts';

const never = '0001-01-01T00:00:00Z';
const earlier = '2026-11-24T00:00:00.123456789Z';

const spec: ContainerSpec = {
  taskId: '0123456789abcdef0123456789abcdef',
  name: 'migrate',
  imageId: 'sha256:1',
  image: 'migrate:1',
  platform: 'linux/amd64',
  labels: {},
  environment: {},
  ports: [],
  taskPorts: [],
  hostAliases: [],
  network: 'bridge',
  extraHosts: [],
  dnsServers: [],
  dnsSearchDomains: [],
  links: [],
  volumesFrom: [],
  linux: { addCapabilities: [], dropCapabilities: [], tmpfs: [], sysctls: {}, securityOptions: [] },
  mounts: [],
  privileged: false,
  readOnlyRoot: false,
  init: false,
  stopTimeoutMs: 1000,
  sharedNetwork: false,
  ulimits: [],
};

interface State {
  readonly Status: string;
  readonly StartedAt: string;
  readonly ExitCode: number;
}

/** An engine that has a container under the task's name already. */
let found: State;
let started: number;
let server: Server;

const answers: [RegExp, () => [status: number, body: unknown]][] = [
  [/^GET \/version$/, () => [200, { ApiVersion: '1.41' }]],
  [/\/_ping$/, () => [200, 'OK']],
  [/\/info$/, () => [200, { OperatingSystem: 'Linux' }]],
  [
    /\/networks\//,
    () => [200, { Labels: { [labels.instance]: 'one' }, IPAM: { Config: [{ Gateway: '127.0.0.1' }] } }],
  ],
  [/^POST .*\/containers\/create/, () => [409, { message: 'Conflict.' }]],
  [
    /^POST .*\/start$/,
    () => {
      started += 1;
      const isRunning = found.Status === 'running';
      found = { Status: 'running', StartedAt: earlier, ExitCode: 0 };
      return [isRunning ? 304 : 204, undefined];
    },
  ],
  [
    /^GET .*\/containers\//,
    () => [
      200,
      {
        Id: 'one',
        State: found,
        Config: {
          Labels: {
            [labels.instance]: 'one',
            [labels.task]: spec.taskId,
            [labels.container]: spec.name,
          },
        },
        HostConfig: { NetworkMode: 'slipway-one' },
        NetworkSettings: { Networks: {}, Ports: {} },
      },
    ],
  ],
];

beforeEach(async () => {
  started = 0;
  server = createServer((request, response) => {
    const asked = `${request.method} ${request.url}`;
    const [, answer] = answers.find(([pattern]) => pattern.test(asked)) ?? [];
    const [status, body] = answer?.() ?? [500, { message: `unexpected: ${asked}` }];
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe('a container that is there already', () => {
  it.each([
    ['was made only', { Status: 'created', StartedAt: never, ExitCode: 0 }, 1, { state: 'running' }],
    ['could not be started', { Status: 'dead', StartedAt: never, ExitCode: 128 }, 1, { state: 'running' }],
    ['runs', { Status: 'running', StartedAt: earlier, ExitCode: 0 }, 1, { state: 'running' }],
    ['has ended', { Status: 'exited', StartedAt: earlier, ExitCode: 3 }, 0, { state: 'exited', exitCode: 3 }],
    [
      'has ended and is half removed',
      { Status: 'dead', StartedAt: earlier, ExitCode: 0 },
      0,
      { state: 'exited', exitCode: 0 },
    ],
  ])('and %s', async (_what, state, starts, seen) => {
    found = state;
    const { port } = server.address() as AddressInfo;
    const runtime = createDockerRuntime({
      instance: 'one',
      images: { pullCredentials: () => undefined, lookUp: () => undefined },
      docker: { protocol: 'http', host: '127.0.0.1', port },
      log: () => undefined,
    });
    expect(await runtime.run(spec)).toMatchObject({ taskId: spec.taskId, name: 'migrate', ...seen });
    expect(started).toBe(starts);
    await runtime.close();
  });
});
