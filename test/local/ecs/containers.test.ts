// Tasks with several containers, their order, their logs and their network.

import type {
  ContainerDefinition,
  CreateServiceCommandInput,
  ServiceConnectService,
} from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Harness, startHarness, webDefinition } from './harness.ts';

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
});

describe('a task for', () => {
  it.each([
    [undefined, 'linux/amd64'],
    [{ cpuArchitecture: 'X86_64' as const }, 'linux/amd64'],
    [{ cpuArchitecture: 'ARM64' as const }, 'linux/arm64'],
  ])('%j pulls %s', async (runtimePlatform, platform) => {
    await ecs.register({ ...webDefinition, ...(runtimePlatform && { runtimePlatform }) });
    await ecs.call('RunTask', { taskDefinition: 'web' });
    await ecs.until('it runs', async () => ecs.runtime.specs.length === 1);
    expect(ecs.runtime.pulls).toEqual([{ image: 'localhost:5000/web:1', platform }]);
    expect(ecs.runtime.specs[0]?.platform).toBe(platform);
  });
});

describe('Service Connect', () => {
  const connect = (services?: ServiceConnectService[]): Partial<CreateServiceCommandInput> => ({
    serviceConnectConfiguration: { enabled: true, namespace: 'apps', ...(services && { services }) },
  });

  it('opens the names that a service offers, and gives them to tasks of the same namespace only', async () => {
    await ecs.register();
    await ecs.createService(connect([{ portName: 'http', clientAliases: [{ dnsName: 'API', port: 80 }] }]));
    await ecs.stable();
    expect([...ecs.balancer.aliases]).toEqual(['arn:aws:slipway-local:alias/api/80']);
    await ecs.createService({ serviceName: 'client', ...connect() });
    await ecs.createService({ serviceName: 'stranger' });
    await ecs.createService({
      serviceName: 'elsewhere',
      serviceConnectConfiguration: { enabled: true, namespace: 'other' },
    });
    for (const name of ['client', 'stranger', 'elsewhere']) await ecs.stable(name);
    const aliases = Object.fromEntries(
      ecs.runtime.specs.map(({ labels, hostAliases }) => [labels['slipway.local.service'], hostAliases]),
    );
    expect(aliases).toEqual({ web: ['api'], client: ['api'], stranger: [], elsewhere: [] });
  });

  it('closes them when the service is deleted', async () => {
    await ecs.register();
    await ecs.createService(connect([{ portName: 'http', clientAliases: [{ dnsName: 'api', port: 80 }] }]));
    await ecs.stable();
    await ecs.call('DeleteService', { service: 'web', force: true });
    await ecs.until('closed', async () => ecs.balancer.aliases.size === 0);
  });
});
