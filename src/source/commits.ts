/** What the bare copy holds of commits; nothing here asks the repository itself. */
import { ConfigurationError } from '../errors.ts';
import { ANCESTOR_DIGITS } from '../release/environment/state.ts';
import type { Commit } from '../release/plan.ts';
import type { BareCopy } from './bare-copy.ts';

const LONGEST_FILE = 1024 * 1024;
const LONGEST_MESSAGE = 64 * 1024;

/** The full SHA of the commit that a name of git's leads to; undefined where it is not here. */
export const commitOf = async (copy: BareCopy, name: string): Promise<string | undefined> =>
  (await copy.ask('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`))?.trim();

export const isHere = async (copy: BareCopy, sha: string): Promise<boolean> =>
  (await commitOf(copy, sha)) === sha;

/** A branch or tag that was fetched leads to it: it is the repository's own, not one of a fork. */
export const isOurs = async (copy: BareCopy, sha: string): Promise<boolean> =>
  ((await copy.ask('for-each-ref', '--count=1', '--format=%(refname)', '--contains', sha)) ?? '') !== '';

export const contains = async (copy: BareCopy, newer: string, older: string): Promise<boolean> =>
  (await copy.ask('merge-base', '--is-ancestor', older, newer)) !== undefined;

export const describeCommit = async (copy: BareCopy, sha: string): Promise<Commit> => {
  const [subject = '', author = ''] = (
    (await copy.ask('log', '-1', '--no-show-signature', '--format=%s%x00%an', '--end-of-options', sha)) ?? ''
  )
    .trimEnd()
    .split('\0');
  return { sha, subject: subject.slice(0, 200), author: author.slice(0, 100) };
};

export const messageOf = async (copy: BareCopy, sha: string): Promise<string> => {
  const said = await copy.ask('log', '-1', '--no-show-signature', '--format=%B', '--end-of-options', sha);
  return (said ?? '').slice(0, LONGEST_MESSAGE);
};

export const ancestorsOf = async (copy: BareCopy, sha: string, count: number): Promise<readonly string[]> => {
  const listed = await copy.ask('rev-list', `--max-count=${count}`, '--skip=1', '--end-of-options', sha);
  return (listed ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(0, ANCESTOR_DIGITS));
};

export const fileOf = async (copy: BareCopy, sha: string, path: string): Promise<string | undefined> => {
  const object = `${sha}:${path}`;
  const size = await copy.ask('cat-file', '-s', object);
  if (size === undefined) return undefined;
  if (Number(size) > LONGEST_FILE) throw new ConfigurationError(`${path} is longer than 1 MiB`);
  return copy.ask('cat-file', 'blob', object);
};
