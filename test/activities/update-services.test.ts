import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Rollout, ServiceUpdate } from '../../src/activities/contract.ts';
import { createUpdateServices } from '../../src/activities/update-services.ts';
import { attempt, createWorld, type World } from './world.ts';

let world: World;
let before: string;
let next: string;
beforeEach(() => {
  world = createWorld();
  before = world.ecs.addTaskDefinition('shop', { app: 'x:1' });
  next = world.ecs.addTaskDefinition('shop', { app: 'x:2' });
  for (const name of ['api', 'web']) world.ecs.addService(name, before);
});

const to = (name: string, taskDefinition: string, acceptable: string[] = []): ServiceUpdate => ({
  name,
  service: name,
  taskDefinition,
  acceptable,
});

const update = async (
  updates: readonly ServiceUpdate[],
  details?: unknown,
): Promise<{ rollouts: readonly Rollout[]; beats: readonly unknown[] }> => {
  const { run, beats } = attempt(details === undefined ? 1 : 2, details);
  const rollouts = await run(createUpdateServices(world.ports), { cluster: 'shop', updates });
  return { rollouts, beats };
};

const updated = (): readonly unknown[] => world.ecs.callsOf('updateService');

describe('updateServices', () => {
  it('sends the task definition and nothing else, and says which deployment came of it', async () => {
    const { rollouts } = await update([to('api', next), to('web', next)]);
    expect(updated()).toEqual([
      { cluster: 'shop', service: 'api', taskDefinition: next },
      { cluster: 'shop', service: 'web', taskDefinition: next },
    ]);
    expect(rollouts).toEqual(
      ['api', 'web'].map((name) => ({
        name,
        service: name,
        taskDefinition: next,
        deploymentId: world.ecs.primary(name).id,
        started: true,
        startedAtMs: 1_000_000,
      })),
    );
  });

  it('starts no second deployment after a lost answer', async () => {
    world.ecs.fault('updateService', 1, 'lose-answer');
    await expect(update([to('api', next)])).rejects.toThrow(/ECONNRESET/);
    const { id } = world.ecs.primary('api');
    const { rollouts } = await update([to('api', next)], { updating: 'api', done: [] });
    expect(updated()).toHaveLength(1);
    expect(rollouts).toMatchObject([{ deploymentId: id, taskDefinition: next }]);
  });

  it('goes on where a throttled attempt ended', async () => {
    world.ecs.fault('updateService', 2, 'throttle');
    await expect(update([to('api', next), to('web', next)])).rejects.toThrow(/Throttling/);
    await update([to('api', next), to('web', next)]);
    expect(updated()).toMatchObject([{ service: 'api' }, { service: 'web' }, { service: 'web' }]);
  });

  it('leaves what is done to somebody who has changed it since', async () => {
    world.ecs.fault('updateService', 2, 'throttle');
    const { run, beats } = attempt();
    const input = { cluster: 'shop', updates: [to('api', next), to('web', next)] };
    await expect(run(createUpdateServices(world.ports), input)).rejects.toThrow();
    const { id } = world.ecs.primary('api');
    const theirs = world.ecs.addTaskDefinition('shop', { app: 'theirs' });
    world.ecs.updateByOther('api', theirs);

    const { rollouts } = await update(input.updates, beats.at(-1));

    expect(world.ecs.service('api').taskDefinition).toBe(theirs);
    expect(rollouts).toMatchObject([
      { name: 'api', deploymentId: id, taskDefinition: next },
      { name: 'web', taskDefinition: next },
    ]);
  });

  it('touches nothing that is there already', async () => {
    const { rollouts } = await update([to('api', before)]);
    expect(updated()).toEqual([]);
    expect(rollouts).toMatchObject([{ started: false, deploymentId: world.ecs.primary('api').id }]);
  });

  describe('with a substitute that counts as there', () => {
    it.each([
      ['completed', 'COMPLETED', 0],
      ['on its way', 'IN_PROGRESS', 0],
      ['failed', 'FAILED', 1],
    ] as const)('%s: %s needs %i updates', async (_what, rolloutState, count) => {
      world.ecs.change('api', { deployments: [{ ...world.ecs.primary('api'), rolloutState }] });
      const { rollouts } = await update([to('api', next, [before])]);
      expect(updated()).toHaveLength(count);
      expect(rollouts).toMatchObject([{ taskDefinition: count === 0 ? before : next }]);
    });
  });

  it('starts a new deployment of the target itself when ECS gave up on the last one', async () => {
    const failed = { ...world.ecs.primary('api'), rolloutState: 'FAILED' as const };
    world.ecs.change('api', { deployments: [failed] });
    const { rollouts } = await update([to('api', before)]);
    expect(updated()).toMatchObject([{ taskDefinition: before, force: true }]);
    expect(rollouts).toMatchObject([{ taskDefinition: before, started: true }]);
    expect(rollouts[0]?.deploymentId).not.toBe(failed.id);
  });

  it.each<[string, () => void]>([
    ['is gone', () => undefined],
    ['is DRAINING', () => world.ecs.addService('late', before, { status: 'DRAINING' })],
  ])('changes none of the wave when a service %s', async (state, arrange) => {
    arrange();
    await expect(update([to('api', next), to('late', next)])).rejects.toMatchObject({
      type: 'RefusedByService',
      message: `service late ${state}`,
    });
    expect(updated()).toEqual([]);
  });

  it('does not go on without knowing its deployment', async () => {
    world.ecs.change('api', { taskDefinition: next, deployments: [] });
    await expect(update([to('api', next)])).rejects.toMatchObject({ type: 'RefusedByService' });
  });
});
