// Services as a client sees them while they roll, fail and roll back.

import type { Service } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { behindBalancer, events, type Harness, image, startHarness } from '../harness.ts';

let ecs: Harness;
beforeEach(async () => {
  ecs = await startHarness();
});
afterEach(() => ecs.close());

const update = async (input: Record<string, unknown>): Promise<Service> =>
  (await ecs.call<{ service: Service }>('UpdateService', { service: 'web', ...input })).service;

describe('a first deployment', () => {
  it('completes when all tasks are healthy, and says so in the events, newest first', async () => {
    await ecs.register();
    const created = await ecs.createService({ desiredCount: 2 });
    expect(created.deployments).toMatchObject([
      { status: 'PRIMARY', rolloutState: 'IN_PROGRESS', desiredCount: 2, runningCount: 0 },
    ]);
    const service = await ecs.stable();
    const id = service.deployments?.[0]?.id ?? '';
    expect(id).toMatch(/^ecs-svc\/\d{19}$/);
    const taskIds = (await ecs.tasks({ serviceName: 'web' })).map(({ taskArn }) =>
      taskArn?.split('/').at(-1),
    );
    expect(events(service).slice(0, 2)).toEqual([
      '(service web) has reached a steady state.',
      `(service web) (deployment ${id}) deployment completed.`,
    ]);
    expect(events(service)[2]).toMatch(/^\(service web\) has started 2 tasks: \(task \w+\) \(task \w+\)\.$/);
    for (const taskId of taskIds) expect(events(service)[2]).toContain(`(task ${taskId})`);
  });

  it('is stable at once with a desired count of 0', async () => {
    await ecs.register();
    await ecs.createService({ desiredCount: 0 });
    const service = await ecs.stable();
    expect(service.runningCount).toBe(0);
    expect(ecs.runtime.calls).toEqual([]);
  });
});

describe('an update', () => {
  it('starts new tasks first and keeps the old deployment until its last task has stopped', async () => {
    ecs.runtime.behaviours = { 'localhost:5000/web:1': { ignoresStop: true } };
    await ecs.register();
    await ecs.createService({ desiredCount: 2 });
    const before = await ecs.stable();
    const arn = await ecs.register(image('web:2'));
    const updated = await update({ taskDefinition: arn });
    expect(updated.deployments).toMatchObject([
      { status: 'PRIMARY', taskDefinition: arn, rolloutState: 'IN_PROGRESS', runningCount: 0 },
      { status: 'ACTIVE', id: before.deployments?.[0]?.id, runningCount: 2 },
    ]);
    await ecs.until('old tasks are stopping', async () => {
      const service = await ecs.service();
      return service.runningCount === 2 && service.deployments?.[1]?.runningCount === 0;
    });
    expect((await ecs.service()).deployments).toHaveLength(2);
    ecs.runtime.releaseStops();
    const after = await ecs.stable();
    expect(after.deployments).toMatchObject([{ taskDefinition: arn, rolloutState: 'COMPLETED' }]);
    expect(after.taskDefinition).toBe(arn);
  });

  it('takes an old task out of its target group, waits until it has drained, and only then stops it', async () => {
    await ecs.register();
    await ecs.createService(behindBalancer);
    await ecs.stable();
    const [old] = await ecs.tasks();
    ecs.balancer.holdDraining = true;
    ecs.runtime.calls.length = 0;
    await update({ taskDefinition: await ecs.register(image('web:2')) });
    await ecs.until('the old task drains', async () => {
      const { tasks } = await ecs.call<{ tasks: { lastStatus: string }[] }>('DescribeTasks', {
        tasks: [old?.taskArn],
      });
      return tasks[0]?.lastStatus === 'DEACTIVATING';
    });
    expect(ecs.runtime.calls).toEqual(['run web']);
    expect((await ecs.service()).runningCount).toBe(1);
    ecs.balancer.finishDraining();
    await ecs.stable();
    expect(ecs.runtime.calls).toEqual(['run web', 'stop web after 30000 ms']);
  });

  it('waits for healthy targets before it stops an old task', async () => {
    await ecs.register();
    await ecs.createService(behindBalancer);
    await ecs.stable();
    ecs.balancer.verdict = { state: 'initial' };
    await update({ taskDefinition: await ecs.register(image('web:2')) });
    await ecs.until('two tasks run', async () => (await ecs.service()).runningCount === 2);
    const [fresh] = await ecs.tasks({ startedBy: (await ecs.service()).deployments?.[0]?.id });
    expect((await ecs.service()).deployments).toHaveLength(2);
    ecs.balancer.setHealth(fresh?.taskArn?.split('/').at(-1) ?? '', { state: 'healthy' });
    await ecs.stable();
  });

  it('supersedes one that is in progress: three deployments, then only the newest', async () => {
    ecs.balancer.verdict = { state: 'healthy' };
    await ecs.register();
    await ecs.createService(behindBalancer);
    await ecs.stable();
    ecs.balancer.verdict = { state: 'initial' };
    await update({ taskDefinition: await ecs.register(image('web:2')) });
    await ecs.until('the second runs', async () => (await ecs.service()).runningCount === 2);
    ecs.balancer.verdict = { state: 'healthy' };
    ecs.balancer.holdDraining = true;
    const last = await ecs.register(image('web:3'));
    expect((await update({ taskDefinition: last })).deployments).toHaveLength(3);
    await ecs.until(
      'the third runs alone',
      async () => (await ecs.service()).deployments?.[0]?.runningCount === 1,
    );
    ecs.balancer.finishDraining();
    ecs.balancer.holdDraining = false;
    await ecs.until('drained', async () => {
      ecs.balancer.finishDraining();
      return (await ecs.service()).deployments?.length === 1;
    });
    expect((await ecs.stable()).taskDefinition).toBe(last);
    const { serviceDeployments } = await ecs.call<{ serviceDeployments: { status: string }[] }>(
      'ListServiceDeployments',
      { service: 'web' },
    );
    expect(serviceDeployments.map(({ status }) => status)).toEqual(['SUCCESSFUL', 'STOPPED', 'SUCCESSFUL']);
  });
});

