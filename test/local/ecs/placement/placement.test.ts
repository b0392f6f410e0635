// The EC2 launch type: container instances with CPU, memory and an architecture.

import type { ContainerInstance } from '@aws-sdk/client-ecs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { events, type Harness, image, startHarness, webDefinition } from '../harness.ts';

let ecs: Harness;
afterEach(() => ecs.close());

const small = { cpuArchitecture: 'X86_64' as const, cpu: 1024, memoryMiB: 200 };
const describeAll = async (): Promise<{ containerInstances: ContainerInstance[] }> => {
  const { containerInstanceArns } = await ecs.call<{ containerInstanceArns: string[] }>(
    'ListContainerInstances',
    {},
  );
  return ecs.call('DescribeContainerInstances', { containerInstances: containerInstanceArns });
};
const start = async (...containerInstances: object[]): Promise<void> => {
  ecs = await startHarness(undefined, { containerInstances: containerInstances as (typeof small)[] });
};

describe('RunTask', () => {
  const [container] = webDefinition.containerDefinitions ?? [];
  it.each([
    ['memory', { memory: 201 }, 'RESOURCE:MEMORY'],
    ['CPU', { cpu: 1025 }, 'RESOURCE:CPU'],
  ])('without room in %s is a failure, not an error', async (_what, more, reason) => {
    await start(small);
    await ecs.register({ containerDefinitions: [{ ...container, ...more }] });
    expect(await ecs.call('RunTask', { taskDefinition: 'web' })).toEqual({
      tasks: [],
      failures: [{ arn: expect.stringContaining(':container-instance/default/'), reason }],
    });
  });

  it('on an instance of another architecture is a failure', async () => {
    await start(small);
    await ecs.register({ runtimePlatform: { cpuArchitecture: 'ARM64' } });
    expect(await ecs.call('RunTask', { taskDefinition: 'web' })).toMatchObject({
      failures: [{ reason: 'ATTRIBUTE' }],
    });
  });

  it('fills the instances, and no more', async () => {
    await start(small, small);
    await ecs.register();
    const answer = await ecs.call<{ tasks: unknown[]; failures: unknown[] }>('RunTask', {
      taskDefinition: 'web',
      count: 7,
    });
    expect([answer.tasks.length, answer.failures.length]).toEqual([6, 1]);
    const { containerInstanceArns } = await ecs.call<{ containerInstanceArns: string[] }>(
      'ListContainerInstances',
      {},
    );
    const { containerInstances } = await ecs.call<{ containerInstances: ContainerInstance[] }>(
      'DescribeContainerInstances',
      { containerInstances: containerInstanceArns },
    );
    const memory = containerInstances.map(
      ({ remainingResources }) => remainingResources?.find(({ name }) => name === 'MEMORY')?.integerValue,
    );
    expect(memory).toEqual([8, 8]);
  });

  it('whose host port is taken is a failure, and so is a second task on host networking', async () => {
    await start(small);
    const portMappings = [{ containerPort: 80, hostPort: 8080 }];
    await ecs.register({ containerDefinitions: [{ ...container, portMappings }] });
    expect(await ecs.call('RunTask', { taskDefinition: 'web', count: 2 })).toMatchObject({
      tasks: [{}],
      failures: [{ reason: 'RESOURCE:PORTS' }],
    });
    await ecs.register({
      networkMode: 'host',
      containerDefinitions: [{ ...container, portMappings: [{ containerPort: 8080 }] }],
    });
    expect(await ecs.call('RunTask', { taskDefinition: 'web' })).toMatchObject({
      failures: [{ reason: 'RESOURCE:PORTS' }],
    });
    const { containerInstances } = await describeAll();
    const ports = containerInstances[0]?.remainingResources?.find(({ name }) => name === 'PORTS');
    expect(ports?.stringSetValue).toContain('8080');
  });

  it('with a free host port, or one of its own address, takes none from the instance', async () => {
    await start(small);
    await ecs.register({
      containerDefinitions: [{ ...container, portMappings: [{ containerPort: 80, hostPort: 0 }] }],
    });
    expect(await ecs.call('RunTask', { taskDefinition: 'web', count: 2 })).toMatchObject({ failures: [] });
  });

  it('without any container instance is refused', async () => {
    await start();
    await ecs.register();
    await expect(ecs.call('RunTask', { taskDefinition: 'web' })).rejects.toThrow(
      'No Container Instances were found in your cluster.',
    );
  });

  it('without runtimePlatform runs as what its instance is', async () => {
    await start({ ...small, cpuArchitecture: 'ARM64' });
    await ecs.register();
    expect(await ecs.call('RunTask', { taskDefinition: 'web' })).toMatchObject({
      tasks: [{ attributes: [{ name: 'ecs.cpu-architecture', value: 'arm64' }] }],
    });
    await ecs.until('it runs', async () => ecs.runtime.specs.length === 1);
    expect(ecs.runtime.pulls).toMatchObject([{ platform: 'linux/arm64' }]);
  });

  it('counts what an override takes', async () => {
    await start(small);
    await ecs.register({ memory: '64' });
    expect(await ecs.call('RunTask', { taskDefinition: 'web', overrides: { memory: '500' } })).toMatchObject({
      failures: [{ reason: 'RESOURCE:MEMORY' }],
    });
  });
});

