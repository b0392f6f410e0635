/** What control knows of the releases that a rollback may go to, and of what their task definitions are needed for. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ControlActivities, References } from '../../src/activities/contracts/control.ts';
import { createEnvironmentMemory } from '../../src/activities/environment-memory.ts';
import { createRecallGoodReleases } from '../../src/activities/recall-good-releases.ts';
import { createRecallReferences } from '../../src/activities/recall-references.ts';
import type { Fate } from '../../src/activities/release-fate.ts';
import { createMarkActivities } from '../../src/activities/release-marks.ts';
import { recordsIn } from '../../src/activities/release-records.ts';
import { takeTurn } from '../../src/activities/turns.ts';
import type { LedgerEntry } from '../../src/release/environment/ledger.ts';
import { createFolderStore } from '../../src/store/folder-store.ts';
import type { Store } from '../../src/store/store.ts';
import { targetOf } from '../fakes/activities.ts';
import { markOf } from '../fakes/marks.ts';
import { commit, outcome, Scene } from '../release/environment/scenes.ts';
import { createMockEnvironment } from './mock-environment.ts';
import { digest, planOf, servicePlan } from './world.ts';

const PLACE = { app: 'shop', environment: 'production' };
const ARN = 'arn:aws:ecs:eu-west-1:123456789012:task-definition/';

let folder: string;
let store: Store;
let fate: Fate;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-good-'));
  store = createFolderStore(folder);
  fate = { kind: 'reported', report: {} as never };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const memory = () => createEnvironmentMemory({ store, fateOf: async () => fate });

const entry = (number: number, more: Partial<LedgerEntry> = {}): LedgerEntry => ({
  ...outcome({ endedAtMs: number * 1_000 }),
  number,
  releaseId: `deploy/shop/production/${number}/run`,
  commit: { sha: commit(number).sha, subject: '' },
  rollbackTo: null,
  startedBy: null,
  supersededBy: null,
  overrideFreeze: null,
  startedAtMs: 0,
  turnAtMs: 1,
  ...more,
});

const arn = (number: number, family = 'api'): string => `${ARN}${family}:${number}`;

/** What prepareRollout keeps, before the first change. */
const begin = (number: number, family = 'api'): Promise<void> =>
  recordsIn(store).keep({
    number,
    releaseId: `deploy/shop/production/${number}/run`,
    plan: { ...planOf([servicePlan('api', { service: 'shop-api' })]), keep: { releases: 2, tag: false } },
    images: [
      {
        image: 'api',
        architecture: 'arm64',
        repositoryUri: 'registry.test/shop/api',
        digest: digest(String(number)),
      },
    ],
    taskDefinitions: { api: arn(number, family) },
  });

const finish = (number: number, more: Partial<LedgerEntry> = {}): Promise<void> =>
  memory().keepEntry({ ...PLACE, entry: entry(number, more) });

const released = async (number: number, more: Partial<LedgerEntry> = {}): Promise<void> => {
  await begin(number);
  await finish(number, more);
};

const takeTheTurn = async (): Promise<void> => {
  const { turn } = new Scene().arrive('deploy/shop/production/9/run', commit(1)).state;
  if (!turn) throw new Error('nobody has the turn');
  await takeTurn(store, PLACE, turn);
};

const run = <I, O>(activity: (input: I) => Promise<O>, input: I): Promise<O> =>
  createMockEnvironment().environment.run(activity, input);

const good = (count: number) => run(createRecallGoodReleases({ store }), { ...PLACE, count });

describe('the good releases', () => {
  it('come with the images that they brought, what serves first', async () => {
    for (const number of [1, 2, 3]) await released(number);
    await released(4, { verdict: 'rolled-back' });
    expect(await good(2)).toEqual([
      { number: 3, serves: true, images: [{ repositoryUri: 'registry.test/shop/api', digest: digest('3') }] },
      {
        number: 2,
        serves: false,
        images: [{ repositoryUri: 'registry.test/shop/api', digest: digest('2') }],
      },
    ]);
  });

  it('are none of an environment that nobody knows', async () => {
    expect(await good(5)).toEqual([]);
  });

  it('leave out what was lost or damaged: no release stands still for it', async () => {
    for (const number of [1, 2, 3]) await released(number);
    await store.putDocument('environments/shop/production/records/00000003', { what: 'ever' });
    await store.removeDocument('environments/shop/production/records/00000002');
    expect((await good(5)).map(({ number, serves }) => [number, serves])).toEqual([[1, false]]);
  });
});

