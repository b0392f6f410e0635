// CloudWatch alarms on a deployment: which count, from when, for how long, and what becomes of it.
import type { Service, ServiceDeployment } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { behindBalancer, events, type Harness, image, quick, startHarness } from '../harness.ts';
import { FakeAlarms } from './fake-alarms.ts';

let ecs: Harness;
let alarms: FakeAlarms;
beforeEach(async () => {
  alarms = new FakeAlarms();
  alarms.set('errors', 'OK');
  alarms.set('latency', 'OK');
  ecs = await startHarness({ ...quick, alarmBakeMaximumMs: 60_000 }, { alarms });
});
afterEach(() => ecs.close());

const watching = (more: Record<string, unknown> = {}) => ({
  deploymentConfiguration: {
    alarms: { alarmNames: ['errors', 'latency'], enable: true, rollback: true, ...more },
  },
});

const update = async (input: Record<string, unknown>): Promise<Service> =>
  (await ecs.call<{ service: Service }>('UpdateService', { service: 'web', ...input })).service;

/** The newest service deployment. */
async function run(): Promise<ServiceDeployment> {
  const { serviceDeployments } = await ecs.call<{ serviceDeployments: ServiceDeployment[] }>(
    'ListServiceDeployments',
    { service: 'web' },
  );
  const described = await ecs.call<{ serviceDeployments: ServiceDeployment[] }>(
    'DescribeServiceDeployments',
    { serviceDeploymentArns: [serviceDeployments[0]?.serviceDeploymentArn] },
  );
  return described.serviceDeployments[0] ?? {};
}

/** A service at rest whose alarms are watched from now on, and an update that runs but is not in service yet. */
async function midRollout(more: Record<string, unknown> = {}): Promise<{ good: string; bad: string }> {
  const good = await ecs.register();
  await ecs.createService({ desiredCount: 2, ...behindBalancer, ...watching(more) });
  await ecs.stable();
  ecs.balancer.verdict = { state: 'initial' };
  const bad = await ecs.register(image('web:2'));
  await update({ taskDefinition: bad });
  await ecs.until('both run beside the old', async () => (await ecs.service()).runningCount === 4);
  return { good, bad };
}

describe('an alarm that goes off during a deployment', () => {
  it('fails it and rolls it back', async () => {
    const { good } = await midRollout();
    expect(await run()).toMatchObject({
      status: 'IN_PROGRESS',
      alarms: { status: 'MONITORING', alarmNames: ['errors', 'latency'], triggeredAlarmNames: [] },
    });
    const [fresh, old] = (await ecs.service()).deployments ?? [];
    alarms.set('latency', 'ALARM');
    const after = await ecs.stable();
    expect(after).toMatchObject({ taskDefinition: good, runningCount: 2, deployments: [{ id: old?.id }] });
    expect(events(after)).toEqual(
      expect.arrayContaining([
        `(service web) (deployment ${fresh?.id}) deployment failed: alarm detected.`,
        `(service web) rolling back to deployment ${old?.id}.`,
      ]),
    );
    const reason = 'Service deployment rolled back because of one or more active alarms.';
    expect(await run()).toMatchObject({
      status: 'ROLLBACK_SUCCESSFUL',
      statusReason: reason,
      rollback: { reason },
      alarms: { status: 'TRIGGERED', triggeredAlarmNames: ['latency'] },
      deploymentCircuitBreaker: { status: 'DISABLED' },
    });
  });

  it('shows why, while it is rolled back', async () => {
    await midRollout();
    ecs.balancer.holdDraining = true;
    const [fresh, old] = (await ecs.service()).deployments ?? [];
    alarms.set('errors', 'ALARM');
    await ecs.until('rolled back', async () => (await ecs.service()).deployments?.[0]?.id === old?.id);
    expect((await ecs.service()).deployments).toMatchObject([
      {
        status: 'PRIMARY',
        rolloutStateReason: `ECS deployment alarms: rolling back to deploymentId ${old?.id}.`,
      },
      {
        id: fresh?.id,
        status: 'ACTIVE',
        rolloutState: 'FAILED',
        rolloutStateReason: 'ECS deployment alarms: alarm detected.',
      },
    ]);
    ecs.balancer.holdDraining = false;
    ecs.balancer.finishDraining();
  });

  it('without rollback leaves it PRIMARY and FAILED', async () => {
    const { bad } = await midRollout({ rollback: false });
    alarms.set('errors', 'ALARM');
    await ecs.until('failed', async () => (await ecs.service()).deployments?.[0]?.rolloutState === 'FAILED');
    expect(await ecs.service()).toMatchObject({
      taskDefinition: bad,
      deployments: [{}, { status: 'ACTIVE' }],
    });
    expect(await run()).toMatchObject({ status: 'STOPPED', alarms: { status: 'TRIGGERED' } });
  });

  it('is not looked at when it is not enabled', async () => {
    const { bad } = await midRollout({ enable: false });
    alarms.set('errors', 'ALARM');
    for (const task of await ecs.tasks({ startedBy: (await ecs.service()).deployments?.[0]?.id })) {
      ecs.balancer.setHealth(task.taskArn?.split('/').at(-1) ?? '', { state: 'healthy' });
    }
    expect(await ecs.stable()).toMatchObject({ taskDefinition: bad });
    expect(await run()).toMatchObject({ status: 'SUCCESSFUL', alarms: { status: 'DISABLED' } });
  });
});