const breaker = (rollback: boolean) => ({
  deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback } },
});

describe('the circuit breaker', () => {
  beforeEach(() => {
    ecs.runtime.behaviours = {
      'localhost:5000/crash': { exitsWith: 1 },
      'localhost:5000/missing': { pullError: 'not found' },
    };
  });

  it.each(['crash:1', 'missing:1'])(
    'rolls %s back to the last completed deployment, under its old id',
    async (bad) => {
      const good = await ecs.register();
      await ecs.createService(breaker(true));
      const before = await ecs.stable();
      await update({ taskDefinition: await ecs.register(image(bad)) });
      await ecs.until('rolled back', async () => (await ecs.service()).taskDefinition === good);
      const after = await ecs.stable();
      expect(after.deployments).toMatchObject([{ id: before.deployments?.[0]?.id, taskDefinition: good }]);
      expect(events(after).some((text) => text.endsWith('deployment failed: tasks failed to start.'))).toBe(
        true,
      );
      const { serviceDeployments } = await ecs.call<{
        serviceDeployments: { status: string; serviceDeploymentArn: string }[];
      }>('ListServiceDeployments', { service: 'web' });
      expect(serviceDeployments.map(({ status }) => status)).toEqual(['ROLLBACK_SUCCESSFUL', 'SUCCESSFUL']);
      const described = await ecs.call<{ serviceDeployments: unknown[] }>('DescribeServiceDeployments', {
        serviceDeploymentArns: [serviceDeployments[0]?.serviceDeploymentArn],
      });
      expect(described.serviceDeployments).toMatchObject([
        {
          deploymentCircuitBreaker: { status: 'TRIGGERED', failureCount: 3, threshold: 3 },
          rollback: {
            reason: 'Service deployment rolled back because the circuit breaker threshold was exceeded.',
          },
        },
      ]);
    },
  );

  it('without rollback leaves PRIMARY and FAILED beside the old tasks, and starts no more', async () => {
    await ecs.register();
    await ecs.createService(breaker(false));
    await ecs.stable();
    await update({ taskDefinition: await ecs.register(image('crash:1')) });
    await ecs.until('failed', async () => (await ecs.service()).deployments?.[0]?.rolloutState === 'FAILED');
    const runs = ecs.runtime.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(ecs.runtime.calls).toHaveLength(runs);
    expect((await ecs.service()).deployments).toMatchObject([
      {
        status: 'PRIMARY',
        rolloutState: 'FAILED',
        rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start.',
        failedTasks: 3,
      },
      { status: 'ACTIVE', rolloutState: 'COMPLETED', runningCount: 1 },
    ]);
  });

  it('has nothing to go back to on the first deployment ever', async () => {
    await ecs.register(image('crash:1'));
    await ecs.createService(breaker(true));
    await ecs.until('failed', async () => (await ecs.service()).deployments?.[0]?.rolloutState === 'FAILED');
    expect((await ecs.service()).deployments).toMatchObject([
      { status: 'PRIMARY', failedTasks: 3, runningCount: 0 },
    ]);
  });

  it('is off by default: a crash-looping deployment stays IN_PROGRESS and keeps trying', async () => {
    await ecs.register();
    await ecs.createService();
    await ecs.stable();
    await update({ taskDefinition: await ecs.register(image('crash:1')) });
    await ecs.until(
      'many failures',
      async () => ((await ecs.service()).deployments?.[0]?.failedTasks ?? 0) > 4,
    );
    expect((await ecs.service()).deployments).toMatchObject([
      { rolloutState: 'IN_PROGRESS' },
      { status: 'ACTIVE', runningCount: 1 },
    ]);
  });
});

