// The endpoint is killed at any moment: the next one takes up what runs, starts nothing twice, loses nothing.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { behindBalancer, type Harness, image, startHarness } from '../harness.ts';

let ecs: Harness;
beforeEach(async () => {
  ecs = await startHarness();
});
afterEach(() => ecs.close());

/** By task and name: one of each, or something was started twice. */
function distinctContainers(): string[] {
  const names = [...ecs.runtime.containers.values()].map(({ spec }) => `${spec.taskId} ${spec.name}`);
  expect(new Set(names).size).toBe(names.length);
  return names;
}

describe('after kill -9', () => {
  it('a service at rest stays as it is, and its tasks are back behind the load balancer', async () => {
    await ecs.register();
    await ecs.createService({ desiredCount: 2, ...behindBalancer });
    const before = await ecs.stable();
    const containers = distinctContainers();
    ecs.balancer.calls.length = 0;
    await ecs.restart();
    await ecs.stable();
    expect(distinctContainers()).toEqual(containers);
    expect(ecs.balancer.calls.filter((call) => call.startsWith('register'))).toHaveLength(2);
    expect((await ecs.service()).deployments?.[0]?.id).toBe(before.deployments?.[0]?.id);
    expect(await ecs.tasks({ desiredStatus: 'STOPPED' })).toEqual([]);
  });

  it('old tasks whose health is not known again yet are not stopped in mid-rollout', async () => {
    await ecs.register();
    await ecs.createService({ desiredCount: 2, ...behindBalancer });
    await ecs.stable();
    ecs.balancer.verdict = { state: 'initial' };
    await ecs.call('UpdateService', { service: 'web', taskDefinition: await ecs.register(image('web:2')) });
    await ecs.until('all four run', async () => (await ecs.service()).runningCount === 4);
    await ecs.restart();
    await ecs.until(
      'registered again',
      async () => ecs.balancer.calls.filter((c) => c.startsWith('reg')).length === 8,
    );
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect((await ecs.service()).deployments).toMatchObject([{ runningCount: 2 }, { runningCount: 2 }]);
  });

  it.each(Array.from({ length: 12 }, (_, index) => index))(
    'a rollout that is interrupted again and again converges (%i)',
    async (moment) => {
      await ecs.register();
      await ecs.createService({ desiredCount: 3, ...behindBalancer });
      const arn = await ecs.register(image('web:2'));
      await ecs.call('UpdateService', { service: 'web', taskDefinition: arn });
      for (let kill = 0; kill < 4; kill += 1) {
        for (let turn = 0; turn < moment; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        await ecs.restart();
        distinctContainers();
      }
      const service = await ecs.stable();
      expect(service).toMatchObject({ taskDefinition: arn, runningCount: 3 });
      await ecs.until('only its containers are left', async () => ecs.runtime.containers.size === 3);
      distinctContainers();
    },
  );

  it('a container that died meanwhile is seen to have died, with its exit code', async () => {
    await ecs.register();
    await ecs.createService();
    await ecs.stable();
    const [container] = ecs.runtime.running();
    if (!container) throw new Error('none runs');
    container.observation = { ...container.observation, state: 'exited', exitCode: 9 };
    await ecs.restart();
    await ecs.until('replaced', async () => (await ecs.tasks())[0]?.lastStatus === 'RUNNING');
    expect(await ecs.tasks({ desiredStatus: 'STOPPED' })).toMatchObject([
      { stopCode: 'EssentialContainerExited', containers: [{ exitCode: 9 }] },
    ]);
  });

  it('a container that was removed meanwhile is missed, and replaced', async () => {
    await ecs.register();
    await ecs.createService();
    await ecs.stable();
    ecs.runtime.containers.clear();
    await ecs.restart();
    await ecs.until('replaced', async () => ecs.runtime.running().length === 1);
    await ecs.stable();
  });

  it('containers that were removed in mid-rollout are not held against the new version', async () => {
    const deploymentConfiguration = { deploymentCircuitBreaker: { enable: true, rollback: true } };
    await ecs.register();
    await ecs.createService({ desiredCount: 3, deploymentConfiguration, ...behindBalancer });
    await ecs.stable();
    ecs.balancer.verdict = { state: 'initial' };
    const taskDefinition = await ecs.register();
    await ecs.call('UpdateService', { service: 'web', taskDefinition });
    await ecs.until('all six run', async () => (await ecs.service()).runningCount === 6);
    // Any call that is answered puts on disk all that is known.
    await ecs.call('UpdateService', { service: 'web' });
    ecs.runtime.containers.clear();
    ecs.balancer.verdict = { state: 'healthy' };
    await ecs.restart();
    expect(await ecs.stable()).toMatchObject({ taskDefinition, deployments: [{ failedTasks: 0 }] });
    const stopped = await ecs.tasks({ desiredStatus: 'STOPPED' });
    const lost = stopped.filter(({ stopCode }) => stopCode === 'TerminationNotice');
    expect(lost).toHaveLength(6);
    expect(new Set(lost.map(({ stoppedReason }) => stoppedReason))).toEqual(
      new Set(['The containers of the task were removed from the engine']),
    );
  });

  it('a task that was draining goes on to stop', async () => {
    await ecs.register();
    await ecs.createService(behindBalancer);
    await ecs.stable();
    ecs.balancer.holdDraining = true;
    await ecs.call('UpdateService', { service: 'web', desiredCount: 0 });
    await ecs.until('it drains', async () => (await ecs.service()).runningCount === 0);
    await ecs.restart();
    await ecs.until('gone', async () => {
      ecs.balancer.finishDraining();
      return ecs.runtime.containers.size === 0;
    });
    expect(await ecs.tasks({ desiredStatus: 'STOPPED' })).toMatchObject([
      { stopCode: 'ServiceSchedulerInitiated' },
    ]);
  });

  it('a container that no known task owns is removed', async () => {
    await ecs.register();
    await ecs.call('RunTask', { taskDefinition: 'web' });
    await ecs.until('it runs', async () => ecs.runtime.running().length === 1);
    const [container] = ecs.runtime.running();
    if (!container) throw new Error('none runs');
    ecs.runtime.containers.set('stray', {
      spec: { ...container.spec, taskId: 'unknown' },
      observation: { ...container.observation, taskId: 'unknown', runtimeId: 'stray' },
    });
    await ecs.restart();
    expect([...ecs.runtime.containers.keys()]).toEqual([container.observation.runtimeId]);
  });
});