describe('an alarm', () => {
  it('that is in ALARM when the deployment starts is no reason to fail: a fix can be deployed', async () => {
    await ecs.register();
    await ecs.createService(watching());
    await ecs.stable();
    alarms.set('errors', 'ALARM');
    const arn = await ecs.register(image('web:2'));
    await update({ taskDefinition: arn });
    expect(await ecs.stable()).toMatchObject({ taskDefinition: arn });
    expect(await run()).toMatchObject({ status: 'SUCCESSFUL', alarms: { status: 'DISABLED' } });
  });

  it('counts from the first task of the new revision that runs', async () => {
    await ecs.register();
    await ecs.createService(watching());
    await ecs.stable();
    ecs.runtime.behaviours = { 'localhost:5000/missing': { pullError: 'not found' } };
    await update({ taskDefinition: await ecs.register(image('missing:1')) });
    await ecs.until('it fails', async () => ((await ecs.service()).deployments?.[0]?.failedTasks ?? 0) > 1);
    alarms.set('errors', 'ALARM');
    const failures = (await ecs.service()).deployments?.[0]?.failedTasks ?? 0;
    await ecs.until(
      'it goes on failing',
      async () => ((await ecs.service()).deployments?.[0]?.failedTasks ?? 0) > failures,
    );
    expect((await ecs.service()).deployments).toMatchObject([{ rolloutState: 'IN_PROGRESS' }, {}]);
  });

  it('that does not exist is accepted, and never goes off', async () => {
    await ecs.register();
    await ecs.createService(watching({ alarmNames: ['nobody-made-it'] }));
    await ecs.stable();
    expect(await run()).toMatchObject({
      status: 'SUCCESSFUL',
      alarms: { status: 'MONITORING_COMPLETE', alarmNames: ['nobody-made-it'] },
    });
  });

  it.each(['OK', 'INSUFFICIENT_DATA'] as const)('in state %s is well', async (state) => {
    alarms.set('errors', state);
    await ecs.register();
    await ecs.createService(watching());
    await ecs.stable();
  });

  it('that goes off after the deployment is done changes nothing', async () => {
    await ecs.register();
    await ecs.createService(watching());
    const before = await ecs.stable();
    alarms.set('errors', 'ALARM');
    expect((await ecs.stable()).deployments?.[0]?.id).toBe(before.deployments?.[0]?.id);
  });

  it('on the first deployment ever finds nothing to go back to', async () => {
    alarms.evaluation = 60_000;
    await ecs.register();
    await ecs.createService(watching());
    await ecs.until('it bakes', async () => (await ecs.service()).runningCount === 1);
    alarms.set('errors', 'ALARM');
    await ecs.until('failed', async () => (await ecs.service()).deployments?.[0]?.rolloutState === 'FAILED');
    expect(await run()).toMatchObject({
      status: 'ROLLBACK_FAILED',
      statusReason: 'No rollback candidate was found to run the rollback.',
    });
  });
});

