/** What control answers of an environment's past out of its store. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createEnvironmentMemory } from '../../src/activities/environment-memory.ts';
import { createReadLedger } from '../../src/activities/read-ledger.ts';
import { createMarkActivities } from '../../src/activities/release-marks.ts';
import type { LedgerEntry } from '../../src/release/environment/ledger.ts';
import type {
  LedgerPage,
  LedgerQuestion,
  LedgerRelease,
  ReleaseName,
} from '../../src/release/environment/ledger-question.ts';
import { createFolderStore } from '../../src/store/folder-store.ts';
import type { Store } from '../../src/store/store.ts';
import { SUCCEEDED } from '../cli/render/reports.ts';
import { commit, Scene, shaOf } from '../release/environment/scenes.ts';
import { createMockEnvironment } from './mock-environment.ts';

const PLACE = { app: 'shop', environment: 'production' };

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-ledger-'));
  store = createFolderStore(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const entry = (number: number, more: Partial<LedgerEntry> = {}): LedgerEntry => {
  const [any] = new Scene().arrive('a', commit(1)).end('a').state.ledger as [LedgerEntry];
  const releaseId = `deploy/shop/production/${shaOf(number)}/run-${number}`;
  return { ...any, number, releaseId, commit: { sha: shaOf(number), subject: `commit ${number}` }, ...more };
};
const keep = async (...entries: readonly LedgerEntry[]): Promise<void> => {
  const memory = createEnvironmentMemory({ store, fateOf: async () => ({ kind: 'running' }) });
  for (const each of entries) await memory.keepEntry({ ...PLACE, entry: each });
};
const many = (count: number): LedgerEntry[] => Array.from({ length: count }, (_, index) => entry(index + 1));
const damage = (number: number): Promise<void> =>
  store.putDocument(`environments/shop/production/ledger/${String(number).padStart(8, '0')}`, {
    what: 'ever',
  });

const ask = <T>(question: LedgerQuestion): Promise<T> =>
  createMockEnvironment().environment.run(
    (asked: LedgerQuestion) => createReadLedger(store)(asked) as Promise<T>,
    question,
  );
const page = (before: number | null, limit: number): Promise<LedgerPage> =>
  ask({ ...PLACE, kind: 'page', before, limit });
const find = (release: ReleaseName, withReport = false): Promise<LedgerRelease> =>
  ask({ ...PLACE, kind: 'release', release, report: withReport });
const numbers = ({ entries }: LedgerPage): readonly number[] => entries.map(({ number }) => number);

describe('a page of the ledger', () => {
  it('of an environment without a past is empty', async () => {
    expect(await page(null, 50)).toEqual({ kind: 'page', entries: [], damaged: [], next: null });
  });

  it('has the newest ones first, and says where the next one begins', async () => {
    await keep(...many(7));
    const first = await page(null, 3);
    expect(numbers(first)).toEqual([7, 6, 5]);
    expect(first.next).toBe(5);
    const second = await page(5, 3);
    expect([numbers(second), second.next]).toEqual([[4, 3, 2], 2]);
    const last = await page(2, 3);
    expect([numbers(last), last.next]).toEqual([[1], null]);
  });

  it('that holds all there is has no next one', async () => {
    await keep(...many(3));
    expect((await page(null, 3)).next).toBeNull();
  });

  it('stays small enough for a payload, however long the entries are, and leaves none out', async () => {
    const text = 'ü'.repeat(5_000);
    await keep(...many(12).map((each) => ({ ...each, commit: { ...each.commit, subject: text } })));
    const seen: number[] = [];
    let before: number | null = null;
    do {
      const answer: LedgerPage = await page(before, 100);
      expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(64 * 1024);
      seen.push(...numbers(answer));
      before = answer.next;
    } while (before !== null);
    expect(seen).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  it('holds one entry at least, and a hundred at most, whatever is asked for', async () => {
    await keep(...many(105));
    expect(numbers(await page(null, 0))).toEqual([105]);
    expect(numbers(await page(null, 1e9))).toHaveLength(100);
  });

  it('names what cannot be read, and shows the others', async () => {
    await keep(...many(5));
    await damage(4);
    await damage(2);
    expect(await page(null, 50)).toMatchObject({ damaged: [4, 2], next: null });
    expect(numbers(await page(null, 50))).toEqual([5, 3, 1]);
    // A page of nothing else goes on too.
    expect(await page(5, 1)).toMatchObject({ entries: [], damaged: [4], next: 4 });
  });
});

describe('one release of the ledger', () => {
  it.each<[string, ReleaseName, number]>([
    ['its number', { number: 2 }, 2],
    ['its commit', { commit: shaOf(3) }, 3],
    ['the first digits of its commit', { commit: shaOf(1).slice(0, 12) }, 1],
    ['its workflow id', { workflowId: `deploy/shop/production/${shaOf(2)}` }, 2],
  ])('is found by %s', async (_what, release, number) => {
    await keep(...many(3));
    expect((await find(release)).entry?.number).toBe(number);
  });

  it('is the last one of its commit, or of its workflow id', async () => {
    await keep(
      ...many(2),
      entry(3, { commit: { sha: shaOf(1), subject: '' }, releaseId: `${entry(1).releaseId}-2` }),
    );
    expect((await find({ commit: shaOf(1) })).entry?.number).toBe(3);
    expect((await find({ workflowId: `deploy/shop/production/${shaOf(1)}` })).entry?.number).toBe(3);
  });

  it('may be none, or one that cannot be read', async () => {
    await keep(...many(2));
    await damage(1);
    expect(await find({ number: 9 })).toEqual({ kind: 'release', entry: null, report: null, damaged: [] });
    expect(await find({ number: 1 })).toMatchObject({ entry: null, damaged: [1] });
    // What is damaged hides none of the others.
    expect((await find({ number: 2 })).entry?.number).toBe(2);
    expect(await find({ workflowId: 'deploy/shop/production' })).toMatchObject({ entry: null });
  });

  it('comes with the report that it has left, the last one of them', async () => {
    await keep(...many(2));
    const { closeRelease } = createMarkActivities({ store, fateOf: async () => ({ kind: 'running' }) });
    const { releaseId } = entry(2);
    const close = (endedAtMs: number): Promise<unknown> =>
      closeRelease({ ...PLACE, releaseId, leaveMark: false, report: { ...SUCCEEDED, endedAtMs } });
    await close(1_000);
    await close(2_000);
    expect((await find({ number: 2 }, true)).report?.endedAtMs).toBe(2_000);
    expect((await find({ number: 2 })).report).toBeNull();
    expect((await find({ number: 1 }, true)).report).toBeNull();
    const [first, second] = await store.listDocuments('releases/shop/production/ended');
    await store.putDocument(second ?? '', { what: 'ever' });
    expect((await find({ number: 2 }, true)).report?.endedAtMs).toBe(1_000);
    await store.putDocument(first ?? '', 'x');
    expect((await find({ number: 2 }, true)).report).toBeNull();
  });
});
