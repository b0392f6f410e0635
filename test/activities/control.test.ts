/** What control adds to the answers of its activities: whether a release can be listed by search attributes now. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createControlActivities } from '../../src/activities/control.ts';
import { isIndexed, SEEN_FOR_MS } from '../../src/release/search-attributes.ts';
import { createFolderStore } from '../../src/store/folder-store.ts';
import { SUCCEEDED } from '../cli/render/reports.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-control-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const activities = (areIndexed?: () => Promise<boolean>) =>
  createControlActivities({
    store: createFolderStore(folder),
    repositories: { shop: folder },
    folder,
    fateOf: () => Promise.reject(new Error('nobody asks')),
    endOf: () => Promise.reject(new Error('nobody asks')),
    askEnvironment: async () => undefined,
    runEnd: async () => null,
    isKnownInTemporal: async () => false,
    github: null,
    ...(areIndexed && { areIndexed }),
  });

const close = (areIndexed?: () => Promise<boolean>): Promise<unknown> =>
  activities(areIndexed).closeRelease({
    app: 'shop',
    environment: 'production',
    releaseId: 'deploy/shop/production/a/run',
    leaveMark: false,
    report: SUCCEEDED,
  });

describe('the answer of control', () => {
  it('says that search attributes are there, when it has done its work', async () => {
    const before = Date.now();
    const answer = (await close(async () => true)) as { readonly seenAtMs: number };
    expect(answer).toEqual({ indexed: true, seenAtMs: expect.any(Number) });
    expect(answer.seenAtMs - before).toBeLessThan(5_000);
    expect([0, SEEN_FOR_MS].map((ms) => isIndexed(answer, answer.seenAtMs + ms))).toEqual([true, false]);
  });

  it.each([
    ['they are not there', async () => false],
    ['nobody can say', undefined],
  ])('says nothing where %s', async (_what, areIndexed) => {
    const answer = await close(areIndexed);
    expect(answer).toEqual({});
    expect(isIndexed(answer, Date.now())).toBe(false);
  });

  it('may be that of an earlier Slipway, which said nothing at all', () => {
    const answers = [undefined, null, { indexed: true }];
    expect(answers.map((answer) => isIndexed(answer, 1))).toEqual([false, false, true]);
  });

  it('is looked for beside the store, whose time is short', async () => {
    let hasLooked = false;
    const closing = close(async () => {
      hasLooked = true;
      return true;
    });
    expect(hasLooked).toBe(true);
    await closing;
  });

  it('looks after the work, so that its word is fresh', async () => {
    let looked = 0;
    const look = async (): Promise<boolean> => {
      looked += 1;
      return true;
    };
    await expect(
      activities(look).readSource({ environment: 'production', sha: 'main', app: 'other' }),
    ).rejects.toThrow();
    expect(looked).toBe(0);
  });
});
