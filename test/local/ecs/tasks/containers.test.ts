// Tasks with several containers, their order, their logs and their network.

import type {
  ContainerDefinition,
  CreateServiceCommandInput,
  ServiceConnectService,
} from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Harness, startHarness, webDefinition } from '../harness.ts';

let ecs: Harness;
beforeEach(async () => {
  ecs = await startHarness();
});
afterEach(() => ecs.close());

const container = (name: string, more: Partial<ContainerDefinition> = {}): ContainerDefinition => ({
  name,
  image: `localhost:5000/${name}:1`,
  memory: 32,
  ...more,
});

async function run(...containerDefinitions: ContainerDefinition[]): Promise<void> {
  await ecs.register({ containerDefinitions });
  await ecs.call('RunTask', { taskDefinition: 'web' });
}

describe('a task of several containers', () => {
  it('starts them in the order of their dependencies', async () => {
    ecs.runtime.behaviours = {
      'localhost:5000/migrate': { exitsWith: 0 },
      'localhost:5000/db': { health: 'healthy' },
    };
    await run(
      container('app', {
        dependsOn: [
          { containerName: 'migrate', condition: 'SUCCESS' },
          { containerName: 'db', condition: 'HEALTHY' },
        ],
      }),
      container('migrate', { essential: false, dependsOn: [{ containerName: 'db', condition: 'START' }] }),
      container('db', { healthCheck: { command: ['CMD', 'true'] } }),
    );
    await ecs.until('RUNNING', async () => (await ecs.tasks())[0]?.lastStatus === 'RUNNING');
    expect(ecs.runtime.calls).toEqual(['run db', 'run migrate', 'run app']);
    expect(await ecs.tasks()).toMatchObject([
      {
        healthStatus: 'HEALTHY',
        containers: [{}, { name: 'migrate', lastStatus: 'STOPPED', exitCode: 0 }, {}],
      },
    ]);
  });

  it('does not start when a dependency fails', async () => {
    ecs.runtime.behaviours = { 'localhost:5000/migrate': { exitsWith: 1 } };
    await run(
      container('app', { dependsOn: [{ containerName: 'migrate', condition: 'SUCCESS' }] }),
      container('migrate', { essential: false }),
    );
    await ecs.until(
      'STOPPED',
      async () => (await ecs.tasks({ desiredStatus: 'STOPPED' }))[0]?.lastStatus === 'STOPPED',
    );
    expect(ecs.runtime.calls).toEqual(['run migrate']);
    expect(await ecs.tasks({ desiredStatus: 'STOPPED' })).toMatchObject([{ stopCode: 'TaskFailedToStart' }]);
  });

  it('stops the others when an essential one ends, and goes on when another does', async () => {
    await run(container('app'), container('helper', { essential: false }), container('sidecar'));
    await ecs.until('RUNNING', async () => (await ecs.tasks())[0]?.lastStatus === 'RUNNING');
    const idOf = (name: string): string =>
      ecs.runtime.running().find(({ spec }) => spec.name === name)?.observation.runtimeId ?? '';
    ecs.runtime.exit(idOf('helper'), 0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await ecs.tasks())[0]?.lastStatus).toBe('RUNNING');
    ecs.runtime.exit(idOf('sidecar'), 5);
    await ecs.until(
      'STOPPED',
      async () => (await ecs.tasks({ desiredStatus: 'STOPPED' }))[0]?.lastStatus === 'STOPPED',
    );
    expect(ecs.runtime.calls).toContain('stop app after 30000 ms');
    expect(ecs.runtime.calls).not.toContain('stop helper after 30000 ms');
  });

  it('shares one network on awsvpc, and not on bridge', async () => {
    const definitions = [container('a', { portMappings: [{ containerPort: 1 }] }), container('b')];
    await ecs.register({ networkMode: 'awsvpc', containerDefinitions: definitions });
    const network = { networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } } };
    await ecs.call('RunTask', { taskDefinition: 'web', ...network });
    await ecs.until('both run', async () => ecs.runtime.specs.length === 2);
    expect(ecs.runtime.specs.map(({ sharedNetwork }) => sharedNetwork)).toEqual([true, true]);
    expect(ecs.runtime.specs[1]?.taskPorts).toEqual([{ containerPort: 1, protocol: 'tcp' }]);
    await run(...definitions);
    await ecs.until('four run', async () => ecs.runtime.specs.length === 4);
    expect(ecs.runtime.specs[3]?.sharedNetwork).toBe(false);
  });
});

