import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ServiceUpdate, UpdateServicesResult } from '../../src/activities/contracts/rollout.ts';
import { createUpdateServices } from '../../src/activities/update-services.ts';
import { attempt, createWorld, type World } from './world.ts';

let world: World;
let before: string;
let next: string;
beforeEach(() => {
  world = createWorld();
  before = world.ecs.addTaskDefinition('shop', { app: 'x:1' });
  next = world.ecs.addTaskDefinition('shop', { app: 'x:2' });
  for (const name of ['api', 'web', 'worker']) world.ecs.addService(name, before);
});

const to = (name: string, taskDefinition = next, more: Partial<ServiceUpdate> = {}): ServiceUpdate => ({
  name,
  service: name,
  taskDefinition,
  acceptable: [],
  from: [before],
  ...more,
});

interface Tried extends UpdateServicesResult {
  readonly beats: readonly unknown[];
}

/** @param details what the attempt before left: this is the second then. */
const update = async (
  updates: readonly ServiceUpdate[],
  { allOrNothing = true, details }: { allOrNothing?: boolean; details?: unknown } = {},
): Promise<Tried> => {
  const { run, beats } = attempt(details === undefined ? 1 : 2, details);
  const input = { cluster: 'shop', updates, allOrNothing };
  const result = await run(createUpdateServices(world.ports), input);
  return { ...result, beats };
};
const back = (updates: readonly ServiceUpdate[], details?: unknown): Promise<Tried> =>
  update(updates, { allOrNothing: false, details });

/** A worker that died before any of its heartbeats arrived. */
const NOTHING_KNOWN = null;

const updated = (): readonly string[] =>
  world.ecs.callsOf('updateService').map((call) => (call as { service: string }).service);

const changedByOther = (name: string): string => {
  const theirs = world.ecs.addTaskDefinition('shop', { app: 'theirs' });
  world.ecs.updateByOther(name, theirs);
  return theirs;
};

