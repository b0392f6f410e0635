/** What a rollback goes back to: found in the environment or the store, and only where it can be brought again. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RecalledRelease } from '../../src/activities/contracts/control.ts';
import { createEnvironmentMemory } from '../../src/activities/environment-memory.ts';
import {
  createRecallRelease,
  createRecallServices,
  type EnvironmentKnowledge,
} from '../../src/activities/recall-release.ts';
import { recordsIn } from '../../src/activities/release-records.ts';
import { LEDGER_LENGTH } from '../../src/release/environment/ledger.ts';
import type { ReleaseRecord } from '../../src/release/environment/record.ts';
import { statusOf } from '../../src/release/environment/status.ts';
import type { Plan } from '../../src/release/plan.ts';
import { createFolderStore } from '../../src/store/folder-store.ts';
import type { Store } from '../../src/store/store.ts';
import { commit, outcome, Scene, shaOf } from '../release/environment/scenes.ts';
import { createMockEnvironment } from './mock-environment.ts';
import { digest, planOf, servicePlan } from './world.ts';

const PLACE = { app: 'shop', environment: 'production' };

let folder: string;
let store: Store;
let scene: Scene;
/** Whether the environment's workflow runs. */
let runs: boolean;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-recall-'));
  store = createFolderStore(folder);
  scene = new Scene();
  runs = true;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const memory = () =>
  createEnvironmentMemory({ store, fateOf: async () => ({ kind: 'broken-off', movedLatest: false }) });

/** A release that succeeded, its record kept. */
const succeeded = async (place: number, more: Partial<Plan> = {}): Promise<void> => {
  scene.arrive(`r${place}`, commit(place)).end(`r${place}`);
  const plan = { ...planOf([servicePlan('web')]), ...PLACE, ...more };
  const images = [
    { image: 'web', architecture: 'arm64' as const, repositoryUri: 'x/web', digest: digest(String(place)) },
  ];
  await recordsIn(store).keep({
    number: scene.state.lastNumber,
    releaseId: `r${place}`,
    plan,
    images,
    taskDefinitions: { web: `arn:web:${place}` },
  });
};

const keepLedger = async (): Promise<void> => {
  for (const entry of scene.entries) await memory().keepEntry({ ...PLACE, entry });
};

const recall = (to?: number | string): Promise<RecalledRelease> =>
  createMockEnvironment().environment.run(() =>
    createRecallRelease({
      store,
      recallEnvironment: memory().recallEnvironment,
      askEnvironment: async (): Promise<EnvironmentKnowledge | undefined> =>
        runs ? statusOf(scene.state) : undefined,
      appNamed: (app) => app ?? PLACE.app,
    })({ environment: 'production', ...(to === undefined ? {} : { to }) }),
  );

describe.each(['the environment runs', 'only the store is left'])('a rollback, where %s', (where) => {
  beforeEach(async () => {
    for (const place of [1, 2, 3]) await succeeded(place);
    scene.arrive('bad', commit(4)).end('bad', outcome({ verdict: 'rolled-back' }));
    runs = where === 'the environment runs';
    if (!runs) await keepLedger();
  });

  it.each<[string, number | string | undefined, number]>([
    ['without a target', undefined, 2],
    ['to a number', 1, 1],
    ['to what serves', 3, 3],
    ['to a whole commit', shaOf(2), 2],
    ['to the first digits of a commit', shaOf(1).slice(0, 12), 1],
  ])('%s', async (_what, to, number) => {
    expect(await recall(to)).toMatchObject({
      number,
      images: [{ digest: digest(String(number)) }],
      spec: { checks: [], services: [{ name: 'web', taskDefinition: `arn:web:${number}` }] },
    });
  });

  it.each<[string, number | string, RegExp]>([
    ['one that was rolled back', 4, /^production of shop knows no release 4 that succeeded there$/],
    ['one that never was', 9, /knows no release 9/],
    ['an unknown commit', 'fffffff', /knows no release of commit fffffff/],
  ])('to %s is a mistake', async (_what, to, message) => {
    await expect(recall(to)).rejects.toMatchObject({
      type: 'ConfigurationError',
      message: expect.stringMatching(message),
    });
  });
});

