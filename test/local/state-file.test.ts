import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { watch } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { openStateFile, StateFileError, StateSaveError } from '../../src/local/state-file.ts';

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

  it('that is a folder is an error that names it', async () => {
    await mkdir(path, { recursive: true });
    await expect(open()).rejects.toThrow(`${path}: cannot be read (EISDIR`);
  });

  it('that cannot be written is an error that names it; the old one stays, and a later save has all', async () => {
    const file = await open();
    file.state.count = 1;
    await file.save();
    file.state.count = 2;
    // No room: a folder where the file has to go. (To be root does not help there, as with permissions.)
    await rename(path, `${path}.kept`);
    await mkdir(join(path, 'in the way'), { recursive: true });
    await expect(file.save()).rejects.toThrow(StateSaveError);
    await expect(file.save()).rejects.toThrow(path);
    await rm(path, { recursive: true });
    expect(await readFile(`${path}.kept`, 'utf8')).toContain('"count":1');
    await file.save();
    expect((await open()).state).toEqual({ count: 2 });
    expect((await readdir(join(folder, 'deep'))).sort()).toEqual(['state.json', 'state.json.kept']);
  });

  it('tidies up at once after a process that was killed in mid-write, but not after one that is writing', async () => {
    await (await open()).save();
    const temporary = (pid: number) => `${path}.${pid}.${randomUUID()}.tmp`;
    const killed = spawnSync(process.execPath, ['-e', '']).pid;
    const [old, dead, writing] = [
      temporary(process.ppid),
      temporary(killed),
      temporary(process.ppid),
    ] as const;
    for (const leftover of [old, dead, writing]) await writeFile(leftover, '{"vers');
    await utimes(old, new Date(0), new Date(0));
    await open();
    expect((await readdir(join(folder, 'deep'))).sort()).toEqual(['state.json', basename(writing)]);
  });

  it('is written under a name that tells who writes it', async () => {
    const file = await open();
    const watcher = watch(join(folder, 'deep'));
    const written = new RegExp(`^state\\.json\\.${process.pid}\\.[0-9a-f-]{36}\\.tmp$`);
    const seen = new Promise<void>((resolve) => {
      watcher.on('change', (_event, name) => written.test(String(name)) && resolve());
    });
    await file.save();
    await seen;
    watcher.close();
  });

  it.each(['__proto__', 'constructor', 'toString'])('does not know the name %s by itself', async (name) => {
    const records = z.object({ byName: z.record(z.string(), z.string()) });
    const options = { initial: () => ({ byName: {} }), parse: (json: unknown) => records.parse(json) };
    const first = await openStateFile<{ byName: Record<string, string> }>(path, options);
    expect(first.state.byName[name]).toBeUndefined();
    await first.save();
    const second = await openStateFile<{ byName: Record<string, string> }>(path, options);
    expect(second.state.byName[name]).toBeUndefined();
  });
});
