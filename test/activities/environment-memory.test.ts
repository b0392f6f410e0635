/** What an environment knows again when its workflow has been lost. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Place, Recalled } from '../../src/activities/contracts/environment.ts';
import { createEnvironmentMemory } from '../../src/activities/environment-memory.ts';
import type { Fate } from '../../src/activities/release-fate.ts';
import { takeTurn } from '../../src/activities/turns.ts';
import type { Freeze } from '../../src/release/environment/freeze.ts';
import { LEDGER_LENGTH, type LedgerEntry } from '../../src/release/environment/ledger.ts';
import { createFolderStore } from '../../src/store/folder-store.ts';
import type { Store } from '../../src/store/store.ts';
import { commit, outcome, Scene } from '../release/environment/scenes.ts';
import { createMockEnvironment } from './mock-environment.ts';

const PLACE = { app: 'shop', environment: 'production' };

let folder: string;
let store: Store;
let fate: Fate;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-memory-'));
  store = createFolderStore(folder);
  fate = { kind: 'broken-off', movedLatest: false };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const memory = () => createEnvironmentMemory({ store, fateOf: async () => fate });
const recall = (): Promise<Recalled> =>
  createMockEnvironment().environment.run((place: Place) => memory().recallEnvironment(place), PLACE);
const keep = async (scene: Scene): Promise<void> => {
  for (const entry of scene.entries) await memory().keepEntry({ ...PLACE, entry });
};

describe('an environment that has forgotten everything', () => {
  it('of which the store knows nothing begins at 1', async () => {
    expect(await recall()).toEqual({
      lastNumber: 0,
      lastFence: 0,
      turn: null,
      freeze: null,
      serving: null,
      needsRepair: null,
      ledger: [],
    });
  });

  it('knows its releases again, what serves, and what is broken', async () => {
    const scene = new Scene();
    for (const place of [1, 2]) scene.arrive(`r${place}`, commit(place)).end(`r${place}`);
    scene.arrive('back', commit(1), { rollbackTo: 1 }).end('back', outcome({ endedAtMs: 6_000 }));
    scene.nowMs = 7_000;
    scene.arrive('gone', commit(3)).end('gone', null);
    await keep(scene);
    const { ledger, serving, needsRepair, lastNumber } = await recall();
    expect(ledger.map(({ number }) => number)).toEqual([4, 3, 2, 1]);
    expect(lastNumber).toBe(4);
    expect(serving).toMatchObject({ number: 3, origin: 1 });
    expect(needsRepair).toMatchObject({ number: 4, releaseId: 'gone' });
  });

  it('takes what a later release has put right for whole', async () => {
    const scene = new Scene().arrive('gone', commit(1)).end('gone', null);
    scene.nowMs = 50_000;
    scene.arrive('next', commit(2)).end('next', outcome({ verdict: 'rolled-back', endedAtMs: 60_000 }));
    await keep(scene);
    expect((await recall()).needsRepair).toBeNull();
  });

  it('knows the newest ones of many, and goes on counting', async () => {
    const [entry] = new Scene().arrive('a', commit(1)).end('a').entries as [LedgerEntry];
    for (let number = 1; number <= LEDGER_LENGTH + 10; number += 1) {
      await memory().keepEntry({ ...PLACE, entry: { ...entry, number, endedAtMs: number } });
    }
    const { ledger, lastNumber } = await recall();
    expect(lastNumber).toBe(LEDGER_LENGTH + 10);
    expect(ledger).toHaveLength(LEDGER_LENGTH);
    expect(ledger[0]?.number).toBe(LEDGER_LENGTH + 10);
  });

  it('knows who has the turn, while that one still runs', async () => {
    const { turn } = new Scene().arrive('a', commit(1)).state;
    if (!turn) throw new Error('nobody has the turn');
    await takeTurn(store, PLACE, turn);
    fate = { kind: 'running' };
    expect(await recall()).toMatchObject({ turn, lastFence: turn.fence, lastNumber: 1 });
    fate = { kind: 'broken-off', movedLatest: false };
    expect(await recall()).toMatchObject({ turn: null, lastFence: turn.fence, lastNumber: 1 });
  });

  it('is still frozen, until that is ended', async () => {
    const freeze: Freeze = { reason: 'r', owner: 'ada', sinceMs: 1, untilMs: null };
    await memory().keepFreeze({ ...PLACE, freeze });
    expect((await recall()).freeze).toEqual(freeze);
    await memory().keepFreeze({ ...PLACE, freeze: null });
    await memory().keepFreeze({ ...PLACE, freeze: null });
    expect((await recall()).freeze).toBeNull();
  });

  it('knows what serves, and what is broken, behind however many that changed nothing', async () => {
    const scene = new Scene().arrive('a', commit(1)).end('a', outcome({ endedAtMs: 1 }));
    scene
      .arrive('good', commit(2))
      .end('good', outcome({ endedAtMs: 2 }))
      .arrive('gone', commit(3));
    scene.end('gone', null);
    for (let place = 1; place <= LEDGER_LENGTH + 10; place += 1) {
      const refused = outcome({ verdict: 'refused', repaired: false, endedAtMs: 1_000_000 + place });
      scene.join(`r${place}`, commit(10 + place)).end(`r${place}`, refused);
    }
    await keep(scene);
    const { serving, needsRepair, ledger } = await recall();
    expect(serving).toMatchObject({ number: 2, origin: 2 });
    expect(needsRepair).toMatchObject({ number: 3, releaseId: 'gone' });
    expect(ledger).toHaveLength(LEDGER_LENGTH);
  });

  it.each<[string, unknown]>([
    ['is something else', { what: 'ever' }],
    ['is a text', 'frozen'],
    ['has no end that is one', { reason: 'r', owner: 'ada', sinceMs: 1 }],
  ])('is frozen until somebody ends it where the freeze in the store %s', async (_what, document) => {
    await store.putDocument('environments/shop/production/freeze', document);
    expect((await recall()).freeze).toMatchObject({
      untilMs: null,
      reason: expect.stringContaining('store'),
    });
    await memory().keepFreeze({ ...PLACE, freeze: null });
    expect((await recall()).freeze).toBeNull();
  });

  it('is frozen until somebody ends it where the freeze in the store cannot be read at all', async () => {
    const freeze: Freeze = { reason: 'r', owner: 'ada', sinceMs: 1, untilMs: null };
    await memory().keepFreeze({ ...PLACE, freeze });
    const [file] = (await readdir(folder, { recursive: true })).filter((name) => name.includes('freeze'));
    await writeFile(join(folder, file ?? ''), '{"reason":');
    expect((await recall()).freeze).toMatchObject({
      untilMs: null,
      reason: expect.stringContaining('store'),
    });
  });

  it('stands still for no damaged document', async () => {
    const scene = new Scene().arrive('a', commit(1)).end('a').arrive('b', commit(2));
    const { ledger, turn } = scene.state;
    for (const entry of scene.entries) await memory().keepEntry({ ...PLACE, entry });
    if (turn) await takeTurn(store, PLACE, turn);
    await store.putDocument('environments/shop/production/ledger/00000007', { what: 'ever' });
    await store.putDocument('environments/shop/production/turn', { what: 'ever' });
    const recalled = await recall();
    expect(recalled.ledger).toEqual(ledger);
    expect(recalled).toMatchObject({ lastNumber: 7, turn: null });
  });
});