describe.each(['the environment runs', 'only the store is left'])('far back, where %s', (where) => {
  const refuseMany = (): void => {
    for (let place = 1; place <= LEDGER_LENGTH + 5; place += 1) {
      const refused = outcome({ verdict: 'refused', repaired: false, endedAtMs: 1_000_000 + place });
      scene.join(`no${place}`, commit(20 + place)).end(`no${place}`, refused);
    }
  };
  beforeEach(async () => {
    for (const place of [1, 2, 3]) await succeeded(place);
    runs = where === 'the environment runs';
  });

  it('a rollback goes to the last good release behind however many were refused', async () => {
    refuseMany();
    await keepLedger();
    expect((await recall()).number).toBe(2);
  });

  it('a rollback goes to what served where disorder was left behind however many were refused', async () => {
    const left = outcome({ verdict: 'rollback-failed', endedAtMs: 6_000 });
    scene.arrive('bad', commit(4)).end('bad', left);
    refuseMany();
    await keepLedger();
    expect((await recall()).number).toBe(3);
  });

  it('there is nothing to go back to where only one has ever succeeded', async () => {
    scene = new Scene();
    await rm(folder, { recursive: true });
    await succeeded(1);
    refuseMany();
    await keepLedger();
    await expect(recall()).rejects.toMatchObject({ type: 'UnsafePlan' });
  });
});

describe('a rollback to a rollback', () => {
  beforeEach(async () => {
    for (const place of [1, 2]) await succeeded(place);
    scene.arrive('back', commit(1), { rollbackTo: 1 }).end('back');
    const { plan } = (await recordsIn(store).read(PLACE, 1)) as ReleaseRecord;
    const taskDefinitions = { web: 'arn:web:9' };
    await recordsIn(store).keep({ number: 3, releaseId: 'back', plan, images: [], taskDefinitions });
    await succeeded(4);
  });

  it.each<[string, number | string]>([
    ['its number', 3],
    ['the commit that it brought back', shaOf(1)],
  ])('by %s goes to the version that it stands for', async (_what, to) => {
    expect(await recall(to)).toMatchObject({ number: 1, images: [{ digest: digest('1') }] });
  });
});

it('a rollback to a release that the store has not taken yet finds it in the environment', async () => {
  for (const place of [1, 2]) await succeeded(place);
  expect((await recall(1)).number).toBe(1);
});

it('keeps what is kept today: an old release would take the tags from all the others', async () => {
  await succeeded(1, { keep: { releases: 1, tag: false } });
  await succeeded(2, { keep: { releases: 5, tag: true } });
  expect((await recall(1)).spec.keep).toEqual({ releases: 5, tag: true });
});

it('one whose record is gone cannot be brought back', async () => {
  await succeeded(1);
  scene.arrive('r2', commit(2)).end('r2');
  await expect(recall(2)).rejects.toMatchObject({
    type: 'UnsafePlan',
    message: 'what release 2 of production has brought was not kept',
  });
});

it('nothing is gone back to where nothing has succeeded', async () => {
  await expect(recall()).rejects.toMatchObject({
    type: 'UnsafePlan',
    message: 'there is nothing to go back to in production: no release has succeeded here yet',
  });
});

it.each<[string, Partial<Plan>, RegExp]>([
  [
    'another cluster',
    { cluster: 'new' },
    /was brought to cluster shop \(deploy queue slipway-deploy\), and production is in cluster new/,
  ],
  [
    'another account',
    { deployQueue: 'eu' },
    /production is in cluster shop \(deploy queue slipway-deploy-eu\) since/,
  ],
])('an environment that has moved to %s is not gone back to where it was', async (_what, more, message) => {
  await succeeded(1);
  await succeeded(2, more);
  await expect(recall(1)).rejects.toMatchObject({
    type: 'UnsafePlan',
    message: expect.stringMatching(message),
  });
});

it('the services of a release are told as it has left them', async () => {
  await succeeded(1, { deployQueue: 'eu' });
  const recallServices = createRecallServices({ store });
  expect(await recallServices({ ...PLACE, number: 1 })).toEqual({
    cluster: 'shop',
    deployQueue: 'eu',
    services: [{ name: 'web', service: 'web', taskDefinition: 'arn:web:1' }],
  });
  expect(await recallServices({ ...PLACE, number: 2 })).toBeNull();
});