describe('placement', () => {
  const blue = { ...small, memoryMiB: 2000, attributes: { zone: 'blue' } };
  const red = { ...small, memoryMiB: 1000, attributes: { zone: 'red' } };
  /** How many tasks each instance has. */
  const spread = async (): Promise<number[]> => {
    const { containerInstances } = await describeAll();
    return containerInstances.map(
      ({ runningTasksCount = 0, pendingTasksCount = 0 }) => runningTasksCount + pendingTasksCount,
    );
  };

  it.each([
    ['most memory left, by default', {}, [4, 0]],
    ['binpack', { placementStrategy: [{ type: 'binpack', field: 'memory' }] }, [0, 4]],
    ['spread over instances', { placementStrategy: [{ type: 'spread', field: 'instanceId' }] }, [2, 2]],
    [
      'spread over an attribute',
      { placementStrategy: [{ type: 'spread', field: 'attribute:zone' }] },
      [2, 2],
    ],
    [
      'memberOf',
      { placementConstraints: [{ type: 'memberOf', expression: 'attribute:zone == red' }] },
      [0, 4],
    ],
  ])('%s', async (_what, how, expected) => {
    await start(blue, red);
    await ecs.register();
    await ecs.call('RunTask', { taskDefinition: 'web', count: 4, ...how });
    expect(await spread()).toEqual(expected);
  });

  it('distinctInstance: one task of a group on each, no more', async () => {
    await start(blue, red);
    await ecs.register();
    expect(
      await ecs.call('RunTask', {
        taskDefinition: 'web',
        count: 3,
        placementConstraints: [{ type: 'distinctInstance' }],
      }),
    ).toMatchObject({
      tasks: [{}, {}],
      failures: [{ reason: 'DistinctInstance placement constraint unsatisfied.' }],
    });
  });

  it('memberOf in the task definition counts, too', async () => {
    await start(blue, red);
    await ecs.register({
      placementConstraints: [{ type: 'memberOf', expression: 'attribute:zone == green' }],
    });
    expect(await ecs.call('RunTask', { taskDefinition: 'web' })).toMatchObject({
      failures: [{ reason: 'MemberOf placement constraint unsatisfied.' }],
    });
  });

  it('of a service follows its strategy and constraints', async () => {
    await start(blue, red);
    await ecs.register();
    await ecs.createService({
      desiredCount: 2,
      placementStrategy: [{ type: 'spread', field: 'instanceId' }],
    });
    await ecs.stable();
    expect(await spread()).toEqual([1, 1]);
    await expect(
      ecs.createService({
        serviceName: 'bad',
        placementConstraints: [{ type: 'memberOf', expression: 'nonsense' }],
      }),
    ).rejects.toThrow('Invalid expression for placement constraint: nonsense');
  });

  it('is not changed by nulls, which some clients send for what they leave out', async () => {
    await start(blue, red);
    await ecs.register();
    await ecs.createService({ placementStrategy: [{ type: 'spread', field: 'instanceId' }] });
    await ecs.call('UpdateService', { service: 'web', placementConstraints: null, placementStrategy: null });
    expect(await ecs.service()).toMatchObject({ placementStrategy: [{ type: 'spread' }] });
  });

  it('by StartTask is where the caller says', async () => {
    await start(blue, red);
    await ecs.register();
    const { containerInstances } = await describeAll();
    const arn = containerInstances[1]?.containerInstanceArn ?? '';
    expect(
      await ecs.call('StartTask', { taskDefinition: 'web', containerInstances: [arn, 'no-such-instance'] }),
    ).toMatchObject({
      tasks: [{ containerInstanceArn: arn, group: 'family:web' }],
      failures: [
        { arn: expect.stringMatching(/container-instance\/default\/no-such-instance$/), reason: 'MISSING' },
      ],
    });
    expect(await ecs.call('ListTasks', { containerInstance: arn })).toMatchObject({
      taskArns: [expect.any(String)],
    });
    expect(
      await ecs.call('ListTasks', { containerInstance: containerInstances[0]?.containerInstanceArn }),
    ).toEqual({ taskArns: [] });
  });
});

