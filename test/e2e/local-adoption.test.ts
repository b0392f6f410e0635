// kill -9 of the endpoint at any moment of starts, stops and rollouts, on a real engine: the next one takes up what
// runs, starts nothing twice, leaves nothing behind, touches nothing foreign, and no log line is lost or told twice.
// SLIPWAY_SEED repeats a run, SLIPWAY_KILLS makes it longer.
import { FilterLogEventsCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  type Service,
  StopTaskCommand,
  type Task,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type Docker from 'dockerode';
import { randomFrom } from '../random.ts';
import { EndpointProcess } from './endpoint-process.ts';
import { awslogs } from './real-ecs.ts';

const seed = Number(process.env.SLIPWAY_SEED ?? Date.now() % 1_000_000);
const kills = Number(process.env.SLIPWAY_KILLS ?? 6);
const aws = new EndpointProcess();
const foreign: Docker.Container[] = [];
const timing = { healthyGrace: '200ms', restartBase: '50ms', restartMaximum: '200ms' };

/** Counts aloud, so that a line that is missing or comes twice is seen. */
const counts = 'trap "exit 0" TERM; i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done';
const network = { awsvpcConfiguration: { subnets: ['subnet-1'] } };

async function register(family: string): Promise<string> {
  const { taskDefinition } = await aws.ecs.send(
    new RegisterTaskDefinitionCommand({
      family,
      networkMode: 'awsvpc',
      volumes: [{ name: 'scratch' }],
      containerDefinitions: ['app', 'side'].map((name) => ({
        name,
        image: 'busybox:stable',
        memory: 32,
        stopTimeout: 2,
        command: ['sh', '-c', name === 'app' ? counts : 'trap "exit 0" TERM; while :; do sleep 0.1; done'],
        mountPoints: [{ sourceVolume: 'scratch', containerPath: '/scratch' }],
        ...(name === 'app' && awslogs('/adoption', { 'awslogs-create-group': 'true' })),
      })),
    }),
  );
  return taskDefinition?.taskDefinitionArn ?? '';
}

async function service(): Promise<Service> {
  const { services } = await aws.ecs.send(new DescribeServicesCommand({ services: ['web'] }));
  return services?.[0] ?? {};
}

async function tasks(desiredStatus: 'RUNNING' | 'STOPPED'): Promise<Task[]> {
  const { taskArns = [] } = await aws.ecs.send(new ListTasksCommand({ desiredStatus }));
  if (taskArns.length === 0) return [];
  return (await aws.ecs.send(new DescribeTasksCommand({ tasks: taskArns.slice(0, 100) }))).tasks ?? [];
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 40_000; Date.now() < deadline; ) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(
    `never: ${what} (seed ${seed})\n${JSON.stringify(await service(), null, 1)}\n${aws.output}`,
  );
}

const idOf = (arn = ''): string => arn.slice(arn.lastIndexOf('/') + 1);

/** Of each task at most one container of each name, at any time. */
async function expectNothingTwice(): Promise<void> {
  const names = (await aws.containers()).map(
    ({ Labels }) => `${Labels['slipway.local.task']} ${Labels['slipway.local.container'] ?? 'network'}`,
  );
  expect(new Set(names).size).toBe(names.length);
}

beforeAll(async () => {
  // One that looks like ours by name, one of another instance by label.
  for (const [name, labels] of [
    [`slipway-${aws.instance}-000000000000-app`, {}],
    [
      `foreign-${aws.instance}`,
      {
        'slipway.local.instance': `${aws.instance}-other`,
        'slipway.local.task': 'a',
        'slipway.local.role': 'container',
      },
    ],
  ] as const) {
    const container = await aws.docker.createContainer({
      name,
      Image: 'busybox:stable',
      Cmd: ['sleep', '600'],
      Labels: labels,
      HostConfig: { Init: true },
    });
    await container.start();
    foreign.push(container);
  }
  await aws.start(timing);
});

afterAll(async () => {
  await Promise.all(foreign.map((container) => container.remove({ force: true })));
  await aws.remove();
  expect(await aws.containers()).toEqual([]);
});

