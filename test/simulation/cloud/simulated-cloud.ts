/**
 * An ECS and a registry in this process: the local ECS with all its operations and its scheduler, over simulated
 * containers. A seed's faults meet every call; strangers may update services.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DescribeServicesResponse, ListTasksResponse, Service } from '@aws-sdk/client-ecs';
import { createEcs } from '../../../src/local/ecs/index.ts';
import type { Operations } from '../../../src/local/wire/operations.ts';
import { FakeBalancer } from '../../local/ecs/fake-balancer.ts';
import { MemoryLogs } from '../../local/ecs/memory-logs.ts';
import type { DeploymentState, ServiceState } from '../record.ts';
import type { Scenario, ServiceScenario } from '../scenario.ts';
import { CallGate } from './call-gate.ts';
import { callOperation } from './clients.ts';
import { ContainerWorld } from './container-world.ts';
import { digestOf, Images, uriOf, type Version } from './images.ts';

/** Quick, yet so slow that a crash loop does not eat the machine. */
const TIMING = { healthyGraceMs: 20, restartBaseMs: 40, restartMaximumMs: 300, placementRetryMs: 200 };

/** One that the redactor knows by the name of its variable, and one that is in the URL it is used in. */
export const SECRETS = ['hunter2-never-shown', 'sesame-open-never'] as const;
const LAST_WORDS = [
  `connecting with ${SECRETS[0]}`,
  `no answer from postgres://app:${SECRETS[1]}@db/shop`,
  'ERROR giving up',
];

export const CLUSTER = 'shop';

export interface SimulatedCloud {
  readonly gate: CallGate;
  readonly images: Images;
  readonly logs: MemoryLogs;
  readonly operations: Operations;
  /** ECS's own events, by real time. */
  readonly timeline: { readonly atMs: number; readonly line: string }[];
  /** A service as it is, asked past the gate. */
  look(service: string): Promise<ServiceState>;
  lookAll(): Promise<Readonly<Record<string, ServiceState>>>;
  close(): Promise<void>;
}

