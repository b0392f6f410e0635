// Every way an update can go, for each setting of the circuit breaker and each size: what a client sees at the end.

import type { RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Behaviour } from './fake-runtime.ts';
import { events, type Harness, image, startHarness } from './harness.ts';

let ecs: Harness;
beforeEach(async () => {
  ecs = await startHarness();
});
afterEach(() => ecs.close());

interface Case {
  readonly behaviour: Behaviour;
  readonly checked?: boolean;
  /** What DescribeTasks says of a task that failed. */
  readonly reason: RegExp;
  readonly stopCode: string;
}

const bad: Record<string, Case> = {
  'crashes at start': {
    behaviour: { exitsWith: 1 },
    reason: /^Essential container in task exited$/,
    stopCode: 'EssentialContainerExited',
  },
  'cannot be pulled': {
    behaviour: { pullError: 'localhost:5000/bad: not found' },
    reason: /^CannotPullContainerError: .*not found$/,
    stopCode: 'TaskFailedToStart',
  },
  'fails its health check': {
    behaviour: { health: 'unhealthy' },
    checked: true,
    reason: /^Task failed container health checks$/,
    stopCode: 'ServiceSchedulerInitiated',
  },
  'is of the wrong architecture': {
    behaviour: { pullError: "image Manifest does not contain descriptor matching platform 'linux/amd64'" },
    reason: /^CannotPullContainerError: .*platform 'linux\/amd64'$/,
    stopCode: 'TaskFailedToStart',
  },
  'cannot be started': {
    behaviour: { startError: 'Error response from daemon: no such file' },
    reason: /^CannotStartContainerError: Error response from daemon/,
    stopCode: 'TaskFailedToStart',
  },
};

const breakers = {
  off: { enable: false, rollback: false },
  'on, without rollback': { enable: true, rollback: false },
  'on, with rollback': { enable: true, rollback: true },
};

function definition(name: string, checked = false): Partial<RegisterTaskDefinitionCommandInput> {
  const { containerDefinitions: [container] = [] } = image(name);
  const healthCheck = { command: ['CMD-SHELL', 'exit 0'] };
  return { containerDefinitions: [{ ...container, ...(checked && { healthCheck }) }] };
}

const badNames = Object.keys(bad);
const breakerNames = Object.keys(breakers) as (keyof typeof breakers)[];
const cases = badNames.flatMap((how) =>
  breakerNames.flatMap((breaker) => [0, 1, 3].map((desired) => [how, breaker, desired] as const)),
);

async function given(breaker: keyof typeof breakers, desiredCount: number, how: string): Promise<string> {
  const each = bad[how];
  if (!each) throw new Error(how);
  ecs.runtime.behaviours = { 'localhost:5000/bad': each.behaviour };
  const good = await ecs.register();
  await ecs.createService({
    desiredCount,
    deploymentConfiguration: { deploymentCircuitBreaker: breakers[breaker] },
  });
  await ecs.stable();
  return good;
}

