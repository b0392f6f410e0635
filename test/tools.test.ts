/** Where a tool is looked for, in which order, and what is said when it is nowhere. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findTool, TOOLS, type ToolName, toolFolder } from '../src/tools.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-tools-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function program(path: string, mode = 0o755): Promise<string> {
  const file = join(folder, path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, '');
  await chmod(file, mode);
  return file;
}

const env = (extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  PATH: `${join(folder, 'path-1')}:${join(folder, 'path-2')}`,
  SLIPWAY_CACHE: join(folder, 'cache'),
  ...extra,
});

describe('a tool is found', () => {
  it('by its environment variable before anything else', async () => {
    const named = await program('elsewhere/my-temporal');
    await program('path-1/temporal');
    expect(await findTool('temporal', env({ SLIPWAY_TEMPORAL: named }))).toBe(named);
  });

  it('on PATH, in its order, before the cache', async () => {
    await program('cache/bin/temporal');
    const second = await program('path-2/temporal');
    expect(await findTool('temporal', env())).toBe(second);
    const first = await program('path-1/temporal');
    expect(await findTool('temporal', env())).toBe(first);
  });

  it('in the cache that script/setup fills', async () => {
    const cached = await program('cache/bin/docker-registry');
    expect(await findTool('registry', env())).toBe(cached);
  });

  it('under its other name', async () => {
    const other = await program('path-1/registry');
    expect(await findTool('registry', env())).toBe(other);
  });

  it.each([
    ['a file that may not be run', () => program('path-1/temporal', 0o644)],
    ['a folder of that name', () => mkdir(join(folder, 'path-1/temporal'), { recursive: true })],
  ])('but never as %s', async (_case, make) => {
    await make();
    await expect(findTool('temporal', env())).rejects.toThrow('was not found');
  });
});

describe('a missing tool', () => {
  it.each(['temporal', 'registry', 'docker'] satisfies ToolName[])(
    'is named with what it is for and how to get it: %s',
    async (name) => {
      const { what, why, variable } = TOOLS[name];
      await expect(findTool(name, env())).rejects.toMatchObject({
        type: 'MissingTool',
        message: `${what} was not found, and ${why}`,
        advice: expect.stringMatching(`script/setup.*${variable}`),
      });
    },
  );

  it('is not looked for elsewhere when its variable names something wrong', async () => {
    await program('path-1/temporal');
    const wrong = join(folder, 'nothing');
    await expect(findTool('temporal', env({ SLIPWAY_TEMPORAL: wrong }))).rejects.toThrow(
      `SLIPWAY_TEMPORAL=${wrong} is not a program`,
    );
  });
});

describe('the cache folder', () => {
  it.each([
    [{ SLIPWAY_CACHE: '/c', XDG_CACHE_HOME: '/x', HOME: '/h' }, '/c/bin'],
    [{ XDG_CACHE_HOME: '/x', HOME: '/h' }, '/x/slipway/bin'],
    [{ HOME: '/h' }, '/h/.cache/slipway/bin'],
  ])('of %j is %s', (variables, expected) => {
    expect(toolFolder(variables)).toBe(expected);
  });
});
