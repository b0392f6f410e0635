// The EC2 launch type: container instances with CPU, memory and an architecture.

import type { ContainerInstance } from '@aws-sdk/client-ecs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { events, type Harness, image, startHarness, webDefinition } from './harness.ts';

let ecs: Harness;
afterEach(() => ecs.close());

const small = { cpuArchitecture: 'X86_64' as const, cpu: 1024, memoryMiB: 200 };
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
