// StopServiceDeployment in every status, and rollbacks that are interrupted, find nothing, or fail themselves.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { behindBalancer, events, type Harness, image, startHarness } from '../harness.ts';
import { breaker, deploymentSteps } from './deployment-steps.ts';

let ecs: Harness;
beforeEach(async () => {
  ecs = await startHarness();
  ecs.runtime.behaviours = { 'localhost:5000/crash': { exitsWith: 1 } };
});
afterEach(() => ecs.close());

const { update, statuses, describeOne, stop, midRollout, midRollback, letGo, allHealthy } = deploymentSteps(
  () => ecs,
);

describe('StopServiceDeployment', () => {
  it('requests a rollback, which needs no circuit breaker, and says who wanted it', async () => {
    const { good, arn } = await midRollout();
    const [fresh, old] = (await ecs.service()).deployments ?? [];
    ecs.balancer.holdDraining = true;
    expect(await stop(arn, 'ROLLBACK')).toEqual({ serviceDeploymentArn: arn });
    expect((await describeOne(arn))?.status).toBe('ROLLBACK_REQUESTED');
    await ecs.until('it goes back', async () => (await describeOne(arn))?.status === 'ROLLBACK_IN_PROGRESS');
    const reason = 'Service deployment rolled back by user.';
    expect(await describeOne(arn)).toMatchObject({
      statusReason: reason,
      rollback: {
        reason,
        startedAt: expect.any(Date),
        serviceRevisionArn: expect.stringContaining('service-revision'),
      },
    });
    expect((await ecs.service()).deployments).toMatchObject([
      {
        id: old?.id,
        status: 'PRIMARY',
        rolloutState: 'IN_PROGRESS',
        rolloutStateReason: `ECS deployment stopped: rolling back to deploymentId ${old?.id}.`,
      },
      { id: fresh?.id, status: 'ACTIVE', rolloutState: 'FAILED' },
    ]);
    letGo();
    expect(await ecs.stable()).toMatchObject({ taskDefinition: good });
    expect(await describeOne(arn)).toMatchObject({
      status: 'ROLLBACK_SUCCESSFUL',
      statusReason: reason,
      finishedAt: expect.any(Date),
    });
    expect(events(await ecs.service())).toEqual(
      expect.arrayContaining([`(service web) rolling back to deployment ${old?.id}.`]),
    );
  });

  it('takes one that is PENDING', async () => {
    const { good } = await midRollout();
    const { currentServiceDeployment: arn } = await update({
      taskDefinition: await ecs.register(image('web:3')),
    });
    await stop(arn);
    letGo();
    expect(await ecs.stable()).toMatchObject({ taskDefinition: good });
    expect(await statuses()).toEqual(['ROLLBACK_SUCCESSFUL', 'STOPPED', 'SUCCESSFUL']);
  });

  it('lets one that is being rolled back go on', async () => {
    const { arn } = await midRollback();
    const before = await describeOne(arn);
    expect(await stop(arn)).toEqual({ serviceDeploymentArn: arn });
    expect(await describeOne(arn)).toEqual(before);
    letGo();
    await ecs.stable();
    expect((await describeOne(arn))?.status).toBe('ROLLBACK_SUCCESSFUL');
  });

  it.each(['ROLLBACK_REQUESTED', 'STOP_REQUESTED'] as const)(
    'lets one that is in %s go on',
    async (status) => {
      const { arn } = await midRollout();
      if (status === 'ROLLBACK_REQUESTED') await stop(arn);
      else await update({ forceNewDeployment: true });
      expect((await describeOne(arn))?.status).toBe(status);
      expect(await stop(arn)).toEqual({ serviceDeploymentArn: arn });
      letGo();
    },
  );

  it.each(['SUCCESSFUL', 'STOPPED', 'ROLLBACK_SUCCESSFUL', 'ROLLBACK_FAILED'] as const)(
    'refuses one that is %s',
    async (status) => {
      const arn = await inStatus(status);
      await ecs.until(status, async () => (await describeOne(arn))?.status === status);
      await expect(stop(arn)).rejects.toMatchObject({ code: 'ConflictException' });
      expect((await describeOne(arn))?.status).toBe(status);
    },
  );

  it('of the first deployment ever finds nothing to go back to', async () => {
    ecs.balancer.verdict = { state: 'initial' };
    await ecs.register();
    const { currentServiceDeployment: arn } = await ecs.createService(behindBalancer);
    await ecs.until('it runs', async () => (await ecs.service()).runningCount === 1);
    await stop(arn);
    await ecs.until('failed', async () => (await describeOne(arn))?.status === 'ROLLBACK_FAILED');
    expect(await describeOne(arn)).toMatchObject({
      statusReason: 'No rollback candidate was found to run the rollback.',
    });
    expect((await ecs.service()).deployments).toMatchObject([{ status: 'PRIMARY', rolloutState: 'FAILED' }]);
  });

  it('knows no other stop type, no other deployment, and needs one', async () => {
    const { arn } = await midRollout();
    await expect(stop(arn, 'ABORT')).rejects.toMatchObject({ code: 'InvalidParameterException' });
    await expect(stop(`${arn}x`)).rejects.toMatchObject({ code: 'ServiceDeploymentNotFoundException' });
    await expect(stop(undefined)).rejects.toMatchObject({ code: 'InvalidParameterException' });
    expect((await describeOne(arn))?.status).toBe('IN_PROGRESS');
  });

  it('is not forgotten by a kill -9 right after it', async () => {
    const { good, arn } = await midRollout();
    await stop(arn);
    letGo();
    await ecs.restart();
    expect(await ecs.stable()).toMatchObject({ taskDefinition: good });
    expect((await describeOne(arn))?.status).toBe('ROLLBACK_SUCCESSFUL');
  });
});