describe('an instance that is drained', () => {
  const drain = async (index: number, status: 'DRAINING' | 'ACTIVE'): Promise<void> => {
    const { containerInstances } = await describeAll();
    await ecs.call('UpdateContainerInstancesState', {
      containerInstances: [containerInstances[index]?.containerInstanceArn],
      status,
    });
  };

  it('takes no task, and its service tasks are replaced elsewhere, the new ones first', async () => {
    await start(small, small);
    await ecs.register();
    await ecs.createService({ desiredCount: 2, placementStrategy: [{ type: 'binpack', field: 'memory' }] });
    await ecs.stable();
    const [before] = await ecs.tasks();
    const { containerInstances } = await describeAll();
    const index = containerInstances.findIndex(
      ({ containerInstanceArn }) => containerInstanceArn === before?.containerInstanceArn,
    );
    ecs.runtime.calls.length = 0;
    await drain(index, 'DRAINING');
    await ecs.until('moved', async () => {
      const tasks = await ecs.tasks();
      return (
        tasks.length === 2 &&
        tasks.every(
          ({ lastStatus, containerInstanceArn }) =>
            lastStatus === 'RUNNING' && containerInstanceArn !== before?.containerInstanceArn,
        )
      );
    });
    expect(ecs.runtime.calls.slice(0, 2)).toEqual(['run web', 'run web']);
    expect(await ecs.tasks({ desiredStatus: 'STOPPED' })).toMatchObject([
      { stopCode: 'ServiceSchedulerInitiated', stoppedReason: expect.stringMatching(/is draining\.$/) },
      {},
    ]);
    expect((await ecs.service()).deployments).toMatchObject([{ failedTasks: 0, rolloutState: 'COMPLETED' }]);
    expect(await ecs.call('ListContainerInstances', { status: 'DRAINING' })).toMatchObject({
      containerInstanceArns: [before?.containerInstanceArn],
    });
  });

  it('keeps its tasks while there is no other room, takes tasks again when ACTIVE, and stays drained over a restart', async () => {
    await start(small);
    await ecs.register();
    await ecs.createService({ desiredCount: 1 });
    await ecs.stable();
    await drain(0, 'DRAINING');
    await ecs.restart();
    await ecs.until('it says so', async () =>
      events(await ecs.service()).some((text) => text.includes('was unable to place a task')),
    );
    expect(await ecs.service()).toMatchObject({ runningCount: 1 });
    await drain(0, 'ACTIVE');
    await ecs.stable();
    expect(await ecs.tasks({ desiredStatus: 'STOPPED' })).toEqual([]);
  });
});

describe('a service without room', () => {
  it('waits, says so, and goes on when a task makes room', async () => {
    await start(small);
    await ecs.register();
    await ecs.createService({ desiredCount: 3 });
    await ecs.stable();
    await ecs.createService({ serviceName: 'second', desiredCount: 1 });
    await ecs.until('it says so', async () =>
      events(await ecs.service('second')).some((text) =>
        /^\(service second\) was unable to place a task because no container instance met all of its requirements\. The closest matching \(container-instance [0-9a-f]{32}\) has insufficient memory available\./.test(
          text,
        ),
      ),
    );
    expect((await ecs.service('second')).deployments).toMatchObject([
      { failedTasks: 0, rolloutState: 'IN_PROGRESS' },
    ]);
    await ecs.call('UpdateService', { service: 'web', desiredCount: 2 });
    await ecs.stable('second');
  });

  it('makes room for an update down to its lower limit, if it has one', async () => {
    await start(small);
    await ecs.register();
    await ecs.createService({ desiredCount: 3, deploymentConfiguration: { minimumHealthyPercent: 60 } });
    await ecs.stable();
    const arn = await ecs.register(image('web:2'));
    await ecs.call('UpdateService', { service: 'web', taskDefinition: arn });
    expect(await ecs.stable()).toMatchObject({ taskDefinition: arn, runningCount: 3 });
  });
});
