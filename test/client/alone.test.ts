/** `dist/client` for a script of somebody else's: with `@temporalio/client` and what that needs, and nothing else. */
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { execa } from 'execa';

const TOP = fileURLToPath(new URL('../..', import.meta.url));

/** What npm would install for it. */
function closure(name: string, found: Set<string> = new Set()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  const { dependencies = {} } = JSON.parse(
    readFileSync(join(TOP, 'node_modules', name, 'package.json'), 'utf8'),
  ) as { dependencies?: Record<string, string> };
  for (const other of Object.keys(dependencies)) closure(other, found);
  return found;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-client-'));
  await execa(
    process.execPath,
    [
      join(TOP, 'node_modules/typescript/bin/tsc'),
      ...['-p', join(TOP, 'tsconfig.build.json'), '--outDir', join(folder, 'all')],
    ],
    { cwd: TOP },
  );
  const slipway = join(folder, 'node_modules/slipway');
  await mkdir(join(slipway, 'dist'), { recursive: true });
  await writeFile(join(slipway, 'package.json'), readFileSync(join(TOP, 'package.json')));
  // Only these of dist/: the room itself, and the two that it may import.
  for (const room of ['client', 'release', 'errors.js']) {
    await execa('cp', ['-r', join(folder, 'all', room), join(slipway, 'dist', room)]);
  }
  for (const name of closure('@temporalio/client')) {
    const link = join(folder, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    // Followed as a folder (--preserve-symlinks): what lies beside it in our own node_modules is not there.
    await symlink(join(TOP, 'node_modules', name), link);
  }
});
afterAll(() => rm(folder, { recursive: true }));

it('slipway/client is imported by its name, and reaches for no package but its own', async () => {
  await writeFile(
    join(folder, 'script.mjs'),
    `import { connect, startRelease } from 'slipway/client';
     console.log(typeof startRelease);
     await import('@temporalio/envconfig').catch(({ code }) => console.log(code));
     await connect({ address: '127.0.0.1:1', connectTimeoutMs: 200 }).catch((error) => console.log(error.type));`,
  );
  const run = await execa(process.execPath, ['--preserve-symlinks', 'script.mjs'], {
    cwd: folder,
    extendEnv: false,
    env: { PATH: process.env.PATH },
  });
  expect(run.stdout).toBe('function\nERR_MODULE_NOT_FOUND\nUnreachable');
  expect([...closure('@temporalio/client')]).not.toContain('@temporalio/worker');
});