describe('updateServices', () => {
  it('sends the task definition and nothing else (autoscaling owns the count), and says which deployment came of it', async () => {
    const { rollouts, problems } = await update([to('api'), to('web')]);
    expect(world.ecs.callsOf('updateService')).toEqual([
      { cluster: 'shop', service: 'api', taskDefinition: next },
      { cluster: 'shop', service: 'web', taskDefinition: next },
    ]);
    expect(problems).toEqual([]);
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

  it('looks at each service directly before its own update', async () => {
    await update([to('api'), to('web')]);
    const calls = world.ecs.calls.map(({ operation, about }) => [operation, about]);
    expect(calls.slice(1)).toEqual(
      ['api', 'web'].flatMap((service) => [
        ['describeServices', { cluster: 'shop', services: [service] }],
        ['updateService', { cluster: 'shop', service, taskDefinition: next }],
      ]),
    );
  });

  it('tells a service that was there already from one that it has moved', async () => {
    const { rollouts } = await update([to('api', before), to('web')]);
    expect(updated()).toEqual(['web']);
    expect(rollouts).toMatchObject([
      { name: 'api', started: false, deploymentId: world.ecs.primary('api').id },
      { name: 'web', started: true },
    ]);
  });

  describe('after a lost answer', () => {
    it.each<[string, (beats: readonly unknown[]) => unknown]>([
      ['that left its heartbeat', (beats) => beats.at(-1)],
      ['that died without a heartbeat', () => NOTHING_KNOWN],
    ])('finds the deployment of an attempt %s, and starts no second', async (_what, left) => {
      world.ecs.fault('updateService', 2, 'lose-answer');
      const first = attempt();
      const input = { cluster: 'shop', updates: [to('api'), to('web')], allOrNothing: true };
      await expect(first.run(createUpdateServices(world.ports), input)).rejects.toThrow(/ECONNRESET/);
      const ids = ['api', 'web'].map((name) => world.ecs.primary(name).id);

      const { rollouts } = await update(input.updates, { details: left(first.beats) });

      expect(updated()).toEqual(['api', 'web']);
      expect(rollouts.map(({ deploymentId }) => deploymentId)).toEqual(ids);
      expect(rollouts).toMatchObject([{ started: true }, { started: true }]);
    });

    it('does so for a forced one too', async () => {
      const failed = { ...world.ecs.primary('api'), rolloutState: 'FAILED' as const };
      world.ecs.change('api', { deployments: [failed] });
      world.ecs.fault('updateService', 1, 'lose-answer');
      await expect(back([to('api', before)])).rejects.toThrow(/ECONNRESET/);
      const { id } = world.ecs.primary('api');
      const { rollouts } = await back([to('api', before)], NOTHING_KNOWN);
      expect(updated()).toEqual(['api']);
      expect(rollouts).toMatchObject([{ deploymentId: id, started: true }]);
    });

    it('leaves a deployment of its own that has failed since to the judge', async () => {
      world.ecs.updateByOther('api', next);
      const failed = { ...world.ecs.primary('api'), rolloutState: 'FAILED' as const };
      world.ecs.change('api', { deployments: [failed] });
      const { rollouts } = await update([to('api')], { details: NOTHING_KNOWN });
      expect(updated()).toEqual([]);
      expect(rollouts).toMatchObject([{ deploymentId: failed.id }]);
    });
  });

  it('goes on where a throttled attempt ended', async () => {
    world.ecs.fault('updateService', 2, 'throttle');
    await expect(update([to('api'), to('web')])).rejects.toThrow(/Throttling/);
    await update([to('api'), to('web')], { details: NOTHING_KNOWN });
    expect(updated()).toEqual(['api', 'web', 'web']);
  });

  it('leaves what is done to somebody who has changed it since', async () => {
    world.ecs.fault('updateService', 2, 'throttle');
    const { run, beats } = attempt();
    const input = { cluster: 'shop', updates: [to('api'), to('web')], allOrNothing: true };
    await expect(run(createUpdateServices(world.ports), input)).rejects.toThrow();
    const { id } = world.ecs.primary('api');
    const theirs = changedByOther('api');

    const { rollouts } = await update(input.updates, { details: beats.at(-1) });

    expect(world.ecs.service('api').taskDefinition).toBe(theirs);
    expect(rollouts).toMatchObject([
      { name: 'api', deploymentId: id, taskDefinition: next },
      { name: 'web', taskDefinition: next },
    ]);
  });

  describe.each<[string, string, (name: string) => void, object]>([
    [
      'changed by somebody else',
      'foreign-change',
      changedByOther,
      { summary: 'somebody else changed the service: it now runs shop:3' },
    ],
    ['that is gone', 'refused', (name) => world.ecs.remove(name), { summary: 'service web is gone' }],
    [
      'that drains',
      'refused',
      (name) => world.ecs.change(name, { status: 'DRAINING' }),
      { summary: 'service web is DRAINING' },
    ],
    [
      'without a deployment to follow',
      'refused',
      (name) => world.ecs.change(name, { taskDefinition: next, deployments: [] }),
      { summary: 'ECS shows no primary deployment for service web' },
    ],
  ])('a service %s', (_what, kind, arrange, problem) => {
    it('keeps the whole wave from going forward', async () => {
      arrange('web');
      const { rollouts, problems } = await update([to('api'), to('web'), to('worker')]);
      expect(updated()).toEqual([]);
      expect(rollouts).toEqual([]);
      expect(problems).toMatchObject([{ name: 'web', kind, ...problem }]);
    });

    it('keeps no other from going back', async () => {
      arrange('web');
      const { rollouts, problems } = await back([to('api'), to('web'), to('worker')]);
      expect(updated()).toEqual(['api', 'worker']);
      expect(rollouts).toMatchObject([{ name: 'api' }, { name: 'worker' }]);
      expect(problems).toMatchObject([{ name: 'web', kind, ...problem }]);
    });

    it('found so in mid-wave ends the wave there', async () => {
      world.ecs.onRollout = (name) => name === 'api' && arrange('web');
      const { rollouts, problems } = await update([to('api'), to('web'), to('worker')]);
      expect(updated()).toEqual(['api']);
      expect(rollouts).toMatchObject([{ name: 'api', started: true }]);
      expect(problems).toMatchObject([{ name: 'web', kind, ...problem }]);
    });
  });

  it('names all that is wrong with a wave, not only the first', async () => {
    changedByOther('api');
    world.ecs.change('web', { status: 'INACTIVE' });
    const { problems } = await update([to('api'), to('web')]);
    expect(problems).toMatchObject([
      { name: 'api', kind: 'foreign-change' },
      { name: 'web', kind: 'refused' },
    ]);
  });

  it('calls nothing touched certain only where no earlier attempt can have touched it', async () => {
    world.ecs.fault('updateService', 1, 'lose-answer');
    const first = attempt();
    const input = { cluster: 'shop', updates: [to('api'), to('web')], allOrNothing: true };
    await expect(first.run(createUpdateServices(world.ports), input)).rejects.toThrow();
    changedByOther('web');
    const { problems, untouched } = await update(input.updates, { details: NOTHING_KNOWN });
    expect(problems).toMatchObject([{ name: 'web', kind: 'foreign-change' }]);
    expect(untouched).toBe(false);
  });

  it('moves what two attempts in a row could not: a service that was only being asked for is not done', async () => {
    world.ecs.fault('updateService', 1, 'throttle');
    world.ecs.fault('updateService', 2, 'throttle');
    const input = { cluster: 'shop', updates: [to('api')], allOrNothing: true };
    const first = attempt();
    await expect(first.run(createUpdateServices(world.ports), input)).rejects.toThrow(/Throttling/);
    const second = attempt(2, first.beats.at(-1));
    await expect(second.run(createUpdateServices(world.ports), input)).rejects.toThrow(/Throttling/);
    const { rollouts } = await update(input.updates, { details: second.beats.at(-1) });
    expect(updated()).toEqual(['api', 'api', 'api']);
    expect(rollouts).toMatchObject([{ name: 'api', taskDefinition: next, started: true }]);
  });

  describe('refused by ECS', () => {
    it('forward: ends the wave, and says what was done before', async () => {
      world.ecs.fault('updateService', 2, 'deny');
      const { rollouts, problems, untouched } = await update([to('api'), to('web'), to('worker')]);
      expect(updated()).toEqual(['api', 'web']);
      expect(untouched).toBe(false);
      expect(rollouts).toMatchObject([{ name: 'api' }]);
      expect(problems).toMatchObject([
        { name: 'web', kind: 'refused', summary: expect.stringMatching(/denied/i) },
      ]);
    });

    it('forward, at the first call: nothing was touched', async () => {
      world.ecs.fault('updateService', 1, 'deny');
      const { rollouts, problems, untouched } = await update([to('api'), to('web')]);
      expect({ rollouts, untouched }).toEqual({ rollouts: [], untouched: true });
      expect(problems).toMatchObject([{ name: 'api', kind: 'refused' }]);
    });

    it('back: the others go back', async () => {
      world.ecs.fault('updateService', 1, 'deny');
      const { rollouts, problems } = await back([to('api'), to('web')]);
      expect(rollouts).toMatchObject([{ name: 'web' }]);
      expect(problems).toMatchObject([{ name: 'api', kind: 'refused' }]);
    });

    it('at the very look: nothing was touched', async () => {
      world.ecs.fault('describeServices', 1, 'deny');
      const { rollouts, problems } = await update([to('api'), to('web')]);
      expect(rollouts).toEqual([]);
      expect(problems).toMatchObject([
        { name: 'api', kind: 'refused' },
        { name: 'web', kind: 'refused' },
      ]);
    });
  });

  it('back: what is throttled is tried again after the others had their turn', async () => {
    world.ecs.fault('updateService', 1, 'throttle');
    const first = attempt();
    const input = { cluster: 'shop', updates: [to('api'), to('web')], allOrNothing: false };
    await expect(first.run(createUpdateServices(world.ports), input)).rejects.toThrow(/Throttling/);
    expect(updated()).toEqual(['api', 'web']);
    const { rollouts } = await back(input.updates, first.beats.at(-1));
    expect(updated()).toEqual(['api', 'web', 'api']);
    expect(rollouts).toMatchObject([{ name: 'api' }, { name: 'web' }]);
  });

  describe("ECS's own rollback", () => {
    const pinned = (): string => world.ecs.addTaskDefinition('shop', { app: 'x@sha256:1' });
    const home = (target: string): ServiceUpdate =>
      to('api', target, { acceptable: [before], from: [next, before] });

    it('still in progress is not superseded', async () => {
      world.ecs.updateByOther('api', next);
      world.ecs.rollBack('api');
      const { id } = world.ecs.primary('api');
      const { rollouts } = await back([home(pinned())]);
      expect(updated()).toEqual([]);
      expect(rollouts).toMatchObject([{ taskDefinition: before, deploymentId: id, started: false }]);
    });

    it('completed is only verified', async () => {
      const { id } = world.ecs.primary('api');
      const { rollouts } = await back([home(pinned())]);
      expect(world.ecs.primary('api').id).toBe(id);
      expect(rollouts).toMatchObject([{ taskDefinition: before, deploymentId: id, started: false }]);
    });

    it('failed is no place to stay', async () => {
      const target = pinned();
      const failed = { ...world.ecs.primary('api'), rolloutState: 'FAILED' as const };
      world.ecs.change('api', { deployments: [failed] });
      const { rollouts } = await back([home(target)]);
      expect(updated()).toEqual(['api']);
      expect(rollouts).toMatchObject([{ taskDefinition: target, started: true }]);
    });
  });

  describe('back, where reads are behind our own update', () => {
    it.each<[string, () => string, readonly string[]]>([
      ['the baseline itself', () => before, []],
      ['its pinned copy', () => world.ecs.addTaskDefinition('shop', { app: 'x@sha256:1' }), ['acceptable']],
    ])('the service goes to %s all the same', async (_what, targetOf, more) => {
      const target = targetOf();
      world.ecs.fallBehind('api');
      world.ecs.updateByOther('api', next);
      const acceptable = more.length > 0 ? [before] : [];
      const { rollouts } = await back([to('api', target, { acceptable, from: [next, before] })]);
      expect(world.ecs.service('api').taskDefinition).toBe(target);
      expect(rollouts).toMatchObject([
        { taskDefinition: target, deploymentId: world.ecs.primary('api').id, started: true },
      ]);
    });

    it('one that may not be updated is what it looks like: it never was', async () => {
      world.ecs.fault('updateService', 1, 'deny');
      const { rollouts, problems } = await back([to('api', before, { from: [next, before] })]);
      expect(problems).toEqual([]);
      expect(rollouts).toMatchObject([{ taskDefinition: before, started: false }]);
    });
  });

  it('back: a failed deployment of the target itself is started anew', async () => {
    const failed = { ...world.ecs.primary('api'), rolloutState: 'FAILED' as const };
    world.ecs.change('api', { deployments: [failed] });
    const { rollouts } = await back([to('api', before)]);
    expect(world.ecs.callsOf('updateService')).toMatchObject([{ taskDefinition: before, force: true }]);
    expect(rollouts).toMatchObject([{ taskDefinition: before, started: true }]);
    expect(rollouts[0]?.deploymentId).not.toBe(failed.id);
  });
});
