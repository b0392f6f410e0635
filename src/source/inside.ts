/**
 * Paths that a repository names must stay inside its files, also through its symbolic links.
 */
import { realpath } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { ConfigurationError } from '../errors.ts';

const isInside = (root: string, path: string): boolean => path === root || path.startsWith(root + sep);

/** Joins without looking at the disk. Errors: ConfigurationError if the path leads out of the root. */
export function joinInside(root: string, path: string): string {
  const joined = resolve(root, path);
  if (path.includes('\0') || !isInside(resolve(root), joined)) {
    throw new ConfigurationError(`${JSON.stringify(path)} leads out of the repository`);
  }
  return join(root, relative(resolve(root), joined));
}

/**
 * The real path of something that must exist inside `root`. `what` names it in errors (`directory`).
 * Errors: ConfigurationError if it is missing or leads out, through whatever links.
 */
export async function resolveInside(root: string, path: string, what: string): Promise<string> {
  const real = await realpath(joinInside(root, path)).catch((error: unknown) => {
    throw new ConfigurationError(`${what} ${JSON.stringify(path)} is not in the commit`, { cause: error });
  });
  if (!isInside(await realpath(root), real)) {
    throw new ConfigurationError(`${what} ${JSON.stringify(path)} leads out of the repository`);
  }
  return real;
}