describe('logs', () => {
  it('go to the group and stream that awslogs names, and outlive the task', async () => {
    ecs.runtime.behaviours = { 'localhost:5000/app': { logs: ['one', 'two'], exitsWith: 0 } };
    const options = { 'awslogs-group': '/app', 'awslogs-stream-prefix': 'ecs' };
    await run(container('app', { logConfiguration: { logDriver: 'awslogs', options } }));
    await ecs.until(
      'STOPPED',
      async () => (await ecs.tasks({ desiredStatus: 'STOPPED' }))[0]?.lastStatus === 'STOPPED',
    );
    const [task] = await ecs.tasks({ desiredStatus: 'STOPPED' });
    expect([...ecs.logs.lines]).toEqual([
      [`/app ecs/app/${task?.taskArn?.split('/').at(-1)}`, ['one', 'two']],
    ]);
  });

  it('are told once, though the endpoint was killed in between and the engine tells them again', async () => {
    ecs.runtime.behaviours = { 'localhost:5000/app': { logs: ['one', 'two', 'two', '', 'three'] } };
    const options = { 'awslogs-group': '/app', 'awslogs-stream-prefix': 'ecs' };
    await run(container('app', { logConfiguration: { logDriver: 'awslogs', options } }));
    const lines = (): string[] => [...ecs.logs.lines.values()].flat();
    await ecs.until('told', async () => lines().length === 4);
    await ecs.restart();
    await ecs.until('RUNNING', async () => (await ecs.tasks())[0]?.lastStatus === 'RUNNING');
    await ecs.call('StopTask', { task: (await ecs.tasks())[0]?.taskArn });
    await ecs.until(
      'STOPPED',
      async () => (await ecs.tasks({ desiredStatus: 'STOPPED' }))[0]?.lastStatus === 'STOPPED',
    );
    expect(lines()).toEqual(['one', 'two', 'two', 'three']);
  });

  it('have their group, unless the task shall make it: else it does not start', async () => {
    ecs.logs.missingGroups.add('/app');
    const options = { 'awslogs-group': '/app', 'awslogs-stream-prefix': 'ecs' };
    await run(
      container('app', { logConfiguration: { logDriver: 'awslogs', options } }),
      container('helper', {}),
    );
    await ecs.until(
      'STOPPED',
      async () => (await ecs.tasks({ desiredStatus: 'STOPPED' }))[0]?.lastStatus === 'STOPPED',
    );
    const reason =
      'CannotStartContainerError: Error response from daemon: failed to initialize logging driver: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.';
    const [task] = await ecs.tasks({ desiredStatus: 'STOPPED' });
    expect(task).toMatchObject({ stopCode: 'TaskFailedToStart', stoppedReason: reason });
    expect(task?.containers?.map((each) => [each.name, each.reason])).toEqual([
      ['app', reason],
      ['helper', undefined],
    ]);
    expect(ecs.runtime.calls).toEqual([]);
    const made = { ...options, 'awslogs-create-group': 'true' };
    await run(container('app', { logConfiguration: { logDriver: 'awslogs', options: made } }));
    await ecs.until('RUNNING', async () => (await ecs.tasks())[0]?.lastStatus === 'RUNNING');
  });
});

describe('a task for', () => {
  it.each([
    [undefined, 'linux/amd64'],
    [{ cpuArchitecture: 'X86_64' as const }, 'linux/amd64'],
    [{ cpuArchitecture: 'ARM64' as const }, 'linux/arm64'],
    [{ operatingSystemFamily: 'LINUX' as const }, 'linux/amd64'],
    [
      { operatingSystemFamily: 'WINDOWS_SERVER_2019_CORE' as const, cpuArchitecture: 'X86_64' as const },
      'windows/amd64',
    ],
  ])('%j pulls %s', async (runtimePlatform, platform) => {
    await ecs.register({ ...webDefinition, ...(runtimePlatform && { runtimePlatform }) });
    await ecs.call('RunTask', { taskDefinition: 'web' });
    await ecs.until('it runs', async () => ecs.runtime.specs.length === 1);
    expect(ecs.runtime.pulls).toEqual([{ image: 'localhost:5000/web:1', platform }]);
    expect(ecs.runtime.specs[0]?.platform).toBe(platform);
  });
});

