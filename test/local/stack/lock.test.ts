/** One command at a time in a folder, and no lock that outlives its holder. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { withLock } from '../../../src/local/stack/lock.ts';
import { temporaryFolder } from './programs.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let path: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder.path, 'new', 'lock');
});
afterEach(() => folder.remove());

describe('the lock of a folder', () => {
  it('keeps a second command out, and names the first', async () => {
    await withLock(path, async () => {
      await expect(withLock(path, async () => 'in')).rejects.toThrow(`(pid ${process.pid}) is at work`);
    });
    expect(await withLock(path, async () => 'in')).toBe('in');
  });

  it('is given back when the command fails', async () => {
    await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(readFile(path)).rejects.toThrow('ENOENT');
  });

  it.each([
    ['of a process that is gone', `${2 ** 22 + 1} boot:1`],
    ['of an earlier process with our pid', `${process.pid} boot:1`],
    ['half written', ''],
  ])('%s is taken over', async (_case, content) => {
    await withLock(path, async () => undefined);
    await writeFile(path, content);
    expect(await withLock(path, async () => 'in')).toBe('in');
  });
});