export const startCloud = async (scenario: Scenario): Promise<SimulatedCloud> => {
  const images = new Images(scenario, LAST_WORDS);
  const containers = new ContainerWorld(scenario.seed, {
    behaviourOf: (digest) => images.behaviourOf(digest),
    digestOf: (image) => images.resolve(image),
  });
  const timeline: { atMs: number; line: string }[] = [];
  const logs = new MemoryLogs();
  const folder = await mkdtemp(join(memory(), 'slipway-simulation-'));
  const balancer = new FakeBalancer();
  const ecs = await createEcs({
    stateFile: join(folder, 'ecs.json'),
    accountId: '000000000000',
    region: 'us-east-1',
    targetGroups: balancer,
    serviceConnect: balancer,
    images: { pullCredentials: () => undefined, lookUp: () => undefined },
    logs,
    instance: `simulation-${scenario.seed}`,
    log: (line) => timeline.push({ atMs: Date.now(), line }),
    timing: TIMING,
    runtime: containers,
  });
  await ecs.start();
  const { operations } = ecs.service;
  const call = <O>(operation: string, input: unknown): Promise<O> =>
    callOperation(operations, operation, input);

  const describe = async (name: string): Promise<Service> => {
    const { services } = await call<DescribeServicesResponse>('DescribeServices', {
      cluster: CLUSTER,
      services: [name],
    });
    const [service] = services ?? [];
    if (!service) throw new Error(`the cloud has no service ${name}`);
    return service;
  };

  const foreign = new Map<string, string>();
  const gate = new CallGate({
    faults: scenario.faults,
    primaryOf: async (name) => primaryOf(await describe(name)),
    async interfere(service) {
      const taskDefinition = foreign.get(service);
      await call('UpdateService', { cluster: CLUSTER, service, taskDefinition });
      const atMs = Date.now();
      timeline.push({ atMs, line: `somebody else updated ${service}` });
      gate.calls.push({
        operation: 'UpdateService',
        service,
        input: { service, taskDefinition },
        by: null,
        startedAtMs: atMs,
        endedAtMs: atMs,
        done: true,
        outcome: 'ok',
      });
    },
  });

  const register = async (service: ServiceScenario, image: string): Promise<string> => {
    const { taskDefinition } = await call<{ taskDefinition: { taskDefinitionArn: string } }>(
      'RegisterTaskDefinition',
      definitionOf(service.name, image),
    );
    return taskDefinition.taskDefinitionArn;
  };

  const look = async (name: string): Promise<ServiceState> => {
    const service = await describe(name);
    const primary = primaryOf(service);
    const listed = await call<ListTasksResponse>('ListTasks', { cluster: CLUSTER, serviceName: name });
    const taskIds = new Set((listed.taskArns ?? []).map((arn) => arn.slice(arn.lastIndexOf('/') + 1)));
    const { taskDefinition } = await call<{
      taskDefinition: { containerDefinitions: { image: string }[] };
    }>('DescribeTaskDefinition', { taskDefinition: primary.taskDefinition });
    return {
      primary,
      desired: service.desiredCount ?? 0,
      image: taskDefinition.containerDefinitions[0]?.image ?? '',
      running: containers.running(taskIds),
      latest: images.latest.get(name) ?? null,
    };
  };

  await call('CreateCluster', { clusterName: CLUSTER });
  for (const service of scenario.services) {
    const version: Version = service.firstEver ? 'broken' : 'old';
    const pinned = `${uriOf(service.name)}@${digestOf(service.name, version)}`;
    const taskDefinition = await register(service, service.byTag ? `${uriOf(service.name)}:latest` : pinned);
    foreign.set(
      service.name,
      await register(service, `${uriOf(service.name)}@${digestOf(service.name, 'foreign')}`),
    );
    await call('CreateService', { ...serviceOf(service), taskDefinition });
    if (!service.firstEver) await completed(() => look(service.name));
  }

  return {
    gate,
    images,
    logs,
    operations,
    timeline,
    look,
    async lookAll() {
      const names = scenario.services.map(({ name }) => name);
      return Object.fromEntries(
        await Promise.all(names.map(async (name) => [name, await look(name)] as const)),
      );
    },
    async close() {
      await ecs.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

/** Its state file is no part of what is tested: where there is a folder in memory, no disk is waited for. */
const memory = (): string => (existsSync('/dev/shm') ? '/dev/shm' : tmpdir());

const definitionOf = (name: string, image: string) => ({
  family: name,
  networkMode: 'bridge',
  runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: 'LINUX' },
  containerDefinitions: [
    {
      name: 'app',
      image,
      memory: 64,
      healthCheck: { command: ['CMD-SHELL', 'true'] },
      environment: [{ name: 'DB_PASSWORD', value: SECRETS[0] }],
      logConfiguration: {
        logDriver: 'awslogs',
        options: { 'awslogs-group': CLUSTER, 'awslogs-region': 'us-east-1', 'awslogs-stream-prefix': name },
      },
    },
  ],
});

const serviceOf = ({ name, desired, breaker, minimumHealthyPercent }: ServiceScenario) => ({
  cluster: CLUSTER,
  serviceName: name,
  desiredCount: desired,
  launchType: 'EC2',
  deploymentConfiguration: {
    minimumHealthyPercent,
    maximumPercent: 200,
    deploymentCircuitBreaker: { enable: breaker !== 'off', rollback: breaker === 'rollback' },
  },
});

const primaryOf = (service: Service): DeploymentState => {
  const primary = service.deployments?.find(({ status }) => status === 'PRIMARY');
  return {
    id: primary?.id ?? '',
    taskDefinition: primary?.taskDefinition ?? '',
    rolloutState: primary?.rolloutState ?? '',
  };
};

const completed = async (look: () => Promise<ServiceState>): Promise<void> => {
  for (const untilMs = Date.now() + 10_000; Date.now() < untilMs; ) {
    if ((await look()).primary.rolloutState === 'COMPLETED') return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`a service did not come up: ${JSON.stringify(await look())}`);
};
