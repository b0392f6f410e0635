/** A folder that somebody removes while a process works for it. */
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { folderGone } from '../../../src/local/stack/folder-gone.ts';
import { temporaryFolder } from './programs.ts';

let parent: Awaited<ReturnType<typeof temporaryFolder>>;
let folder: string;
const stop = new AbortController();
beforeEach(async () => {
  parent = await temporaryFolder();
  folder = join(parent.path, 'aws');
  await mkdir(folder);
});
afterEach(() => parent.remove());

describe('a folder is gone', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['when it was removed', () => rm(folder, { recursive: true })],
    ['when what it lies in was removed', () => rm(parent.path, { recursive: true })],
    [
      'when another one has its place',
      async () => {
        await mkdir(`${folder}.new`);
        await rename(folder, `${folder}.old`);
        await rename(`${folder}.new`, folder);
      },
    ],
  ])('%s', async (_when, remove) => {
    let isGone = false;
    const gone = folderGone(folder, 5, stop.signal).then(() => {
      isGone = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(isGone).toBe(false);
    await remove();
    await gone;
  });

  it('no more for who was told to stop', async () => {
    const own = new AbortController();
    const gone = folderGone(folder, 60_000, own.signal);
    own.abort();
    await expect(gone).rejects.toMatchObject({ name: 'AbortError' });
  });
});
