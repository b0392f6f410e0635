/** Clearing task definitions away: what goes, what stays, and what a release that begins meanwhile is protected by. */
import type { Tag } from '@aws-sdk/client-ecs';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { DeregisterUnusedInput, DeregisterUnusedResult } from '../../src/activities/contracts/gc.ts';
import { createDeployActivities } from '../../src/activities/deploy.ts';
import { RefusedByServiceError, StaleTurnError } from '../../src/errors.ts';
import { revisionArn } from '../fakes/ecs.ts';
import { attempt, createWorld, type World } from './world.ts';

const HOUR_MS = 3_600_000;

let world: World;
beforeEach(() => {
  world = createWorld();
});

const tags = (more: Readonly<Record<string, string | null>> = {}): Tag[] =>
  Object.entries({
    'slipway:release': 'r',
    'slipway:service': 'api',
    'slipway:app': 'shop',
    'slipway:environment': 'production',
    ...more,
  }).flatMap(([key, value]) => (value === null ? [] : [{ key, value }]));

/** As a release of the environment registers it; returns its ARN. */
const register = (more: Readonly<Record<string, string | null>> = {}, family = 'api'): string =>
  world.ecs.addTaskDefinition(family, { app: 'x' }, {}, tags(more));

const registerMany = (count: number): readonly string[] => Array.from({ length: count }, () => register());

const INPUT: DeregisterUnusedInput = {
  turn: { app: 'shop', environment: 'production', fence: 7 },
  cluster: 'shop',
  services: [{ name: 'api', service: 'shop-api' }],
  families: ['api'],
  needed: [],
  minimumAgeMs: 24 * HOUR_MS,
  dryRun: false,
};

const later = (ms = 24 * HOUR_MS): Promise<void> => world.ports.sleep(ms);

const clear = (more: Partial<DeregisterUnusedInput> = {}, by = attempt()): Promise<DeregisterUnusedResult> =>
  by.run(createDeployActivities(world.ports).deregisterUnused, { ...INPUT, ...more });

const kept = ({ kept: groups }: DeregisterUnusedResult): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(groups.map(({ why, revisions }) => [why, revisions]));

describe('what nothing refers to', () => {
  it('is deregistered, and all that something refers to stays', async () => {
    const [unused, needed, earlier, draining, serving, alone] = registerMany(6) as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const set = register();
    world.ecs.addService('shop-api', draining);
    world.ecs.updateByOther('shop-api', serving);
    world.ecs.recordLastCompleted('shop-api', {
      kind: 'completed',
      taskDefinition: earlier,
      digests: new Map(),
    });
    const foreign = world.ecs.addTaskDefinition('foreign', { app: 'x' });
    world.ecs.addService('of-somebody-else', foreign, { taskSets: [{ taskDefinition: set }] });
    world.ecs.startTask('shop-api', { group: 'family:api', taskDefinitionArn: alone });
    await later();
    const result = await clear({
      needed: [{ taskDefinition: needed, why: 'release 2, to which a rollback may go' }],
    });
    expect(result.deregistered).toEqual(['api:1']);
    expect(`${result.arnPrefix}api:1`).toBe(revisionArn('api', 1));
    expect(result.stopped).toBeNull();
    expect(kept(result)).toEqual({
      'release 2, to which a rollback may go': ['api:2'],
      'completed last in service shop-api': ['api:3'],
      'service shop-api has it': ['api:4', 'api:5'],
      'a task runs it': ['api:6'],
      'service of-somebody-else has it': ['api:7'],
    });
    expect(world.ecs.callsOf('deregisterTaskDefinition')).toEqual([unused]);
    expect(world.ecs.callsOf('updateService')).toEqual([]);
  });

  it('has to be of the environment, by its own tags', async () => {
    register({ 'slipway:environment': 'staging' });
    register({ 'slipway:app': null, 'slipway:environment': null });
    world.ecs.addTaskDefinition('api', { app: 'x' });
    register({ 'slipway:release': null, 'slipway:pinned-from': 'api:0' });
    await later();
    const result = await clear();
    expect(result.deregistered).toEqual(['api:4']);
    expect(kept(result)).toEqual({
      'of staging of shop': ['api:1'],
      'registered before Slipway said for which environment': ['api:2'],
      'not registered by Slipway': ['api:3'],
    });
  });

  it('stays for a day: a release may be about to use it', async () => {
    register();
    await later(23 * HOUR_MS);
    register();
    await later(HOUR_MS);
    const result = await clear();
    expect(result.deregistered).toEqual(['api:1']);
    expect(`${result.arnPrefix}api:1`).toBe(revisionArn('api', 1));
    expect(kept(result)).toEqual({ 'registered a short time ago': ['api:2'] });
  });

  it('is looked for in the families of the live services as well', async () => {
    register({}, 'api-v2');
    world.ecs.addService('shop-api', register({}, 'api-v2'));
    await later();
    expect((await clear()).deregistered).toEqual(['api-v2:1']);
  });

  it('is only told in a dry run', async () => {
    registerMany(2);
    await later();
    expect((await clear({ dryRun: true })).deregistered).toEqual(['api:1', 'api:2']);
    expect(world.ecs.callsOf('deregisterTaskDefinition')).toEqual([]);
    expect(world.ecs.active('api')).toHaveLength(2);
  });
});

