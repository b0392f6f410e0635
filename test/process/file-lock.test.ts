import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { withFileLock } from '../../src/process/file-lock.ts';
import { thisProcess } from '../../src/process/owner.ts';

let folder: string;
let lock: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-lock-'));
  lock = join(folder, 'locks', 'a');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('withFileLock', () => {
  it('lets one in at a time', async () => {
    let inside = 0;
    let most = 0;
    const one = () =>
      withFileLock(lock, {}, async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setImmediate(resolve));
        inside -= 1;
      });
    await Promise.all(Array.from({ length: 8 }, one));
    expect(most).toBe(1);
    expect(await readdir(join(folder, 'locks'))).toEqual([]);
  });

  it('is free again after an error', async () => {
    await expect(withFileLock(lock, {}, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withFileLock(lock, {}, async () => 'yes')).toBe('yes');
  });

  it('is free again when its owner has died', async () => {
    const child = spawn('true');
    await once(child, 'exit');
    await withFileLock(lock, {}, async () => undefined);
    await writeFile(lock, JSON.stringify({ pid: child.pid, started: '' }));
    expect(await withFileLock(lock, {}, async () => 'yes')).toBe('yes');
  });

  it('is free again when another process has got the id of its owner', async () => {
    await withFileLock(lock, {}, async () => undefined);
    await writeFile(lock, JSON.stringify({ pid: process.pid, started: '1' }));
    expect(await withFileLock(lock, {}, async () => 'yes')).toBe('yes');
  });

  it('waits for a living owner, says so once, and can be cancelled', async () => {
    await withFileLock(lock, {}, async () => undefined);
    const owner = JSON.stringify(await thisProcess());
    await writeFile(lock, owner);
    const controller = new AbortController();
    let waits = 0;
    const waiting = withFileLock(
      lock,
      {
        signal: controller.signal,
        onWait: () => {
          waits += 1;
          setTimeout(() => controller.abort(new Error('enough')), 200);
        },
      },
      async () => undefined,
    );
    await expect(waiting).rejects.toThrow('enough');
    expect(waits).toBe(1);
    expect(await readFile(lock, 'utf8')).toBe(owner);
  });
});