describe('an old task that ends while the new revision does not come up', () => {
  it('is replaced by one of its own revision, so the service is not worn down', async () => {
    ecs.runtime.behaviours = { 'localhost:5000/crash': { exitsWith: 1 } };
    const good = await ecs.register();
    await ecs.createService();
    const before = await ecs.stable();
    await update({ taskDefinition: await ecs.register(image('crash:1')) });
    await ecs.until('it fails', async () => ((await ecs.service()).deployments?.[0]?.failedTasks ?? 0) > 2);
    const [serving] = await ecs.tasks({ startedBy: before.deployments?.[0]?.id });
    ecs.runtime.exit(serving?.containers?.[0]?.runtimeId ?? '', 1);
    await ecs.until('replaced', async () => {
      const [other] = await ecs.tasks({ startedBy: before.deployments?.[0]?.id });
      return other?.lastStatus === 'RUNNING' && other.taskArn !== serving?.taskArn;
    });
    expect((await ecs.service()).deployments?.[1]).toMatchObject({ status: 'ACTIVE', taskDefinition: good });
  });

  it('is one of both revisions when the service is scaled meanwhile', async () => {
    ecs.runtime.behaviours = { 'localhost:5000/crash': { exitsWith: 1 } };
    await ecs.register();
    await ecs.createService();
    await ecs.stable();
    await update({ taskDefinition: await ecs.register(image('crash:1')) });
    await update({ desiredCount: 3 });
    await ecs.until(
      'three old tasks serve',
      async () => (await ecs.service()).deployments?.[1]?.runningCount === 3,
    );
  });
});

describe('a running task', () => {
  it('that exits is replaced', async () => {
    await ecs.register();
    await ecs.createService();
    await ecs.stable();
    const [container] = ecs.runtime.running();
    ecs.runtime.exit(container?.observation.runtimeId ?? '', 7);
    await ecs.until('a new one runs', async () => {
      const [task] = await ecs.tasks();
      return (
        task?.lastStatus === 'RUNNING' && task.containers?.[0]?.runtimeId !== container?.observation.runtimeId
      );
    });
    expect(await ecs.tasks({ desiredStatus: 'STOPPED' })).toMatchObject([
      {
        stopCode: 'EssentialContainerExited',
        stoppedReason: 'Essential container in task exited',
        containers: [{ exitCode: 7, lastStatus: 'STOPPED' }],
      },
    ]);
  });

  it('that becomes unhealthy is replaced first, then stopped', async () => {
    await ecs.register();
    await ecs.createService(behindBalancer);
    await ecs.stable();
    const [sick] = await ecs.tasks();
    const sickId = sick?.taskArn?.split('/').at(-1) ?? '';
    ecs.balancer.verdict = { state: 'initial' };
    ecs.balancer.setHealth(sickId, {
      state: 'unhealthy',
      description: 'Health checks failed with these codes: [500]',
    });
    await ecs.until('its replacement runs beside it', async () => (await ecs.service()).runningCount === 2);
    const [fresh] = (await ecs.tasks()).filter(({ taskArn }) => taskArn !== sick?.taskArn);
    ecs.balancer.setHealth(fresh?.taskArn?.split('/').at(-1) ?? '', { state: 'healthy' });
    await ecs.stable();
    expect(await ecs.tasks({ desiredStatus: 'STOPPED' })).toMatchObject([
      {
        taskArn: sick?.taskArn,
        stopCode: 'ServiceSchedulerInitiated',
        stoppedReason: `Task failed ELB health checks in (target-group ${behindBalancer.loadBalancers[0]?.targetGroupArn})`,
      },
    ]);
    expect(events(await ecs.service())).toContain(
      `(service web) has started 1 tasks: (task ${fresh?.taskArn?.split('/').at(-1)}). Amazon ECS replaced 1 tasks due to an unhealthy status.`,
    );
    const targetGroup = behindBalancer.loadBalancers[0]?.targetGroupArn;
    expect(events(await ecs.service())).toContainEqual(
      expect.stringMatching(
        new RegExp(
          `^\\(service web\\) \\(instance i-[0-9a-f]{17}\\) \\(port \\d+\\) is unhealthy in \\(target-group ${targetGroup}\\) due to \\(reason Health checks failed with these codes: \\[500\\]\\)\\.$`,
        ),
      ),
    );
  });
});
