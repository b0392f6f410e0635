import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createFolderStore } from '../../src/store/folder-store.ts';
import { exactSegment, logKey } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/store.ts';

let root: string;
let store: Store;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-store-'));
  store = createFolderStore(join(root, 'store'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.path, entry.name));
}

async function damage(content: string): Promise<void> {
  const [file, ...others] = await filesUnder(join(root, 'store'));
  expect(others).toEqual([]);
  await writeFile(file ?? '', content);
}

describe('archives', () => {
  const put = (text: string) => store.putArchive(Readable.from([Buffer.from(text)]));

  it('are named by the SHA-256 of their bytes', async () => {
    expect(await put('hello')).toEqual({
      hash: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
      bytes: 5,
    });
  });

  it('come back as they were, once however often they were put, even at the same moment', async () => {
    const [first] = await Promise.all([put('same'), put('same'), put('same')]);
    const file = join(root, 'copy');
    await store.fetchArchive(first?.hash ?? '', file);
    expect(await readFile(file, 'utf8')).toBe('same');
    expect(await filesUnder(join(root, 'store'))).toHaveLength(1);
  });

  it('leave nothing behind when their source breaks', async () => {
    const broken = new Readable({
      read() {
        this.destroy(new Error('the disk is on fire'));
      },
    });
    await expect(store.putArchive(broken)).rejects.toThrow('on fire');
    expect(await filesUnder(join(root, 'store'))).toEqual([]);
  });

  it('are not handed out when they were changed', async () => {
    const { hash } = await put('hello');
    await damage('hullo');
    const file = join(root, 'copy');
    await expect(store.fetchArchive(hash, file)).rejects.toMatchObject({ type: 'StoreDamaged' });
    await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('say so when they are missing', async () => {
    await expect(store.fetchArchive('0'.repeat(64), join(root, 'copy'))).rejects.toMatchObject({
      type: 'NotInStore',
      retryable: false,
    });
  });
});

describe('texts', () => {
  it('come back by their hash', async () => {
    const hash = await store.putText('{"family":"grün"}');
    expect(await store.getText(hash)).toBe('{"family":"grün"}');
  });

  it('are verified when read', async () => {
    const hash = await store.putText('one');
    await damage('two');
    await expect(store.getText(hash)).rejects.toMatchObject({ type: 'StoreDamaged' });
    await expect(store.getText('1'.repeat(64))).rejects.toMatchObject({ type: 'NotInStore' });
  });
});

describe('documents', () => {
  it('are replaced whole and listed by prefix', async () => {
    await store.putDocument('ledger/app/production/1', { verdict: 'failed' });
    await store.putDocument('ledger/app/production/1', { verdict: 'succeeded' });
    await store.putDocument('ledger/app/staging/7', []);
    expect(await store.getDocument('ledger/app/production/1')).toEqual({ verdict: 'succeeded' });
    expect(await store.getDocument('ledger/app/production/2')).toBeUndefined();
    expect(await store.listDocuments('ledger/app')).toEqual([
      'ledger/app/production/1',
      'ledger/app/staging/7',
    ]);
    expect(await store.listDocuments('nothing')).toEqual([]);
  });

  it('are never seen half-written', async () => {
    const long = 'x'.repeat(200_000);
    const writes = Promise.all(Array.from({ length: 20 }, (_, n) => store.putDocument('a', { n, long })));
    for (let reads = 0; reads < 50; reads += 1) await store.getDocument('a');
    await writes;
    expect(await store.getDocument('a')).toMatchObject({ long });
  });

  it('say so when the file is damaged', async () => {
    await store.putDocument('a', 1);
    await damage('{"half":');
    await expect(store.getDocument('a')).rejects.toMatchObject({ type: 'StoreDamaged' });
  });
});

describe('logs', () => {
  it('are appended, read on from an offset by whole lines, and tailed', async () => {
    await store.appendLog('logs/w/r/s.log', 'one\ntwo\nthr');
    const first = await store.readLog('logs/w/r/s.log', 0);
    expect(first).toEqual({ text: 'one\ntwo\n', nextOffset: 8 });
    await store.appendLog('logs/w/r/s.log', 'ee\n');
    const second = await store.readLog('logs/w/r/s.log', first.nextOffset);
    expect(second).toEqual({ text: 'three\n', nextOffset: 14 });
    expect(await store.readLog('logs/w/r/s.log', 14)).toEqual({ text: '', nextOffset: 14 });
    expect(await store.tailLog('logs/w/r/s.log', 2)).toEqual(['two', 'three']);
  });

  it('are empty where there are none', async () => {
    expect(await store.tailLog('logs/none.log', 5)).toEqual([]);
    expect(await store.readLog('logs/none.log', 0)).toEqual({ text: '', nextOffset: 0 });
  });
});

describe('a document that is taken away', () => {
  it('is gone, for lists too, and may be taken away again', async () => {
    await store.putDocument('releases/a', { n: 1 });
    await store.putDocument('releases/b', { n: 2 });
    await store.removeDocument('releases/a');
    await store.removeDocument('releases/a');
    expect(await store.getDocument('releases/a')).toBeUndefined();
    expect(await store.listDocuments('releases')).toEqual(['releases/b']);
  });
});

describe('keys', () => {
  it.each([
    '',
    '..',
    '../secrets',
    'a/../../b',
    '/etc/passwd',
    'a//b',
    'a/.hidden',
    'a\\b',
    'a\0b',
    'a b',
    'x'.repeat(601),
  ])('refuses %j', async (key) => {
    await expect(async () => store.getDocument(key)).rejects.toMatchObject({ type: 'InvalidKey' });
    await expect(async () => store.appendLog(key, 'x')).rejects.toMatchObject({ type: 'InvalidKey' });
    await expect(async () => store.removeDocument(key)).rejects.toMatchObject({ type: 'InvalidKey' });
    await expect(async () => store.tailLog(key, 1)).rejects.toMatchObject({ type: 'InvalidKey' });
  });

  it.each(['', 'abc', '../../../../etc/passwd', 'G'.repeat(64)])('refuses %j as a hash', async (hash) => {
    await expect(async () => store.getText(hash)).rejects.toMatchObject({ type: 'InvalidKey' });
    await expect(async () => store.fetchArchive(hash, '/tmp/x')).rejects.toMatchObject({
      type: 'InvalidKey',
    });
  });

  it.each([
    ['production', 'production'],
    ['a b', 'a=20b'],
    ['a_b', 'a_b'],
    ['a=20b', 'a=3D20b'],
    ['..', '=2E.'],
    ['x/y', 'x=2Fy'],
    ['ü', '=C3=BC'],
  ])('makes one segment of %j that no other text has', (text, segment) => {
    expect(exactSegment(text)).toBe(segment);
  });

  it.each([
    ['deploy/app/production/abc', 'check:api', 'logs/deploy_app_production_abc/run-1/check-api.log'],
    ['../../evil', '..', 'logs/_._.._evil/run-1/-..log'],
    ['ümläut id', 'build:web', 'logs/_ml_ut_id/run-1/build-web.log'],
  ])('makes a log key of workflow id %j', (workflowId, step, key) => {
    expect(logKey(workflowId, 'run-1', step)).toBe(key);
  });
});