describe('beside others', () => {
  it('a release that takes the turn ends it before the next call, and the rest stays', async () => {
    registerMany(4);
    await later();
    let looks = 0;
    world.ports.turns.check = async (turn) => {
      expect(turn).toEqual(INPUT.turn);
      looks += 1;
      if (looks > 2) throw new StaleTurnError('release 9 has the turn of the environment by now: deploy/x');
    };
    const result = await clear();
    expect(result.deregistered).toEqual(['api:1', 'api:2']);
    expect(result.stopped).toEqual({
      kind: 'turn-taken',
      text: 'release 9 has the turn of the environment by now: deploy/x',
    });
    expect(world.ecs.active('api')).toEqual([3, 4].map((revision) => revisionArn('api', revision)));
  });

  it('somebody who moves a service to an old one meanwhile is noticed with the next few', async () => {
    registerMany(60);
    world.ecs.addService('shop-api', world.ecs.addTaskDefinition('other', { app: 'x' }));
    await later();
    world.during.push(() => world.ecs.updateByOther('shop-api', revisionArn('api', 50)));
    const result = await clear();
    expect(result.deregistered).toHaveLength(59);
    expect(kept(result)).toMatchObject({ 'service shop-api has it': ['api:50'] });
  });
});

describe('at the rates of ECS', () => {
  it('one goes a second, and what is throttled is asked for again', async () => {
    registerMany(3);
    await later();
    world.slept.length = 0;
    world.ecs.fault('deregisterTaskDefinition', 2, 'throttle');
    world.ecs.fault('activeIn', 1, 'throttle');
    world.ecs.fault('servicesOf', 1, 'throttle');
    const result = await clear();
    expect(result.deregistered).toEqual(['api:1', 'api:2', 'api:3']);
    expect(world.slept).toEqual([500, 500, 1_000, 500, 1_000]);
  });

  it('an attempt after a lost worker goes on, and tells of all that was done', async () => {
    registerMany(3);
    await later();
    const first = attempt();
    world.ecs.fault('deregisterTaskDefinition', 2, 'deny');
    await expect(clear({}, first)).rejects.toBeInstanceOf(RefusedByServiceError);
    expect(first.beats.at(-1)).toEqual({ deregistered: ['api:1'] });
    const result = await clear({}, attempt(2, first.beats.at(-1)));
    expect(result.deregistered).toEqual(['api:1', 'api:2', 'api:3']);
    expect(world.ecs.active('api')).toEqual([]);
  });

  it('a dry run that is tried again tells of each one once', async () => {
    registerMany(21);
    await later();
    const first = attempt();
    world.ecs.fault('servicesOf', 2, 'deny');
    await expect(clear({ dryRun: true }, first)).rejects.toBeInstanceOf(RefusedByServiceError);
    // As the clock of the heartbeats would have told it.
    const told = { deregistered: ['api:1', 'api:2'] };
    const result = await clear({ dryRun: true }, attempt(2, told));
    expect(result.deregistered).toHaveLength(21);
  });

  it('a long list is done in several runs', async () => {
    registerMany(1_502);
    await later();
    const result = await clear();
    expect(result.deregistered).toHaveLength(1_500);
    expect(result.stopped).toEqual({ kind: 'limit', text: 'one run takes 1500: run it again' });
    expect((await clear()).deregistered).toHaveLength(2);
  });

  it('what may not be looked at fails it before anything is changed', async () => {
    registerMany(2);
    await later();
    world.ecs.fault('runningIn', 1, 'deny');
    await expect(clear()).rejects.toMatchObject({ type: 'RefusedByService' });
    expect(world.ecs.callsOf('deregisterTaskDefinition')).toEqual([]);
  });

  it('is cancelled between two calls', async () => {
    registerMany(3);
    await later();
    const cancelling = attempt();
    const { sleep } = world.ports;
    const ports = {
      ...world.ports,
      sleep: async (ms: number): Promise<void> => {
        await sleep(ms);
        cancelling.cancel();
        throw new Error('cancelled while it slept');
      },
    };
    await expect(cancelling.run(createDeployActivities(ports).deregisterUnused, INPUT)).rejects.toThrow(
      'cancelled while it slept',
    );
    expect(world.ecs.callsOf('deregisterTaskDefinition')).toHaveLength(1);
  });
});