describe('the bake time', () => {
  /** All tasks are new and healthy, and the old ones are gone. */
  const baking = async (): Promise<{ good: string; bad: string }> => {
    const good = await ecs.register();
    await ecs.createService({ desiredCount: 2, ...watching() });
    await ecs.stable();
    alarms.evaluation = 60_000;
    const bad = await ecs.register(image('web:2'));
    await update({ taskDefinition: bad });
    await ecs.until('the old tasks are gone', async () => {
      const { deployments = [] } = await ecs.service();
      return deployments[0]?.runningCount === 2 && deployments[1]?.runningCount === 0;
    });
    return { good, bad };
  };

  it('keeps the deployment IN_PROGRESS and the old one listed without tasks, so nobody calls it stable', async () => {
    await baking();
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect((await ecs.service()).deployments).toMatchObject([
      { rolloutState: 'IN_PROGRESS', runningCount: 2 },
      { status: 'ACTIVE', runningCount: 0 },
    ]);
    expect(await run()).toMatchObject({ status: 'IN_PROGRESS', alarms: { status: 'MONITORING' } });
  });

  it('ends in a rollback if an alarm goes off', async () => {
    const { good } = await baking();
    alarms.set('errors', 'ALARM');
    expect(await ecs.stable()).toMatchObject({ taskDefinition: good, runningCount: 2 });
    expect(await run()).toMatchObject({ status: 'ROLLBACK_SUCCESSFUL' });
  });

  it('lasts as long as the alarms take to be evaluated', async () => {
    await ecs.register();
    await ecs.createService({ desiredCount: 0, ...watching() });
    await ecs.stable();
    alarms.evaluation = 150;
    const startedAtMs = Date.now();
    await update({ desiredCount: 1, forceNewDeployment: true });
    await ecs.stable();
    expect(Date.now() - startedAtMs).toBeGreaterThanOrEqual(150);
    expect(await run()).toMatchObject({ status: 'SUCCESSFUL', alarms: { status: 'MONITORING_COMPLETE' } });
  });

  it('is left out where no task runs', async () => {
    alarms.evaluation = 60_000;
    await ecs.register();
    await ecs.createService({ desiredCount: 0, ...watching() });
    await ecs.stable();
  });

  it('goes on where it was after kill -9', async () => {
    await baking();
    alarms.evaluation = 10;
    await ecs.restart();
    expect((await ecs.stable()).deployments).toHaveLength(1);
  });
});

describe('alarms and circuit breaker together', () => {
  it('each decide with their own rollback setting', async () => {
    ecs.runtime.behaviours = { 'localhost:5000/crash': { exitsWith: 1 } };
    const good = await ecs.register();
    await ecs.createService({
      deploymentConfiguration: {
        deploymentCircuitBreaker: { enable: true, rollback: true },
        alarms: { alarmNames: ['errors'], enable: true, rollback: false },
      },
    });
    await ecs.stable();
    await update({ taskDefinition: await ecs.register(image('crash:1')) });
    await ecs.until('rolled back', async () => (await ecs.service()).taskDefinition === good);
    await ecs.stable();
    expect(await run()).toMatchObject({
      status: 'ROLLBACK_SUCCESSFUL',
      deploymentCircuitBreaker: { status: 'TRIGGERED' },
      alarms: { status: 'MONITORING_COMPLETE', triggeredAlarmNames: [] },
    });
  });
});