describe('what task definitions are needed for', () => {
  const references = (
    input: Partial<Parameters<ControlActivities['recallReferences']>[0]> = {},
  ): Promise<References> =>
    run(
      createRecallReferences({
        store,
        recallEnvironment: memory().recallEnvironment,
        appNamed: (app) => app ?? 'shop',
      }),
      { environment: 'production', ...input },
    );

  const whys = async (input?: Parameters<typeof references>[0]): Promise<Readonly<Record<string, string>>> =>
    Object.fromEntries(
      (await references(input)).needed.map(({ taskDefinition, why }) => [
        taskDefinition.replace(ARN, ''),
        why,
      ]),
    );

  beforeEach(takeTheTurn);

  it('is what serves, and as many releases before it as the last plan kept images of', async () => {
    for (const number of [1, 2, 3, 4, 5]) await released(number);
    expect(await whys()).toEqual({
      'api:5': 'release 5, which serves',
      'api:4': 'release 4, to which a rollback may go',
      'api:3': 'release 3, to which a rollback may go',
    });
    expect(await whys({ keep: 0 })).toEqual({ 'api:5': 'release 5, which serves' });
    expect((await references()).scope).toEqual({
      turn: { ...PLACE, fence: expect.any(Number) },
      cluster: 'shop',
      services: [{ name: 'api', service: 'shop-api' }],
      families: ['api'],
    });
  });

  it('is each release whose end has not reached the store: it may be under way, or serve', async () => {
    for (const number of [1, 2, 3]) await released(number);
    await begin(4, 'api-new');
    expect(await whys({ keep: 0 })).toEqual({
      'api:3': 'release 3, which serves',
      'api-new:4': 'release 4, whose end is not known',
    });
    expect((await references()).scope?.families).toEqual(['api-new', 'api']);
  });

  it('is what marks name, to go on or to go back to', async () => {
    await released(1);
    const { openRelease } = createMarkActivities({ store, fateOf: async () => fate });
    const mark = markOf('deploy/shop/production/2/run', ['worker'], PLACE);
    const migration = { taskDefinition: arn(77) } as never;
    const baseline = { taskDefinition: arn(72), restoreTo: arn(73) };
    const target = { ...targetOf('worker'), found: arn(71), baseline };
    await run(openRelease, { ...mark, migration, waves: [{ number: 1, targets: [target] }] });
    const why = 'the mark of deploy/shop/production/2/run';
    expect(await whys({ keep: 0 })).toEqual({
      'api:1': 'release 1, which serves',
      'api:71': why,
      'api:72': why,
      'api:73': why,
      'arn:task-definition/worker:2': why,
      'api:77': why,
    });
  });

  it('is what marks of other environments name as well: a family may serve several, and theirs could not go back', async () => {
    await released(1);
    const { openRelease } = createMarkActivities({ store, fateOf: async () => fate });
    const elsewhere = { app: 'shop 2', environment: 'staging' };
    await run(openRelease, markOf('deploy/shop 2/staging/7/run', ['worker'], elsewhere));
    const why = 'the mark of deploy/shop 2/staging/7/run';
    expect(await whys({ keep: 0 })).toMatchObject({
      'arn:task-definition/worker:1': why,
      'arn:task-definition/worker:2': why,
    });
  });

  it('is nothing where nothing was ever released', async () => {
    expect(await references()).toEqual({ ...PLACE, keep: 5, holder: null, scope: null, needed: [] });
  });

  it('names who has the turn, while that one runs', async () => {
    await released(1);
    expect((await references()).holder).toBeNull();
    fate = { kind: 'running' };
    expect((await references()).holder).toEqual({ number: 1, releaseId: 'deploy/shop/production/9/run' });
  });

  it.each([
    ['a record', 'environments/shop/production/records/00000001'],
    ['a mark', 'releases/shop/production/open/0'],
    ['an entry of the ledger', 'environments/shop/production/ledger/00000001'],
  ])('cannot be told where %s is damaged', async (_what, key) => {
    await released(1);
    await store.putDocument(key, { what: 'ever' });
    await expect(references()).rejects.toMatchObject({ type: 'StoreDamaged' });
  });

  it('is looked at after the turn: a release that takes it meanwhile is noticed by its number', async () => {
    await released(1);
    const { recallEnvironment } = memory();
    const activity = createRecallReferences({
      store,
      recallEnvironment: async (place) => {
        const recalled = await recallEnvironment(place);
        await begin(2);
        return recalled;
      },
      appNamed: () => 'shop',
    });
    const { needed } = await run(activity, { environment: 'production', keep: 0 });
    expect(needed.map(({ why }) => why)).toContain('release 2, whose end is not known');
  });

  it('cannot be told where it is not known who had the turn last', async () => {
    await released(1);
    await store.removeDocument('environments/shop/production/turn');
    await expect(references()).rejects.toMatchObject({
      type: 'ConfigurationError',
      message: 'the store does not know who had the turn of production last',
    });
  });
});
