// The whole local ECS in this process, on a fake runtime; operations are called as the wire calls them.
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type {
  CreateServiceCommandInput,
  DescribeServicesCommandOutput,
  RegisterTaskDefinitionCommandInput,
  Service,
  Task,
} from '@aws-sdk/client-ecs';
import { createEcs, type Ecs, type EcsOptions } from '../../../src/local/ecs/index.ts';
import type { Timing } from '../../../src/local/ecs/timing.ts';
import type { Operation } from '../../../src/local/wire/operations.ts';
import { operationSchemas } from '../../../src/local/wire/schema.ts';
import { checkShape } from '../../../src/local/wire/shape-check.ts';
import { FakeBalancer } from './fake-balancer.ts';
import { FakeRuntime } from './fake-runtime.ts';
import { MemoryLogs } from './memory-logs.ts';

export interface Harness {
  readonly runtime: FakeRuntime;
  readonly balancer: FakeBalancer;
  readonly logs: MemoryLogs;
  readonly lines: string[];
  readonly stateFile: string;
  call<O = Record<string, unknown>>(operation: string, input: unknown): Promise<O>;
  register(overrides?: Partial<RegisterTaskDefinitionCommandInput>): Promise<string>;
  createService(overrides?: Partial<CreateServiceCommandInput>): Promise<Service>;
  service(name?: string): Promise<Service>;
  tasks(filter?: Record<string, unknown>): Promise<Task[]>;
  /** Waits, in steps of the event loop, until the condition holds; fails with what it last saw. */
  until(what: string, condition: () => Promise<unknown>): Promise<void>;
  stable(name?: string): Promise<Service>;
  /** Ends the endpoint as kill -9 does, and starts a new one on the same state file and containers. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export const quick: Partial<Timing> = { healthyGraceMs: 5, restartBaseMs: 2, restartMaximumMs: 10 };

export async function startHarness(
  timing: Partial<Timing> = quick,
  more: Partial<EcsOptions> = {},
): Promise<Harness> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-ecs-'));
  const stateFile = join(folder, 'ecs.json');
  const runtime = new FakeRuntime();
  const balancer = new FakeBalancer();
  const logs = new MemoryLogs();
  const lines: string[] = [];
  let connection = runtime.connection();
  const open = (): Promise<Ecs> => {
    connection = runtime.connection();
    return createEcs({
      stateFile,
      accountId: '000000000000',
      region: 'us-east-1',
      targetGroups: balancer,
      serviceConnect: balancer,
      images: { pullCredentials: () => undefined, lookUp: () => undefined },
      logs,
      instance: 'test',
      log: (line) => lines.push(line),
      timing,
      runtime: connection.runtime,
      ...more,
    });
  };
  let ecs = await open();
  await ecs.start();

  const call = async <O>(operation: string, input: unknown): Promise<O> => {
    const run = ecs.service.operations[operation] as Operation<unknown, O> | undefined;
    if (!run) throw new Error(`no operation ${operation}`);
    const answer = await run(input, { accountId: '000000000000', region: 'us-east-1', requestId: 'test' });
    const schemas = operationSchemas(ecs.service, operation);
    const problems = schemas ? checkShape(schemas.output, answer, 'object') : [];
    if (problems.length > 0) throw new Error(`${operation}: ${JSON.stringify(problems)}`);
    return answer;
  };
  const harness: Harness = {
    runtime,
    balancer,
    logs,
    lines,
    stateFile,
    call,
    async register(overrides) {
      const { taskDefinition } = await call<{ taskDefinition: { taskDefinitionArn: string } }>(
        'RegisterTaskDefinition',
        { ...webDefinition, ...overrides },
      );
      return taskDefinition.taskDefinitionArn;
    },
    async createService(overrides) {
      const input = { serviceName: 'web', taskDefinition: 'web', desiredCount: 1, ...overrides };
      const { service } = await call<{ service: Service }>('CreateService', input);
      return service;
    },
    async service(name = 'web') {
      const answer = await call<DescribeServicesCommandOutput>('DescribeServices', { services: [name] });
      const [service] = answer.services ?? [];
      if (!service) throw new Error(`no service ${name}`);
      return service;
    },
    async tasks(filter = {}) {
      const { taskArns } = await call<{ taskArns: string[] }>('ListTasks', filter);
      if (taskArns.length === 0) return [];
      const { tasks } = await call<{ tasks: Task[] }>('DescribeTasks', {
        tasks: taskArns,
        include: ['TAGS'],
      });
      return tasks;
    },
    async until(what, condition) {
      for (const deadline = Date.now() + 3000; Date.now() < deadline; ) {
        if (await condition()) return;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      throw new Error(
        `never: ${what}\n${JSON.stringify(await harness.service().catch(String), null, 1)}\n${lines.join('\n')}`,
      );
    },
    async stable(name = 'web') {
      await harness.until(`${name} is stable`, async () => {
        const service = await harness.service(name);
        const [only, ...others] = service.deployments ?? [];
        return (
          others.length === 0 &&
          only?.rolloutState === 'COMPLETED' &&
          service.runningCount === service.desiredCount
        );
      });
      return harness.service(name);
    },
    async restart() {
      connection.cut();
      void ecs.close();
      ecs = await open();
      await ecs.start();
    },
    async close() {
      await ecs.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await call('CreateCluster', {});
  return harness;
}

export const webDefinition: RegisterTaskDefinitionCommandInput = {
  family: 'web',
  networkMode: 'bridge',
  containerDefinitions: [
    {
      name: 'web',
      image: 'localhost:5000/web:1',
      memory: 64,
      portMappings: [{ containerPort: 8080, name: 'http' }],
    },
  ],
};

export const behindBalancer = {
  loadBalancers: [
    {
      targetGroupArn: 'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/0123456789abcdef',
      containerName: 'web',
      containerPort: 8080,
    },
  ],
};

export function image(name: string): Partial<RegisterTaskDefinitionCommandInput> {
  const [container] = webDefinition.containerDefinitions ?? [];
  return { containerDefinitions: [{ ...container, image: `localhost:5000/${name}` }] };
}

export const events = (service: Service): string[] =>
  (service.events ?? []).map(({ message }) => message ?? '');

/** How an operation is refused, as `Code: message`; `accepted` if it is not. */
export async function refusal(ecs: Harness, operation: string, input: unknown): Promise<string> {
  try {
    await ecs.call(operation, input);
    return 'accepted';
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return `${code}: ${message}`;
  }
}

/** What comes of `work` while the disk takes nothing. */
export async function withoutDisk<T>({ stateFile }: Harness, work: () => Promise<T>): Promise<T> {
  const folder = dirname(stateFile);
  await rename(folder, `${folder}-away`);
  try {
    return await work();
  } finally {
    await rename(`${folder}-away`, folder);
  }
}
