/**
 * The files of a repository that say something about releases: what git would commit of it, or, outside git, what lies
 * there. Bounded, and never through a link that leads out.
 */
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { execa } from 'execa';
import { ConfigurationError } from '../../errors.ts';

export interface RepositoryFiles {
  /** From the top, with `/`, in order. */
  readonly paths: readonly string[];
  /** There were more than are looked at. */
  readonly isCut: boolean;
}

const MOST_FILES = 20_000;
const MOST_ENTRIES = 200_000;
const DEEPEST = 16;
const GIT_MS = 30_000;

/** Other people's Dockerfiles and tests lie there, in plenty. */
const NOT_OURS = new Set(['node_modules', 'vendor', '.git', '.slipway', '.venv', 'venv', 'site-packages']);

const INTERESTING =
  /(?:^|\/)(?:dockerfile(?:\.[^/]+)?|[^/]+\.dockerfile|package\.json|package-lock\.json|yarn\.lock|pnpm-lock\.yaml|pyproject\.toml|test_[^/]*\.py|[^/]*_test\.py|[^/]*requirements[^/]*\.txt|requirements\/[^/]+\.txt)$/i;

/** The same for git, which walks a tree faster than anyone; what it gives is sifted again. */
const PATHSPECS = [
  '*dockerfile*',
  '*package.json',
  '*lock*',
  '*pyproject.toml',
  '*.py',
  '*requirements*',
].map((glob) => `:(icase)${glob}`);

const isOurs = (path: string): boolean =>
  INTERESTING.test(path) && !path.split('/').some((part) => NOT_OURS.has(part));

/** @throws ConfigurationError where git does not answer in time */
export async function listRepositoryFiles(
  top: string,
  isGit: boolean,
  most = MOST_FILES,
): Promise<RepositoryFiles> {
  const found = isGit ? await askGit(top) : await walk(top);
  const wanted = found.paths.filter(isOurs).sort();
  return { paths: wanted.slice(0, most), isCut: found.isCut || wanted.length > most };
}

/** Tracked, or new and not ignored: what a commit may have. */
async function askGit(top: string): Promise<RepositoryFiles> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...PATHSPECS];
  const listed = execa('git', args, {
    cwd: top,
    reject: false,
    timeout: GIT_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  const { exitCode, stdout, timedOut, isMaxBuffer } = await listed;
  if (isMaxBuffer) return { paths: stdout.split('\0').slice(0, -1), isCut: true };
  if (exitCode === 0) return { paths: stdout.split('\0').filter((path) => path !== ''), isCut: false };
  throw new ConfigurationError(`git does not list the files of ${top}`, {
    advice: timedOut
      ? 'It did not within 30 s. Is a folder with very many files missing in .gitignore?'
      : 'Try `git status` there.',
  });
}

async function walk(top: string): Promise<RepositoryFiles> {
  const paths: string[] = [];
  const open: { readonly folder: string; readonly depth: number }[] = [{ folder: '', depth: 0 }];
  let seen = 0;
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const { folder, depth } = next;
    const entries = await readdir(join(top, folder), { withFileTypes: true }).catch(() => []);
    seen += entries.length;
    if (seen > MOST_ENTRIES) return { paths, isCut: true };
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      // A link to a folder may lead anywhere, also back here.
      if (entry.isDirectory() && depth < DEEPEST && !NOT_OURS.has(entry.name))
        open.push({ folder: path, depth: depth + 1 });
      else if (!entry.isDirectory()) paths.push(path);
    }
  }
  return { paths, isCut: false };
}

/** `gone`: deleted, and not yet committed so. `outside`: a link that leads out, which no build would follow. */
export async function fileState(top: string, path: string): Promise<'file' | 'gone' | 'outside'> {
  const full = join(top, path);
  if (!(await lstat(full).catch(() => undefined))) return 'gone';
  const real = await realpath(full).catch(() => undefined);
  if (real === undefined) return 'gone';
  if (!real.startsWith((await realpath(top)) + sep)) return 'outside';
  return (await stat(real)).isFile() ? 'file' : 'gone';
}
