/**
 * The local ECS on a real Docker engine, called as the wire calls it. Everything it makes carries one label, and is
 * removed by it.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  ContainerDefinition,
  RegisterTaskDefinitionCommandInput,
  Service,
  Task,
} from '@aws-sdk/client-ecs';
import Docker from 'dockerode';
import { createEcs, type Ecs, type EcsOptions } from '../../src/local/ecs/index.ts';
import type { LogSink } from '../../src/local/logs/log-sink.ts';
import type { Operation } from '../../src/local/wire/operations.ts';
import { FakeBalancer } from '../local/ecs/fake-balancer.ts';
import { MemoryLogs } from '../local/ecs/memory-logs.ts';

const call = { accountId: '000000000000', region: 'us-east-1', requestId: 'test' };

/** A small image, so that a container takes a fraction of a second. */
export const busybox = (
  name: string,
  script: string,
  more: Partial<ContainerDefinition> = {},
): ContainerDefinition => ({
  name,
  image: 'busybox:stable',
  command: ['sh', '-c', script],
  memory: 32,
  stopTimeout: 2,
  ...more,
});

export const awslogs = (group: string, more: Record<string, string> = {}): Partial<ContainerDefinition> => ({
  logConfiguration: {
    logDriver: 'awslogs',
    options: {
      'awslogs-group': group,
      'awslogs-region': 'us-east-1',
      'awslogs-stream-prefix': 'ecs',
      ...more,
    },
  },
});

/** Sleeps until told to stop, and stops at once. */
export const idle = 'trap "exit 0" TERM; while :; do sleep 0.1; done';

export const network = { networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } } };

export class RealEcs {
  readonly instance = `test-${randomBytes(3).toString('hex')}`;
  readonly docker = new Docker();
  readonly balancer = new FakeBalancer();
  readonly logs = new MemoryLogs();
  readonly lines: string[] = [];
  folder = '';
  #ecs: Ecs | undefined;
  #sink: LogSink = this.logs;
  readonly #more: Partial<EcsOptions>;

  constructor(more: Partial<EcsOptions> = {}) {
    this.#more = more;
  }

  async start(sink?: LogSink): Promise<void> {
    this.folder ||= await mkdtemp(join(tmpdir(), 'slipway-ecs-'));
    if (sink) this.#sink = sink;
    this.#ecs = await createEcs({
      stateFile: join(this.folder, 'ecs.json'),
      ...call,
      targetGroups: this.balancer,
      serviceConnect: this.balancer,
      images: { pullCredentials: () => undefined, lookUp: () => undefined },
      logs: this.#sink,
      instance: this.instance,
      log: (line) => this.lines.push(line),
      timing: { healthyGraceMs: 100, restartBaseMs: 50, restartMaximumMs: 200 },
      ...this.#more,
    });
    await this.#ecs.start();
    await this.call('CreateCluster', {});
  }

  /** The containers go on. */
  async stop(): Promise<void> {
    await this.#ecs?.close();
  }

  /** Resolves with what is left on the engine: nothing. */
  async remove(): Promise<Docker.ContainerInfo[]> {
    await this.#ecs?.close();
    await this.#ecs?.removeAll();
    await rm(this.folder, { recursive: true, force: true });
    return this.containers();
  }

  async call<O = Record<string, unknown>>(operation: string, input: unknown): Promise<O> {
    const run = this.#ecs?.service.operations[operation] as Operation<unknown, O> | undefined;
    if (!run) throw new Error(`no operation ${operation}`);
    return run(input, call);
  }

  async register(
    family: string,
    containerDefinitions: ContainerDefinition[],
    more: Partial<RegisterTaskDefinitionCommandInput> = {},
  ): Promise<string> {
    const input = { family, networkMode: 'bridge', containerDefinitions, ...more };
    const { taskDefinition } = await this.call<{ taskDefinition: { taskDefinitionArn: string } }>(
      'RegisterTaskDefinition',
      input,
    );
    return taskDefinition.taskDefinitionArn;
  }

  /** Registers and runs; the ARN of the task. */
  async run(
    family: string,
    containers: ContainerDefinition[],
    more: Partial<RegisterTaskDefinitionCommandInput> = {},
    how: object = {},
  ): Promise<string> {
    return this.runTask(await this.register(family, containers, more), how);
  }

  async runTask(taskDefinition: string, how: object = {}): Promise<string> {
    const { tasks, failures } = await this.call<{ tasks: Task[]; failures: object[] }>('RunTask', {
      taskDefinition,
      ...how,
    });
    const arn = tasks[0]?.taskArn;
    if (!arn) throw new Error(JSON.stringify(failures));
    return arn;
  }

  async task(arn: string): Promise<Task> {
    const { tasks } = await this.call<{ tasks: Task[] }>('DescribeTasks', { tasks: [arn] });
    return tasks[0] ?? {};
  }

  async service(name: string): Promise<Service> {
    const { services } = await this.call<{ services: Service[] }>('DescribeServices', { services: [name] });
    return services[0] ?? {};
  }

  async until(what: string, condition: () => Promise<unknown>, withinMs = 30_000): Promise<void> {
    for (const deadline = Date.now() + withinMs; Date.now() < deadline; ) {
      if (await condition()) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`never: ${what}\n${this.lines.slice(-30).join('\n')}`);
  }

  async stopped(arn: string): Promise<Task> {
    await this.until(`${arn} STOPPED`, async () => (await this.task(arn)).lastStatus === 'STOPPED');
    return this.task(arn);
  }

  async running(arn: string): Promise<Task> {
    await this.until(`${arn} RUNNING`, async () => (await this.task(arn)).lastStatus === 'RUNNING');
    return this.task(arn);
  }

  async stable(name: string): Promise<Service> {
    await this.until(`${name} stable`, async () => {
      const { deployments = [] } = await this.service(name);
      return deployments.length === 1 && deployments[0]?.rolloutState === 'COMPLETED';
    });
    return this.service(name);
  }

  /** What the task's container printed, as awslogs stored it. */
  printed(taskArn: string, container: string, group: string, prefix = 'ecs'): string[] {
    return this.logs.lines.get(`${group} ${prefix}/${container}/${taskArn.split('/').at(-1)}`) ?? [];
  }

  containers(): Promise<Docker.ContainerInfo[]> {
    const filters = { label: [`slipway.local.instance=${this.instance}`] };
    return this.docker.listContainers({ all: true, filters });
  }
}
