/** How services stand in ECS beside what a release has left of them. */
import { beforeEach, expect, it } from '@jest/globals';
import { createCompareServices } from '../../src/activities/compare-services.ts';
import type { RecordedService, ServiceStanding } from '../../src/release/environment/drift.ts';
import { attempt, createWorld, type World } from './world.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});

const compare = async (...services: readonly RecordedService[]): Promise<readonly ServiceStanding[]> =>
  (await attempt().run(createCompareServices(world.ports), { cluster: 'shop', services })).services;

const recorded = (name: string, taskDefinition: string): RecordedService => ({
  name,
  service: name,
  taskDefinition,
});

it('names what runs and what differs, and asks only where it has to', async () => {
  const ours = world.ecs.addTaskDefinition('web', { main: 'x' });
  const theirs = world.ecs.addTaskDefinition('web', { main: 'y' });
  world.ecs.addService('web', theirs);
  world.ecs.addService('api', ours);
  expect(await compare(recorded('web', ours), recorded('api', ours), recorded('job', ours))).toMatchObject([
    { name: 'web', state: 'changed', live: theirs, differences: ['container main: image x → y'] },
    { name: 'api', state: 'as-recorded', live: ours, differences: [] },
    { name: 'job', state: 'gone', live: null, now: 'the service is gone', differences: [] },
  ]);
  expect(world.ecs.calls.map(({ operation }) => operation)).toEqual([
    'describeServices',
    'describeTaskDefinition',
    'describeTaskDefinition',
  ]);
});

it('says so where another revision says the same', async () => {
  const ours = world.ecs.addTaskDefinition('web', { main: 'x' });
  world.ecs.addService('web', world.ecs.addTaskDefinition('web', { main: 'x' }));
  expect(await compare(recorded('web', ours))).toMatchObject([
    { state: 'changed', differences: ['both say the same'] },
  ]);
});

it('waits where ECS throttles, and goes on without a task definition that is deleted', async () => {
  const ours = world.ecs.addTaskDefinition('web', { main: 'x' });
  world.ecs.addService('web', world.ecs.addTaskDefinition('web', { main: 'y' }));
  world.ecs.fault('describeServices', 1, 'throttle');
  world.ecs.fault('describeTaskDefinition', 1, 'deny');
  const [web] = await compare(recorded('web', ours));
  expect(web?.state).toBe('changed');
  expect(web?.differences).toHaveLength(1);
  expect(world.slept).toEqual([500]);
});