/** The ARN of one that gets there. */
async function inStatus(
  status: 'SUCCESSFUL' | 'STOPPED' | 'ROLLBACK_SUCCESSFUL' | 'ROLLBACK_FAILED',
): Promise<string> {
  const first = status === 'ROLLBACK_FAILED' ? image('crash:1') : {};
  await ecs.register(first);
  const { currentServiceDeployment = '' } = await ecs.createService({ ...breaker });
  if (status === 'SUCCESSFUL' || status === 'ROLLBACK_FAILED') return currentServiceDeployment;
  await ecs.stable();
  const updated = await update({ taskDefinition: await ecs.register(image('crash:1')) });
  if (status === 'STOPPED') await update({ taskDefinition: await ecs.register(image('web:2')) });
  return updated.currentServiceDeployment ?? '';
}

describe('a rollback', () => {
  it('that an UpdateService interrupts is STOPPED, and the update takes over', async () => {
    const { arn } = await midRollback();
    const wanted = await ecs.register(image('web:3'));
    await update({ taskDefinition: wanted });
    await ecs.until('stopped', async () => (await describeOne(arn))?.status === 'STOPPED');
    await ecs.until('all healthy', async () => {
      await allHealthy();
      return (await ecs.service()).deployments?.length === 1;
    });
    expect(await ecs.stable()).toMatchObject({ taskDefinition: wanted });
    expect(await statuses()).toEqual(['SUCCESSFUL', 'STOPPED', 'SUCCESSFUL']);
  });

  it.each(['deregistered', 'deleted'])('goes to a task definition that was %s meanwhile', async (how) => {
    const good = await ecs.register();
    await ecs.createService({ ...breaker });
    await ecs.stable();
    await ecs.call('DeregisterTaskDefinition', { taskDefinition: good });
    if (how === 'deleted') await ecs.call('DeleteTaskDefinitions', { taskDefinitions: [good] });
    ecs.runtime.behaviours = { 'localhost:5000/crash': { exitsWith: 1 } };
    await update({ taskDefinition: await ecs.register(image('crash:1')) });
    for (const { observation } of ecs.runtime.running()) ecs.runtime.exit(observation.runtimeId, 1);
    await ecs.until('it goes back', async () => (await ecs.service()).taskDefinition === good);
    expect(await ecs.stable()).toMatchObject({ taskDefinition: good, runningCount: 1 });
    expect((await statuses())[0]).toBe('ROLLBACK_SUCCESSFUL');
  });

  it('that fails by the circuit breaker is ROLLBACK_FAILED; the service starts no more tasks until it is updated', async () => {
    await ecs.register();
    await ecs.createService({
      ...breaker,
      deploymentConfiguration: {
        ...breaker.deploymentConfiguration,
        minimumHealthyPercent: 0,
        maximumPercent: 100,
      },
    });
    await ecs.stable();
    const { currentServiceDeployment: arn } = await update({
      taskDefinition: await ecs.register(image('crash:1')),
    });
    // Meanwhile somebody has deleted the old image, too.
    ecs.runtime.behaviours = {
      'localhost:5000/crash': { exitsWith: 1 },
      'localhost:5000/web': { pullError: 'not found' },
    };
    await ecs.until(
      'it failed both ways',
      async () => (await describeOne(arn))?.status === 'ROLLBACK_FAILED',
    );
    expect(await describeOne(arn)).toMatchObject({
      deploymentCircuitBreaker: { status: 'TRIGGERED', failureCount: 3 },
      rollback: { reason: expect.any(String) },
    });
    expect((await ecs.service()).deployments?.[0]).toMatchObject({
      status: 'PRIMARY',
      rolloutState: 'FAILED',
      failedTasks: 3,
    });
    const runs = ecs.runtime.pulls.length;
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(ecs.runtime.pulls).toHaveLength(runs);
    ecs.runtime.behaviours = {};
    const fixed = await ecs.register(image('web:3'));
    await update({ taskDefinition: fixed });
    expect(await ecs.stable()).toMatchObject({ taskDefinition: fixed, runningCount: 1 });
  });

  it('without a circuit breaker never fails: it goes on trying', async () => {
    const { arn } = await midRollout({
      deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 200 },
    });
    ecs.runtime.behaviours = { 'localhost:5000/web:1': { pullError: 'not found' } };
    for (const { observation, spec } of ecs.runtime.running()) {
      if (spec.image.endsWith('web:1') || spec.image.includes('@'))
        ecs.runtime.exit(observation.runtimeId, 1);
    }
    await stop(arn);
    await ecs.until('it goes back', async () => (await describeOne(arn))?.status === 'ROLLBACK_IN_PROGRESS');
    letGo();
  });
});
