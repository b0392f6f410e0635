/** A release tag: the tree of the branch with the one file, and nothing of it on the branch. */
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { TOP } from './build-client.ts';

let folder: string;
const git = async (...args: readonly string[]): Promise<string> =>
  (await execa('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], { cwd: folder }))
    .stdout;
const bundle = (...args: readonly string[]) =>
  execa(join(folder, 'script/release-bundle'), args, {
    cwd: folder,
    env: {
      ...{ GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.com' },
      ...{ GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' },
    },
    reject: false,
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-release-'));
  for (const name of ['action.yml', 'package.json', 'script', 'src', 'LICENSE', '.gitignore']) {
    await cp(join(TOP, name), join(folder, name), { recursive: true });
  }
  await symlink(join(TOP, 'node_modules'), join(folder, 'node_modules'));
  await git('init', '--quiet', '--initial-branch', 'main');
  // A link is no folder to `node_modules/`.
  await writeFile(join(folder, '.git/info/exclude'), 'node_modules\n');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'first');
});
afterAll(() => rm(folder, { recursive: true }));

describe('script/release-bundle', () => {
  it('tags the commit with the bundled client, and leaves branch and index as they were', async () => {
    const head = await git('rev-parse', 'HEAD');
    expect(await bundle('v0.1.0')).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('git push origin v0.1.0'),
    });
    expect(await git('diff', '--name-status', 'HEAD', 'v0.1.0')).toBe('A\tdist/slipway-client.mjs');
    expect(await git('ls-tree', 'v0.1.0', 'dist/')).toMatch(/^100755 blob .*\tdist\/slipway-client\.mjs$/);
    expect(await git('rev-parse', 'v0.1.0^')).toBe(head);
    expect(await git('rev-parse', 'HEAD')).toBe(head);
    expect(await git('status', '--porcelain')).toBe('');
  });

  it.each([
    ['no version', ['0.1'], 2, 'usage'],
    ['an option', ['--help'], 2, 'usage'],
    ['a tag that there is', ['v0.1.0'], 1, 'there is a tag v0.1.0 already'],
  ])('of %s makes none', async (_what, args, exitCode, text) => {
    expect(await bundle(...args)).toMatchObject({ exitCode, stderr: expect.stringContaining(text) });
  });

  it('of a tree with changes makes none: what is tagged is what is committed', async () => {
    await writeFile(join(folder, 'action.yml'), 'name: other\n');
    expect(await bundle('v0.2.0')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('has changes'),
    });
    expect(await git('tag')).toBe('v0.1.0');
  });
});
