// A disk that refuses, and takes it later: what was changed is acted on then, not before, and once.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Harness, image, refusal, startHarness, withoutDisk } from '../harness.ts';

let ecs: Harness;
beforeEach(async () => {
  ecs = await startHarness();
  await ecs.register();
});
afterEach(() => ecs.close());

const refused = expect.stringMatching(/The local state cannot be saved: ENOENT/);
const runs = (): number => ecs.runtime.calls.filter((call) => call.startsWith('run')).length;

/** Longer than a pass of the controller takes. */
const aMoment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

describe('a change that could not be written down', () => {
  it('of CreateService is acted on when it is', async () => {
    const input = { serviceName: 'web', taskDefinition: 'web', desiredCount: 1 };
    await withoutDisk(ecs, async () => {
      expect(await refusal(ecs, 'CreateService', input)).toEqual(refused);
      await aMoment();
      expect(runs()).toBe(0);
    });
    await ecs.stable();
    expect(runs()).toBe(1);
  });

  it.each([false, true])('of UpdateService makes one deployment (asked for again: %s)', async (again) => {
    await ecs.createService();
    await ecs.stable();
    const taskDefinition = await ecs.register(image('web:2'));
    const update = () => refusal(ecs, 'UpdateService', { service: 'web', taskDefinition });
    await withoutDisk(ecs, async () => {
      expect(await update()).toEqual(refused);
      if (again) expect(await update()).toEqual(refused);
      await aMoment();
      expect(runs()).toBe(1);
    });
    if (again) expect(await update()).toBe('accepted');
    expect(await ecs.stable()).toMatchObject({ taskDefinition, deployments: [{ failedTasks: 0 }] });
    const { serviceDeployments } = await ecs.call<{ serviceDeployments: unknown[] }>(
      'ListServiceDeployments',
      { service: 'web' },
    );
    expect(serviceDeployments).toHaveLength(2);
    expect(runs()).toBe(2);
  });

  it('of DeleteService stops its tasks when it is', async () => {
    await ecs.createService();
    await ecs.stable();
    await withoutDisk(ecs, async () => {
      expect(await refusal(ecs, 'DeleteService', { service: 'web', force: true })).toEqual(refused);
      await aMoment();
      expect(ecs.runtime.running()).toHaveLength(1);
    });
    await ecs.until('it is gone', async () => (await ecs.service()).status === 'INACTIVE');
    expect(ecs.runtime.running()).toEqual([]);
  });
});