describe('Service Connect', () => {
  const connect = (
    services?: ServiceConnectService[],
    namespace: string | null = 'apps',
  ): Partial<CreateServiceCommandInput> => ({
    serviceConnectConfiguration: {
      enabled: true,
      ...(namespace !== null && { namespace }),
      ...(services && { services }),
    },
  });
  const api: ServiceConnectService = { portName: 'http', clientAliases: [{ dnsName: 'API', port: 80 }] };
  const opened = (): string[] =>
    [...ecs.balancer.aliases].map((arn) => arn.replace('arn:aws:slipway-local:alias/', ''));
  /** By service: the names that its task may call. */
  const callable = () =>
    Object.fromEntries(
      ecs.runtime.specs.map(({ labels, hostAliases }) => [labels['slipway.local.service'], hostAliases]),
    );
  const addressOf = (service: string): string =>
    ecs.runtime.running().find(({ spec }) => spec.labels['slipway.local.service'] === service)?.observation
      .address ?? '';

  it('opens the names that a service offers, and gives them to tasks of the same namespace only', async () => {
    await ecs.register();
    await ecs.createService(connect([api]));
    await ecs.stable();
    expect(opened()).toEqual(['apps/api/80']);
    await ecs.createService({ serviceName: 'client', ...connect() });
    await ecs.createService({ serviceName: 'stranger' });
    await ecs.createService({ serviceName: 'elsewhere', ...connect([], 'other') });
    for (const name of ['client', 'stranger', 'elsewhere']) await ecs.stable(name);
    expect(callable()).toEqual({ web: ['api'], client: ['api'], stranger: [], elsewhere: [] });
  });

  it('keeps the same name of two namespaces apart, and tells by its address whose names a task means', async () => {
    await ecs.register();
    await ecs.createService(connect([api]));
    await ecs.createService({ serviceName: 'other', ...connect([api], 'arn:aws:x:::namespace/other') });
    // The cluster's own, where the service names none.
    await ecs.createService({ serviceName: 'own', ...connect([api], null) });
    await ecs.createService({ serviceName: 'stranger' });
    for (const name of ['web', 'other', 'own', 'stranger']) await ecs.stable(name);
    expect(opened().sort()).toEqual(['apps/api/80', 'default/api/80', 'other/api/80']);
    expect(
      ['web', 'other', 'own', 'stranger'].map((name) => ecs.balancer.namespaceOf(addressOf(name))),
    ).toEqual(['apps', 'other', 'default', undefined]);
    expect(ecs.balancer.namespaceOf('192.0.2.1')).toBeUndefined();
    const [{ groupArn } = { groupArn: '' }] = [...ecs.balancer.registered.keys()].map((key) => ({
      groupArn: key.split(' ')[0] ?? '',
    }));
    expect(ecs.balancer.targets(groupArn)).toHaveLength(1);
  });

  it.each<[string, ServiceConnectService, string]>([
    ['its port name and namespace', { portName: 'http' }, 'apps/http.apps/8080'],
    ['its discovery name', { portName: 'http', discoveryName: 'shop' }, 'apps/shop.apps/8080'],
    [
      'the port of an alias without a name',
      { portName: 'http', discoveryName: 'shop', clientAliases: [{ port: 80 }] },
      'apps/shop.apps/80',
    ],
  ])('names a service without dnsName by %s', async (_what, service, alias) => {
    await ecs.register();
    await ecs.createService(connect([service]));
    await ecs.stable();
    expect(opened()).toEqual([alias]);
    const { deployments } = await ecs.service();
    expect(deployments?.[0]?.serviceConnectResources).toMatchObject([
      { discoveryName: service.discoveryName ?? 'http' },
    ]);
  });

  it('closes them when the service is deleted', async () => {
    await ecs.register();
    await ecs.createService(connect([api]));
    await ecs.stable();
    await ecs.call('DeleteService', { service: 'web', force: true });
    await ecs.until('closed', async () => ecs.balancer.aliases.size === 0);
  });
});
