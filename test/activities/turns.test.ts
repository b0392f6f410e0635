/** The turn in the store, and that nothing is changed without it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readTurn, takeTurn, turnsIn } from '../../src/activities/turns.ts';
import { whileHeld } from '../../src/activities/while-held.ts';
import { StaleTurnError } from '../../src/errors.ts';
import type { Turn } from '../../src/release/environment/state.ts';
import { createFolderStore } from '../../src/store/folder-store.ts';
import type { Store } from '../../src/store/store.ts';
import { commit, entrant } from '../release/environment/scenes.ts';
import { createWorld, digest } from './world.ts';

const PLACE = { app: 'shop', environment: 'production' };
const turn = (releaseId: string, fence: number): Turn => ({
  ...entrant(releaseId, commit(1)),
  number: fence,
  phase: 'ready',
  fence,
  sinceMs: 0,
});

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-turns-'));
  store = createFolderStore(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const check = (fence: number, place = PLACE): Promise<void> => turnsIn(store).check({ ...place, fence });

describe('the turn of an environment', () => {
  it('is that of the last one who took it', async () => {
    await takeTurn(store, PLACE, turn('a/1', 5));
    await check(5);
    await takeTurn(store, PLACE, turn('b/1', 7));
    await check(7);
    expect(await readTurn(store, PLACE)).toEqual(turn('b/1', 7));
    await expect(check(5)).rejects.toMatchObject({ type: 'StaleTurn', retryable: false });
  });

  it('may be taken twice by the same release, whose answer was lost', async () => {
    await takeTurn(store, PLACE, turn('a/1', 5));
    await takeTurn(store, PLACE, turn('a/1', 5));
    await check(5);
  });

  it('is not taken back by an earlier one, nor by another one with the same number', async () => {
    await takeTurn(store, PLACE, turn('b/1', 7));
    for (const late of [turn('a/1', 5), turn('c/1', 7)]) {
      await expect(takeTurn(store, PLACE, late)).rejects.toBeInstanceOf(StaleTurnError);
    }
    await check(7);
  });

  it('of one environment says nothing of another', async () => {
    await takeTurn(store, PLACE, turn('a/1', 5));
    await expect(check(5, { app: 'shop', environment: 'staging' })).rejects.toMatchObject({
      type: 'Transient',
      advice: 'control and deploy need the same store',
    });
  });

  it('that the store does not show yet changes nothing, and is not lost: a shared folder may be a moment behind', async () => {
    await takeTurn(store, PLACE, turn('a/1', 5));
    await expect(check(7)).rejects.toMatchObject({
      type: 'Transient',
      retryable: true,
      advice: 'control and deploy need the same store',
    });
    await takeTurn(store, PLACE, turn('b/1', 7));
    await check(7);
  });

  it('that cannot be read is nobody’s', async () => {
    await takeTurn(store, PLACE, turn('a/1', 5));
    await store.putDocument('environments/shop/production/turn', { something: 'else' });
    await expect(check(5)).rejects.toMatchObject({ type: 'StoreDamaged', retryable: false });
    await expect(takeTurn(store, PLACE, turn('b/1', 6))).rejects.toMatchObject({ type: 'StoreDamaged' });
  });
});

describe('without the turn', () => {
  const lost = async (): Promise<void> => {
    throw new StaleTurnError('release 2 has the turn by now');
  };
  const held = (look: () => Promise<void>) => {
    const world = createWorld();
    return { world, ports: whileHeld({ ...world.ports, turns: { check: look } }, { ...PLACE, fence: 1 }) };
  };

  it.each<[string, (ports: ReturnType<typeof held>['ports']) => Promise<unknown>]>([
    ['UpdateService', (ports) => ports.ecs.updateService('main', 'api', 'api:2')],
    [
      'RegisterTaskDefinition',
      (ports) => ports.ecs.registerTaskDefinition({ family: 'api', containerDefinitions: [] }),
    ],
    ['moving `latest`', (ports) => ports.registry.moveLatest('registry.test/shop/api', digest('a'))],
    [
      'tag that keeps an image',
      (ports) => ports.registry.moveTag('registry.test/shop/api', digest('a'), 'keep'),
    ],
    ['DeregisterTaskDefinition', (ports) => ports.revisions.deregisterTaskDefinition('api:1')],
    [
      'RunTask',
      (ports) =>
        ports.oneOffTasks.start({
          cluster: 'main',
          service: 'api',
          taskDefinition: 'api:1',
          container: 'api',
          command: ['true'],
          startedBy: 'me',
          clientToken: 'token',
        }),
    ],
  ])('there is no %s', async (_what, change) => {
    const { world, ports } = held(lost);
    const before = JSON.stringify([world.moved, world.ecs]);
    await expect(change(ports)).rejects.toBeInstanceOf(StaleTurnError);
    expect(JSON.stringify([world.moved, world.ecs])).toBe(before);
  });

  it('everything may still be looked at', async () => {
    const { ports } = held(lost);
    expect(await ports.registry.latestOf('registry.test/shop/api')).toBeNull();
    expect((await ports.ecs.describeServices('main', ['api'])).size).toBe(0);
    expect(ports.now()).toBeGreaterThan(0);
  });

  it('is looked at before each single change', async () => {
    let looks = 0;
    const { ports, world } = held(async () => {
      looks += 1;
    });
    await ports.registry.moveLatest('registry.test/shop/api', digest('a'));
    await ports.registry.moveLatest('registry.test/shop/web', digest('b'));
    expect(looks).toBe(2);
    expect(world.moved).toHaveLength(2);
  });
});
