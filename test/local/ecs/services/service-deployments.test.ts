// Service deployments: every status, what begins one and what does not, and what is listed.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { behindBalancer, type Harness, image, startHarness } from '../harness.ts';
import { deploymentSteps } from './deployment-steps.ts';

let ecs: Harness;
beforeEach(async () => {
  ecs = await startHarness();
  ecs.runtime.behaviours = { 'localhost:5000/crash': { exitsWith: 1 } };
});
afterEach(() => ecs.close());

const { update, list, statuses, describeOne, stop, midRollout, midRollback, letGo, allHealthy } =
  deploymentSteps(() => ecs);

describe('a service deployment', () => {
  it('is PENDING, then IN_PROGRESS with a start, then SUCCESSFUL with an end', async () => {
    await ecs.register();
    const { currentServiceDeployment: arn } = await ecs.createService(behindBalancer);
    const pending = await describeOne(arn);
    expect(pending).toMatchObject({ status: 'PENDING', createdAt: expect.any(Date) });
    expect(pending).not.toHaveProperty('startedAt');
    ecs.balancer.verdict = { state: 'initial' };
    await ecs.until('it is taken up', async () => (await describeOne(arn))?.status === 'IN_PROGRESS');
    const running = await describeOne(arn);
    expect(running).toMatchObject({ startedAt: expect.any(Date) });
    expect(running).not.toHaveProperty('finishedAt');
    await ecs.until('it runs', async () => (await ecs.service()).runningCount === 1);
    const [task] = await ecs.tasks();
    ecs.balancer.setHealth(task?.taskArn?.split('/').at(-1) ?? '', { state: 'healthy' });
    await ecs.stable();
    const done = await describeOne(arn);
    expect(done).toMatchObject({
      status: 'SUCCESSFUL',
      finishedAt: expect.any(Date),
      targetServiceRevision: { requestedTaskCount: 1, runningTaskCount: 1, pendingTaskCount: 0 },
    });
    for (const absent of ['statusReason', 'rollback', 'stoppedAt', 'lifecycleStage'])
      expect(done).not.toHaveProperty(absent);
  });

  it('that a newer one takes over from ends as STOPPED once that has started', async () => {
    const { arn } = await midRollout();
    await update({ taskDefinition: await ecs.register(image('web:3')) });
    expect(await statuses()).toEqual(['PENDING', 'STOP_REQUESTED', 'SUCCESSFUL']);
    await ecs.until('stopped', async () => (await describeOne(arn))?.status === 'STOPPED');
    expect(await describeOne(arn)).toMatchObject({
      finishedAt: expect.any(Date),
      stoppedAt: expect.any(Date),
      deploymentCircuitBreaker: { status: 'DISABLED' },
    });
    expect((await statuses())[0]).toBe('IN_PROGRESS');
  });

  it('is begun by the same task definition again with forceNewDeployment, in mid-rollout too', async () => {
    const { arn } = await midRollout();
    const { currentServiceDeployment } = await update({ forceNewDeployment: true });
    expect(currentServiceDeployment).not.toBe(arn);
    await ecs.until('stopped', async () => (await describeOne(arn))?.status === 'STOPPED');
    await allHealthy();
    await ecs.stable();
    expect(await statuses()).toEqual(['SUCCESSFUL', 'STOPPED', 'SUCCESSFUL']);
  });

  it.each(['at rest', 'in mid-rollout', 'in mid-rollback'])('is not begun by scaling %s', async (when) => {
    if (when === 'at rest') {
      await ecs.register();
      await ecs.createService({ desiredCount: 2 });
      await ecs.stable();
    } else await (when === 'in mid-rollout' ? midRollout() : midRollback());
    const before = (await list()).length;
    const ids = (await ecs.service()).deployments?.map(({ id }) => id);
    const { deployments } = await update({ desiredCount: 3 });
    expect(deployments?.map(({ id }) => id)).toEqual(ids);
    expect(await list()).toHaveLength(before);
    await ecs.until('the third of what served runs', async () =>
      (await ecs.service()).deployments?.some(
        ({ taskDefinition, runningCount }) => taskDefinition?.endsWith('web:1') && runningCount === 3,
      ),
    );
    letGo();
  });

  it('goes by the circuit breaker and the desired count that hold now', async () => {
    const { arn } = await midRollout();
    const breaker = async () => (await describeOne(arn))?.deploymentCircuitBreaker;
    const set = (deploymentCircuitBreaker: object): Promise<unknown> =>
      update({ deploymentConfiguration: { deploymentCircuitBreaker } });
    expect(await breaker()).toMatchObject({ status: 'DISABLED', threshold: 3 });
    await set({ enable: true, rollback: true });
    expect(await breaker()).toMatchObject({ status: 'MONITORING', threshold: 3 });
    await update({ desiredCount: 9 });
    expect(await breaker()).toMatchObject({ status: 'MONITORING', threshold: 5 });
    await set({ enable: true, rollback: true, thresholdConfiguration: { type: 'COUNT', value: 1 } });
    expect(await breaker()).toMatchObject({ status: 'MONITORING', threshold: 1 });
    const [task] = await ecs.tasks({ startedBy: (await ecs.service()).deployments?.[0]?.id });
    ecs.runtime.exit(task?.containers?.[0]?.runtimeId ?? '', 1);
    await ecs.until('rolled back', async () => {
      await allHealthy();
      return (await describeOne(arn))?.status === 'ROLLBACK_SUCCESSFUL';
    });
    expect(await breaker()).toMatchObject({ status: 'TRIGGERED', failureCount: 1, threshold: 1 });
  });

  it('has no sixth beside five that are not done', async () => {
    await midRollout();
    ecs.balancer.holdDraining = true;
    for (let revision = 3; revision <= 5; revision += 1) {
      await update({ taskDefinition: await ecs.register(image(`web:${revision}`)) });
      await ecs.until(
        'its tasks run',
        async () => (await ecs.service()).deployments?.[0]?.runningCount === 2,
      );
    }
    expect((await ecs.service()).deployments).toHaveLength(5);
    await expect(update({ forceNewDeployment: true })).rejects.toMatchObject({
      code: 'InvalidParameterException',
      message: '5 active deployments exist, unable to create new deployment.',
    });
    expect(await list()).toHaveLength(5);
    expect((await update({ desiredCount: 1 })).desiredCount).toBe(1);
    letGo();
  });

  it('goes with its service', async () => {
    const { arn } = await midRollout();
    ecs.balancer.holdDraining = true;
    await ecs.call('DeleteService', { service: 'web', force: true });
    await ecs.until('it is being stopped', async () => (await describeOne(arn))?.status === 'STOP_REQUESTED');
    await stop(arn);
    letGo();
    await ecs.until('INACTIVE', async () => (await ecs.service()).status === 'INACTIVE');
    expect(await list()).toEqual([]);
    expect(await ecs.call('DescribeServiceDeployments', { serviceDeploymentArns: [arn] })).toEqual({
      serviceDeployments: [],
      failures: [{ arn, reason: 'MISSING' }],
    });
    await expect(stop(arn)).rejects.toMatchObject({ code: 'ServiceDeploymentNotFoundException' });
    expect(ecs.runtime.running()).toEqual([]);
  });
});

