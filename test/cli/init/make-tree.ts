/** A folder with the files that are listed, as a repository or without git. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

export interface Tree {
  readonly top: string;
  readonly remove: () => Promise<void>;
}

export const git = (cwd: string, ...args: readonly string[]) =>
  execa('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], { cwd });

export async function makeTree(
  files: Readonly<Record<string, string>>,
  { name = 'shop', isGit = true }: { readonly name?: string; readonly isGit?: boolean } = {},
): Promise<Tree> {
  const outer = await realpath(await mkdtemp(join(tmpdir(), 'slipway-init-')));
  const top = join(outer, name);
  await mkdir(top, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(top, path)), { recursive: true });
    await writeFile(join(top, path), text);
  }
  if (isGit) await git(top, 'init', '--quiet', '--initial-branch', 'main');
  return { top, remove: () => rm(outer, { recursive: true, force: true }) };
}