describe('an update to an image that', () => {
  it.each(cases)('%s, breaker %s, %i wanted', async (how, breaker, desired) => {
    const good = await given(breaker, desired, how);
    const each = bad[how];
    const arn = await ecs.register(definition('bad:1', each?.checked));
    await ecs.call('UpdateService', { service: 'web', taskDefinition: arn });
    if (desired === 0) {
      expect((await ecs.stable()).taskDefinition).toBe(arn);
      return;
    }
    const old = { status: 'ACTIVE', taskDefinition: good, runningCount: desired };
    if (breaker === 'off') {
      await ecs.until(
        'it has failed a lot',
        async () => ((await ecs.service()).deployments?.[0]?.failedTasks ?? 0) > 3,
      );
      expect((await ecs.service()).deployments).toMatchObject([
        { status: 'PRIMARY', rolloutState: 'IN_PROGRESS' },
        old,
      ]);
    } else if (breaker === 'on, without rollback') {
      await ecs.until(
        'FAILED',
        async () => (await ecs.service()).deployments?.[0]?.rolloutState === 'FAILED',
      );
      expect((await ecs.service()).deployments).toMatchObject([
        { status: 'PRIMARY', rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start.' },
        old,
      ]);
    } else {
      await ecs.until('back', async () => (await ecs.service()).taskDefinition === good);
      const after = await ecs.stable();
      expect(after).toMatchObject({
        taskDefinition: good,
        runningCount: desired,
        deployments: [{ taskDefinition: good }],
      });
      expect(events(after).some((text) => text.startsWith('(service web) rolling back to deployment '))).toBe(
        true,
      );
    }
    const failed = (await ecs.tasks({ desiredStatus: 'STOPPED' })).filter(
      (task) => task.taskDefinitionArn === arn,
    );
    const told = failed.filter((task) => !task.stoppedReason?.startsWith('Scaling activity'));
    expect(told.length).toBeGreaterThanOrEqual(3);
    for (const task of told)
      expect(task).toMatchObject({
        stopCode: each?.stopCode,
        stoppedReason: expect.stringMatching(each?.reason ?? ''),
      });
    // Users of the service never saw the bad image.
    expect(
      (await ecs.tasks()).filter((task) => task.taskDefinitionArn === good && task.lastStatus === 'RUNNING'),
    ).toHaveLength(desired);
  });

  it.each(badNames)('%s, then to a good one, recovers', async (how) => {
    await given('off', 2, how);
    const arn = await ecs.register(definition('bad:1', bad[how]?.checked));
    await ecs.call('UpdateService', { service: 'web', taskDefinition: arn });
    await ecs.until('it fails', async () => ((await ecs.service()).deployments?.[0]?.failedTasks ?? 0) > 2);
    const good = await ecs.register(image('web:2'));
    await ecs.call('UpdateService', { service: 'web', taskDefinition: good });
    expect(await ecs.stable()).toMatchObject({ taskDefinition: good, runningCount: 2 });
  });
});

describe('a first deployment ever of an image that', () => {
  it.each(badNames)('%s stays PRIMARY and FAILED: there is nothing to go back to', async (how) => {
    const each = bad[how];
    ecs.runtime.behaviours = { 'localhost:5000/bad': each?.behaviour ?? {} };
    await ecs.register(definition('bad:1', each?.checked));
    await ecs.createService({
      deploymentConfiguration: { deploymentCircuitBreaker: breakers['on, with rollback'] },
    });
    await ecs.until('FAILED', async () => (await ecs.service()).deployments?.[0]?.rolloutState === 'FAILED');
    await ecs.until('nothing runs', async () => (await ecs.service()).runningCount === 0);
    expect((await ecs.service()).deployments).toMatchObject([{ status: 'PRIMARY', failedTasks: 3 }]);
    expect(await ecs.call('ListServiceDeployments', { service: 'web' })).toMatchObject({
      serviceDeployments: [{ status: 'ROLLBACK_FAILED' }],
    });
  });
});

describe('a window that leaves no way', () => {
  it.each([
    [1, 100, 100],
    [2, 75, 100],
    [3, 100, 125],
  ])(
    'of %i tasks with %i..%i %% is stuck, and ECS says so once',
    async (desiredCount, minimumHealthyPercent, maximumPercent) => {
      await ecs.register();
      await ecs.createService({
        desiredCount,
        deploymentConfiguration: { minimumHealthyPercent, maximumPercent },
      });
      await ecs.stable();
      await ecs.call('UpdateService', { service: 'web', taskDefinition: await ecs.register(image('web:2')) });
      const stuck = async (): Promise<number> =>
        events(await ecs.service()).filter((text) =>
          text.includes('because of the service deployment configuration'),
        ).length;
      await ecs.until('it says so', async () => (await stuck()) > 0);
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(await stuck()).toBe(1);
      expect((await ecs.service()).deployments).toMatchObject([
        { runningCount: 0 },
        { runningCount: desiredCount },
      ]);
    },
  );
});
