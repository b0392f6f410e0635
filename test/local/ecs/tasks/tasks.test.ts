// RunTask and its neighbours: what a client may ask, and what it is told.
import type { Task } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { localTiming } from '../../../../src/local/ecs/timing.ts';
import { type Harness, quick, startHarness, webDefinition } from '../harness.ts';

let ecs: Harness;
beforeEach(async () => {
  ecs = await startHarness();
});
afterEach(() => ecs.close());

const fargate = {
  networkMode: 'awsvpc' as const,
  requiresCompatibilities: ['FARGATE' as const],
  cpu: '256',
  memory: '512',
};
const network = { networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-a', 'subnet-b'] } } };
const idOf = (task?: Task): string => task?.taskArn?.split('/').at(-1) ?? '';

async function run(input: object = {}): Promise<Task[]> {
  const { tasks } = await ecs.call<{ tasks: Task[] }>('RunTask', { taskDefinition: 'web', ...input });
  return tasks;
}

async function refusal(
  operation: string,
  input: object,
): Promise<{ name: string; message: string; fields?: object }> {
  return ecs.call(operation, input).then(
    () => ({ name: 'accepted', message: '' }),
    (error: { code: string; message: string; fields?: object }) => ({
      ...error,
      name: error.code,
      message: error.message,
    }),
  );
}

async function stopped(task: Task | undefined): Promise<Task> {
  const find = async (): Promise<Task | undefined> =>
    (await ecs.tasks({ desiredStatus: 'STOPPED' })).find(({ taskArn }) => taskArn === task?.taskArn);
  await ecs.until('STOPPED', async () => (await find())?.lastStatus === 'STOPPED');
  return (await find()) ?? {};
}

describe('RunTask', () => {
  it('with the same clientToken finds its tasks again; with other parameters it is a conflict that names them', async () => {
    await ecs.register();
    const first = await run({ clientToken: 'once', count: 2 });
    expect((await run({ clientToken: 'once', count: 2 })).map(idOf)).toEqual(first.map(idOf));
    await ecs.restart();
    expect((await run({ clientToken: 'once', count: 2 })).map(idOf)).toEqual(first.map(idOf));
    expect(await refusal('RunTask', { taskDefinition: 'web', clientToken: 'once', count: 3 })).toMatchObject({
      name: 'ConflictException',
      fields: { resourceIds: first.map(({ taskArn }) => taskArn) },
    });
    expect(await ecs.tasks()).toHaveLength(2);
  });

  it.each([
    [{ count: 0 }, /Count must be between 1 and 10/],
    [{ count: 11 }, /Count must be between 1 and 10/],
    [
      { overrides: { containerOverrides: [{ name: 'db' }] } },
      /Override for container named db is not a container in the TaskDefinition\./,
    ],
    [{ launchType: 'FARGATE' }, /does not support launch_type FARGATE/],
    [
      { launchType: 'EC2', capacityProviderStrategy: [{ capacityProvider: 'FARGATE' }] },
      /Specifying both a launch type and capacity provider strategy/,
    ],
    [{ capacityProviderStrategy: [{ capacityProvider: 'none' }] }, /capacity provider 'none' was not found/],
    [{ overrides: { cpu: 'much' } }, /Invalid 'cpu' setting for task\./],
    [{ placementConstraints: [{ type: 'memberOf', expression: '?' }] }, /Invalid expression/],
    [network, /Network Configuration is not valid/],
  ])('with %j is refused', async (input, message) => {
    await ecs.register();
    expect((await refusal('RunTask', { taskDefinition: 'web', ...input })).message).toMatch(message);
    expect(await ecs.tasks()).toEqual([]);
  });

  it('on Fargate takes a size from the table, also by an override', async () => {
    await ecs.register(fargate);
    const how = { launchType: 'FARGATE', ...network };
    expect(await run({ ...how, overrides: { cpu: '1 vCPU', memory: '2 GB' } })).toMatchObject([
      { cpu: '1024', memory: '2048', overrides: { cpu: '1024', memory: '2048' } },
    ]);
    expect(await run({ ...how, overrides: { cpu: '512', memory: '1024' } })).toMatchObject([
      { cpu: '512', memory: '1024' },
    ]);
    expect(
      await refusal('RunTask', { taskDefinition: 'web', ...how, overrides: { cpu: '512' } }),
    ).toMatchObject({
      name: 'ClientException',
      message: expect.stringMatching(/given values: 512 CPU, 512 memory/),
    });
  });

  it.each([
    ['FARGATE', 'FARGATE'],
    ['FARGATE_SPOT', 'FARGATE'],
  ])('by the capacity provider %s runs on %s', async (capacityProvider, launchType) => {
    await ecs.register(fargate);
    expect(
      await run({ ...network, capacityProviderStrategy: [{ capacityProvider, weight: 1 }] }),
    ).toMatchObject([{ launchType, capacityProviderName: capacityProvider }]);
  });

  it('gives the container its command, environment and sizes', async () => {
    await ecs.register({ memory: '512' });
    const [task] = await run({
      startedBy: 'me',
      group: 'jobs',
      overrides: {
        containerOverrides: [
          { name: 'web', command: ['migrate'], environment: [{ name: 'A', value: '1' }], cpu: 7, memory: 99 },
        ],
      },
    });
    expect(task).toMatchObject({
      startedBy: 'me',
      group: 'jobs',
      overrides: { containerOverrides: [{ command: ['migrate'] }] },
    });
    await ecs.until('it runs', async () => ecs.runtime.specs.length === 1);
    expect(ecs.runtime.specs[0]).toMatchObject({
      command: ['migrate'],
      environment: { A: '1' },
      cpuUnits: 7,
      memoryMiB: 99,
    });
  });
});

describe('a task', () => {
  it('goes through its life in order, each step later than the one before and in a newer version', async () => {
    await ecs.register(fargate);
    const [made] = await run({ launchType: 'FARGATE', ...network });
    expect(made).toMatchObject({
      lastStatus: 'PROVISIONING',
      desiredStatus: 'RUNNING',
      connectivity: 'CONNECTED',
      attachments: [{ status: 'PRECREATED', details: [{ name: 'subnetId', value: 'subnet-a' }, {}, {}] }],
    });
    await ecs.until('RUNNING', async () => (await ecs.tasks())[0]?.lastStatus === 'RUNNING');
    const [running] = await ecs.tasks();
    expect(running?.attachments?.[0]).toMatchObject({ status: 'ATTACHED' });
    await ecs.call('StopTask', { task: idOf(made) });
    const ended = await stopped(made);
    expect(ended.attachments?.[0]).toMatchObject({ status: 'DELETED' });
    const times = [
      ended.createdAt,
      ended.pullStartedAt,
      ended.pullStoppedAt,
      ended.startedAt,
      ended.stoppingAt,
      ended.executionStoppedAt,
      ended.stoppedAt,
    ].map((date) => date?.getTime() ?? Number.NaN);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect([made?.version ?? 0, running?.version ?? 0, ended.version ?? 0]).toEqual(
      [made?.version ?? 0, running?.version ?? 0, ended.version ?? 0].sort((a, b) => a - b),
    );
    expect(ended.version).toBeGreaterThan(running?.version ?? 0);
  });

  it('that ended at once was running for a moment', async () => {
    ecs.runtime.behaviours = { 'localhost:5000/web': { exitsWith: 0 } };
    await ecs.register();
    const [task] = await run();
    expect(await stopped(task)).toMatchObject({
      stopCode: 'EssentialContainerExited',
      startedAt: expect.any(Date),
    });
  });

  it('that cannot be pulled says when it was tried, and was never running', async () => {
    ecs.runtime.behaviours = { 'localhost:5000/web': { pullError: 'not found' } };
    await ecs.register();
    const [task] = await run();
    const ended = await stopped(task);
    expect(ended).toMatchObject({ pullStartedAt: expect.any(Date), pullStoppedAt: expect.any(Date) });
    expect(ended.startedAt).toBeUndefined();
  });

  it('that is stopped before its pull begins does not pull, whatever would have come of it', async () => {
    ecs.runtime.behaviours = { 'localhost:5000/web': { pullError: 'not found' } };
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', note);
    await ecs.register();
    const [task] = await run();
    await ecs.call('StopTask', { task: idOf(task) });
    expect(await stopped(task)).toMatchObject({ stopCode: 'UserInitiated' });
    await new Promise((resolve) => setTimeout(resolve, 10));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
    expect(ecs.runtime.pulls).toEqual([]);
  });

  it('that has stopped can be told to stop: nothing changes', async () => {
    await ecs.register();
    const [task] = await run();
    await ecs.call('StopTask', { task: idOf(task), reason: 'the first' });
    const before = await stopped(task);
    await ecs.call('StopTask', { task: idOf(task), reason: 'the second' });
    expect(await stopped(task)).toEqual(before);
    expect(before).toMatchObject({ stopCode: 'UserInitiated', stoppedReason: 'the first' });
  });

  it('shows its tags only to who asks for them', async () => {
    await ecs.register();
    const tags = [{ key: 'team', value: 'a' }];
    const [task] = await run({ tags });
    expect(task?.tags).toEqual(tags);
    expect(await ecs.call('DescribeTasks', { tasks: [idOf(task)] })).toMatchObject({ tasks: [{ tags: [] }] });
    expect(await ecs.call('DescribeTasks', { tasks: [idOf(task)], include: ['TAGS'] })).toMatchObject({
      tasks: [{ tags }],
    });
  });
});

describe('a stopped task', () => {
  it('can be described for a while – an hour, if nobody sets another time – and is forgotten then', async () => {
    expect(localTiming.stoppedTaskKeptMs).toBeGreaterThanOrEqual(60 * 60 * 1000);
    await ecs.close();
    ecs = await startHarness({ ...quick, stoppedTaskKeptMs: 300 });
    await ecs.register();
    const [task] = await run();
    await ecs.call('StopTask', { task: idOf(task) });
    await stopped(task);
    await ecs.until('forgotten', async () => (await ecs.tasks({ desiredStatus: 'STOPPED' })).length === 0);
    expect(await ecs.call('DescribeTasks', { tasks: [idOf(task)] })).toMatchObject({
      failures: [{ reason: 'MISSING' }],
    });
  });
});

describe('DescribeTasks', () => {
  it('names those that it does not know, and takes no more than 100', async () => {
    await ecs.register();
    const [task] = await run();
    expect(await ecs.call('DescribeTasks', { tasks: [idOf(task), 'f'.repeat(32)] })).toMatchObject({
      tasks: [{ taskArn: task?.taskArn }],
      failures: [{ arn: expect.stringMatching(/:task\/default\/f{32}$/), reason: 'MISSING' }],
    });
    expect(
      (await refusal('DescribeTasks', { tasks: Array.from({ length: 101 }, () => 'a') })).message,
    ).toMatch(/100/);
  });
});

describe('ListTasks', () => {
  it('filters by all that a task is known by', async () => {
    await ecs.register();
    await ecs.register({ ...webDefinition, family: 'job' });
    await ecs.createService();
    await ecs.stable();
    const [job] = await run({ taskDefinition: 'job', startedBy: 'me' });
    const list = async (filter: object): Promise<string[]> =>
      (await ecs.call<{ taskArns: string[] }>('ListTasks', filter)).taskArns;
    expect(await list({ family: 'job' })).toEqual([job?.taskArn]);
    expect(await list({ startedBy: 'me' })).toEqual([job?.taskArn]);
    expect(await list({ serviceName: 'web' })).toHaveLength(1);
    expect(await list({ launchType: 'EC2' })).toHaveLength(2);
    expect(await list({ launchType: 'FARGATE' })).toEqual([]);
    expect(
      await list({ family: 'job', serviceName: null, startedBy: null, containerInstance: null }),
    ).toEqual([job?.taskArn]);
    await ecs.call('StopTask', { task: idOf(job) });
    expect(await list({ family: 'job' })).toEqual([]);
    expect(await list({ family: 'job', desiredStatus: 'STOPPED' })).toEqual([job?.taskArn]);
    expect(await list({ desiredStatus: 'PENDING' })).toEqual([]);
  });

  it.each([{ serviceName: 'web' }, { family: 'web' }, { launchType: 'EC2' }, { containerInstance: 'any' }])(
    'refuses startedBy beside %j; desiredStatus may stand beside it',
    async (filter) => {
      await ecs.register();
      await ecs.createService({ desiredCount: 0 });
      expect(await refusal('ListTasks', { ...filter, startedBy: 'me' })).toMatchObject({
        name: 'InvalidParameterException',
        message: 'cannot specify startedBy with other arguments',
      });
      for (const accepted of [filter, { startedBy: 'me', desiredStatus: 'STOPPED' }]) {
        expect(await ecs.call('ListTasks', accepted)).toEqual({ taskArns: [] });
      }
    },
  );
});