describe('ListServiceDeployments', () => {
  it('is newest first, filters by status and time of creation, and comes in pages', async () => {
    await ecs.register();
    await ecs.createService();
    await ecs.stable();
    const between = new Date();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await update({ forceNewDeployment: true });
    await ecs.stable();
    await update({ taskDefinition: await ecs.register(image('crash:1')) });
    const all = await list();
    expect(all).toHaveLength(3);
    expect(all.map(({ createdAt }) => createdAt?.getTime())).toEqual(
      all.map(({ createdAt }) => createdAt?.getTime()).sort((a, b) => (b ?? 0) - (a ?? 0)),
    );
    expect(await list({ status: ['SUCCESSFUL'] })).toHaveLength(2);
    expect(await list({ status: ['ROLLBACK_FAILED', 'STOPPED'] })).toEqual([]);
    expect(await list({ createdAt: { after: between } })).toHaveLength(2);
    expect(await list({ createdAt: { before: between } })).toHaveLength(1);
    expect(await list({ createdAt: { after: between, before: between } })).toEqual([]);
    const pages: unknown[] = [];
    let nextToken: string | undefined;
    do {
      const page: { serviceDeployments: unknown[]; nextToken?: string } = await ecs.call(
        'ListServiceDeployments',
        { service: 'web', maxResults: 1, ...(nextToken && { nextToken }) },
      );
      pages.push(...page.serviceDeployments);
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(pages).toHaveLength(3);
  });

  it('is newest first even of those that were made in the same millisecond', async () => {
    await ecs.register();
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now());
    try {
      const made = [(await ecs.createService()).currentServiceDeployment];
      for (let turn = 0; turn < 3; turn += 1) {
        made.unshift((await update({ forceNewDeployment: true })).currentServiceDeployment);
      }
      expect((await list()).map(({ serviceDeploymentArn }) => serviceDeploymentArn)).toEqual(made);
    } finally {
      clock.mockRestore();
    }
  });

  it.each([
    ['no such service', { service: 'nobody' }, 'ServiceNotFoundException'],
    ['no such cluster', { service: 'web', cluster: 'nowhere' }, 'ClusterNotFoundException'],
    ['no service', {}, 'InvalidParameterException'],
    ['a page of 0', { service: 'web', maxResults: 0 }, 'InvalidParameterException'],
    ['a foreign token', { service: 'web', nextToken: 'x' }, 'InvalidParameterException'],
  ])('refuses %s', async (_what, input, code) => {
    await ecs.register();
    await ecs.createService();
    await expect(ecs.call('ListServiceDeployments', input)).rejects.toMatchObject({ code });
  });

  it('takes at most 20 to describe', async () => {
    const serviceDeploymentArns = Array.from({ length: 21 }, (_, index) => `arn:${index}`);
    await expect(ecs.call('DescribeServiceDeployments', { serviceDeploymentArns })).rejects.toMatchObject({
      code: 'InvalidParameterException',
    });
  });
});
