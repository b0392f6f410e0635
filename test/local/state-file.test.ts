import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { openStateFile, StateFileError } from '../../src/local/state-file.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-state-'));
  path = join(folder, 'deep', 'state.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const counter = z.object({ count: z.number() });
const open = (version = 1) =>
  openStateFile(path, { initial: () => ({ count: 0 }), parse: (json) => counter.parse(json), version });

describe('a state file', () => {
  it('begins with the initial state and keeps what was saved', async () => {
    const file = await open();
    expect(file.state).toEqual({ count: 0 });
    file.state.count = 7;
    await file.save();
    expect((await open()).state).toEqual({ count: 7 });
  });

  it('has on disk, when a save resolves, at least what was there when it was called', async () => {
    const file = await open();
    const saves = Array.from({ length: 50 }, async (_, index) => {
      await new Promise((resolve) => setImmediate(resolve));
      file.state.count = index;
      await file.save();
      const onDisk = JSON.parse(await readFile(path, 'utf8')) as { state: { count: number } };
      expect(onDisk.state.count).toBeGreaterThanOrEqual(index);
    });
    await Promise.all(saves);
    expect(await readdir(join(folder, 'deep'))).toEqual(['state.json']);
  });

  it.each([
    ['half of it', '{"version":1,"state":{"cou', 'is not whole JSON'],
    ['nothing', '', 'is not whole JSON'],
    ['something else', '[]', 'is not a Slipway state file'],
    ['another version', '{"version":2,"state":{"count":1}}', 'has version 2, this Slipway reads version 1'],
    ['another shape', '{"version":1,"state":{"count":"x"}}', 'does not hold what was expected'],
  ])('that holds %s is an error that names it, and stays as it is', async (_what, text, told) => {
    await (await open()).save();
    await writeFile(path, text);
    await expect(open()).rejects.toThrow(StateFileError);
    await expect(open()).rejects.toThrow(`${path}: ${told}`);
    expect(await readFile(path, 'utf8')).toBe(text);
  });
});