describe('an endpoint that is killed again and again', () => {
  it(`(seed ${seed}) is taken up where it was`, async () => {
    const chance = randomFrom(seed);
    const pick = (count: number): number => Math.floor(chance() * count);
    await aws.ecs.send(new CreateClusterCommand({}));
    await register('web');
    await aws.ecs.send(
      new CreateServiceCommand({
        serviceName: 'web',
        taskDefinition: 'web',
        desiredCount: 2,
        networkConfiguration: network,
      }),
    );
    const actions: (() => Promise<unknown>)[] = [
      async () =>
        aws.ecs.send(new UpdateServiceCommand({ service: 'web', taskDefinition: await register('web') })),
      () => aws.ecs.send(new UpdateServiceCommand({ service: 'web', desiredCount: 1 + pick(3) })),
      () =>
        aws.ecs.send(
          new RunTaskCommand({ taskDefinition: 'web', networkConfiguration: network, startedBy: 'test' }),
        ),
      async () => {
        const [task] = await tasks('RUNNING');
        if (task) await aws.ecs.send(new StopTaskCommand({ task: task.taskArn ?? '' }));
      },
    ];
    for (let kill = 0; kill < kills; kill += 1) {
      await actions[kill === 0 ? 0 : pick(actions.length)]?.();
      await new Promise((resolve) => setTimeout(resolve, chance() * 1200));
      await aws.kill();
      await expectNothingTwice();
      await aws.start(timing);
      await expectNothingTwice();
    }
    const taskDefinition = await register('web');
    await aws.ecs.send(new UpdateServiceCommand({ service: 'web', taskDefinition, desiredCount: 2 }));
    await until('converged', async () => {
      const { deployments = [], runningCount, desiredCount } = await service();
      return (
        deployments.length === 1 &&
        deployments[0]?.rolloutState === 'COMPLETED' &&
        runningCount === desiredCount
      );
    });
    expect((await service()).taskDefinition).toBe(taskDefinition);
    await until('all stopped tasks are STOPPED', async () =>
      (await tasks('STOPPED')).every(({ lastStatus }) => lastStatus === 'STOPPED'),
    );
    await until('all others run', async () =>
      (await tasks('RUNNING')).every(({ lastStatus }) => lastStatus === 'RUNNING'),
    );
    await expectOnlyWhatIsDescribed();
    await expectLogsWhole();
    for (const container of foreign) expect((await container.inspect()).State.Running).toBe(true);
  }, 300_000);
});

async function expectOnlyWhatIsDescribed(): Promise<void> {
  const live = (await tasks('RUNNING')).map(({ taskArn }) => idOf(taskArn)).sort();
  const containers = (await aws.containers())
    .map(
      ({ Labels, State }) =>
        `${Labels['slipway.local.task']} ${Labels['slipway.local.container'] ?? 'network'} ${State}`,
    )
    .sort();
  expect(containers).toEqual(
    live.flatMap((id) => [`${id} app running`, `${id} network running`, `${id} side running`]).sort(),
  );
  const filters = { label: [`slipway.local.instance=${aws.instance}`] };
  const { Volumes: volumes } = await aws.docker.listVolumes({ filters });
  expect((volumes ?? []).map(({ Labels }) => Labels['slipway.local.task']).sort()).toEqual(live);
  expect(await aws.docker.listNetworks({ filters })).toHaveLength(1);
}

/** Each stream counts from 1 without a gap: nothing lost, nothing twice – also over the kills. */
async function expectLogsWhole(): Promise<void> {
  for (const { taskArn } of [...(await tasks('RUNNING')), ...(await tasks('STOPPED'))]) {
    const logStreamName = `ecs/app/${idOf(taskArn)}`;
    const lines: number[] = [];
    let nextToken: string | undefined;
    try {
      for (;;) {
        const page = await aws.logs.send(
          new GetLogEventsCommand({
            logGroupName: '/adoption',
            logStreamName,
            startFromHead: true,
            nextToken,
          }),
        );
        lines.push(...(page.events ?? []).map(({ message }) => Number(message)));
        if (page.nextForwardToken === nextToken) break;
        nextToken = page.nextForwardToken;
      }
    } catch (error) {
      // It was stopped before its container started.
      if ((error as Error).name !== 'ResourceNotFoundException') throw error;
    }
    expect(lines).toEqual(lines.map((_, index) => index + 1));
  }
  const { events } = await aws.logs.send(
    new FilterLogEventsCommand({ logGroupName: '/adoption', limit: 10 }),
  );
  expect(events?.length).toBe(10);
}
