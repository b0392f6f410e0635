/** Control's memory of releases: who began to change things, who ended without a word, what is kept of the rest. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ReleaseMark } from '../../src/activities/contracts/control.ts';
import type { Fate } from '../../src/activities/release-fate.ts';
import { createMarkActivities, endedKey } from '../../src/activities/release-marks.ts';
import type { Turn } from '../../src/release/environment/state.ts';
import type { ReleaseReport } from '../../src/release/verdict.ts';
import { createFolderStore } from '../../src/store/folder-store.ts';
import type { Store } from '../../src/store/store.ts';
import { ROLLED_BACK, SUCCEEDED } from '../cli/render/reports.ts';
import { createMockEnvironment } from './mock-environment.ts';

const PLACE = { app: 'shop', environment: 'production' };
const ME = 'deploy/shop/production/c3/run-3';
const TURN: Turn = {
  releaseId: ME,
  commit: { sha: 'c'.repeat(40), subject: '', ancestors: [] },
  rollbackTo: null,
  startedBy: null,
  startedAtMs: 0,
  allowOlder: false,
  overrideFreeze: null,
  number: 3,
  phase: 'ready',
  fence: 7,
  sinceMs: 0,
};
const markOf = (releaseId: string, place = PLACE): ReleaseMark => ({
  ...place,
  releaseId,
  cluster: 'main',
  waves: [],
  latest: [],
  migration: null,
});
const BROKEN_OFF: Fate = { kind: 'broken-off', movedLatest: true };
const reported = (report: ReleaseReport): Fate => ({ kind: 'reported', report });

let root: string;
let store: Store;
let fates: Map<string, Fate>;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-marks-'));
  store = createFolderStore(root);
  fates = new Map();
});
afterEach(() => rm(root, { recursive: true, force: true }));

const activities = () => createMarkActivities({ store, fateOf: async (id) => fates.get(id) ?? BROKEN_OFF });
const find = (place = PLACE, { environment } = createMockEnvironment()): Promise<readonly ReleaseMark[]> =>
  environment.run(activities().takeTurn, { ...place, turn: TURN, pollIntervalMs: 5 });
const close = (
  releaseId: string,
  report = SUCCEEDED,
  repaired: readonly string[] = [],
  leaveMark = false,
): Promise<unknown> =>
  activities().closeRelease({
    ...PLACE,
    releaseId,
    leaveMark,
    report: { ...report, repaired: repaired.map((id) => ({ releaseId: id, did: 'put right' })) },
  });
const open = (releaseId: string, place = PLACE) => activities().openRelease(markOf(releaseId, place));

describe('a mark', () => {
  it('is found by the next release, while nobody has closed it', async () => {
    await open('deploy/a/run-1');
    expect(await find()).toEqual([markOf('deploy/a/run-1')]);
    await close('deploy/a/run-1');
    expect(await find()).toEqual([]);
  });

  it('of the one who asks is no interrupted release', async () => {
    await open(ME);
    expect(await find()).toEqual([]);
  });

  it('is kept once, with what it said first', async () => {
    await open('a/1');
    await activities().openRelease({ ...markOf('a/1'), cluster: 'another' });
    expect(await find()).toEqual([markOf('a/1')]);
  });

  it('comes before those that were opened after it', async () => {
    for (const id of ['z/1', 'a/1', 'm/1']) {
      await open(id);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    expect((await find()).map(({ releaseId }) => releaseId)).toEqual(['z/1', 'a/1', 'm/1']);
  });

  it.each([
    ['another environment', { app: 'shop', environment: 'staging' }],
    ['another app', { app: 'other', environment: 'production' }],
    ['a name that looks alike in a key', { app: 'shop', environment: 'produc/tion' }],
  ])('of %s is none of ours', async (_what, place) => {
    await open('a/1', place);
    expect(await find()).toEqual([]);
    expect(await find(place)).toHaveLength(1);
  });

  it.each([
    ['..', '..'],
    ['../../etc', 'passwd'],
    ['ümläut app', 'a b'],
    ['', 'empty'],
  ])('of app %j and environment %j stays inside the store, or is refused', async (app, environment) => {
    const place = { app, environment };
    try {
      await open('a/1', place);
    } catch (error) {
      expect(error).toMatchObject({ type: 'InvalidKey' });
      return;
    }
    expect(await find(place)).toHaveLength(1);
    expect(await store.listDocuments('releases')).toHaveLength(1);
  });

  it.each([
    ['names `latest` as it was, where the release had come to moving it', true],
    ['leaves `latest` out where the release had not: who has moved it since is somebody else', false],
  ])('%s', async (_what, movedLatest) => {
    const latest = [
      { image: 'api', repositoryUri: 'registry.test/shop/api', digest: 'sha256:old', next: 'sha256:new' },
    ];
    const mark = { ...markOf('a/1'), latest };
    await activities().openRelease(mark);
    fates.set('a/1', { kind: 'broken-off', movedLatest });
    expect(await find()).toEqual([movedLatest ? mark : { ...mark, latest: [] }]);
  });

  it('that is damaged is not taken for none', async () => {
    await open('a/1');
    const [key = ''] = await store.listDocuments('releases');
    await store.putDocument(key, { something: 'else' });
    await expect(find()).rejects.toMatchObject({ type: 'StoreDamaged', retryable: false });
  });
});

describe('a release that did not take its mark away', () => {
  it('but has reported is no interrupted one: its report is kept, its mark goes', async () => {
    await open('a/1');
    fates.set('a/1', reported(ROLLED_BACK));
    expect(await find()).toEqual([]);
    expect(await store.listDocuments('releases/shop/production')).toEqual([
      endedKey(PLACE, 'a/1', ROLLED_BACK.endedAtMs),
    ]);
    expect(await store.getDocument(endedKey(PLACE, 'a/1', ROLLED_BACK.endedAtMs))).toEqual({
      releaseId: 'a/1',
      report: ROLLED_BACK,
    });
  });

  it('but kept its report is no interrupted one, whether Temporal still knows it or not', async () => {
    await open('a/1');
    const [mark = ''] = await store.listDocuments('releases');
    const document = await store.getDocument(mark);
    await close('a/1', { ...SUCCEEDED, endedAtMs: Date.now() + 60_000 });
    // It was killed before it could take the mark away, and Temporal has forgotten it since.
    await store.putDocument(mark, document);
    expect(await find()).toEqual([]);
    expect(await store.listDocuments('releases/shop/production/open')).toEqual([]);
  });

  it.each<[string, string, number]>([
    ['another release', 'b/1', 60_000],
    ['itself, from before the mark (it was reset, and goes on)', 'a/1', -60_000],
  ])('is not taken for done by a report of %s', async (_what, reporter, afterMs) => {
    await close(reporter, { ...SUCCEEDED, endedAtMs: Date.now() + afterMs });
    await open('a/1');
    expect(await find()).toEqual([markOf('a/1')]);
  });

  it('and still runs is waited for, which people can see', async () => {
    await open('deploy/shop/production/c0ffee/run-1');
    await open('b/1');
    fates.set('deploy/shop/production/c0ffee/run-1', { kind: 'running' });
    const mock = createMockEnvironment();
    const finding = find(PLACE, mock);
    await until(() => mock.beats.length > 3);
    fates.set('deploy/shop/production/c0ffee/run-1', reported(SUCCEEDED));
    expect(await finding).toEqual([markOf('b/1')]);
    expect(mock.beats).toContainEqual({
      services: {
        production: { phase: 'waits for release deploy/shop/production/c0ffee to end' },
      },
    });
  });

  it('is waited for until the waiting is cancelled', async () => {
    await open('a/1');
    fates.set('a/1', { kind: 'running' });
    const mock = createMockEnvironment();
    const finding = find(PLACE, mock);
    await until(() => mock.beats.length > 1);
    mock.environment.cancel();
    await expect(finding).rejects.toMatchObject({ name: 'CancelledFailure' });
  });

  it('is not judged while Temporal cannot be asked', async () => {
    await open('a/1');
    const asking = createMarkActivities({ store, fateOf: () => Promise.reject(new Error('unavailable')) });
    const { environment } = createMockEnvironment();
    await expect(
      environment.run(asking.takeTurn, { ...PLACE, turn: TURN, pollIntervalMs: 5 }),
    ).rejects.toThrow('unavailable');
    expect(await find()).toHaveLength(1);
  });
});

describe('a release that has lost its turn', () => {
  it('leaves its mark for the next one, whatever it has reported', async () => {
    await open('a/1');
    await close(
      'a/1',
      { ...SUCCEEDED, verdict: 'rollback-failed', endedAtMs: Date.now() + 60_000 },
      [],
      true,
    );
    fates.set('a/1', reported(ROLLED_BACK));
    expect(await find()).toEqual([markOf('a/1')]);
    await close(ME, SUCCEEDED, ['a/1']);
    expect(await find()).toEqual([]);
  });

  it('and had no mark leaves none', async () => {
    await close('a/1', SUCCEEDED, [], true);
    expect(await find()).toEqual([]);
  });
});

describe('closing', () => {
  it('takes the marks that were put right away, and no others', async () => {
    for (const id of ['a/1', 'b/1', 'c/1', ME]) await open(id);
    await close(ME, SUCCEEDED, ['a/1', 'b/1']);
    expect(await find()).toEqual([markOf('c/1')]);
  });

  it('may be done twice, by two workers at once: one report is kept', async () => {
    await open(ME);
    await Promise.all([close(ME), close(ME)]);
    await close(ME);
    expect(await store.listDocuments('releases')).toEqual([endedKey(PLACE, ME, SUCCEEDED.endedAtMs)]);
  });

  it('needs no mark: most releases that fail have never had one', async () => {
    await close(ME, { ...SUCCEEDED, verdict: 'failed' });
    expect(await store.listDocuments('releases/shop/production/ended')).toHaveLength(1);
  });

  it('names reports so that sorted by name is sorted by time', () => {
    const times = [1_000, 999_999_999_999, 1_790_000_000_000, 1_790_000_000_001];
    const keys = times.map((time) => endedKey(PLACE, ME, time));
    expect([...keys].sort()).toEqual(keys);
  });
});

async function until(is: () => boolean): Promise<void> {
  while (!is()) await new Promise((resolve) => setTimeout(resolve, 5));
}
