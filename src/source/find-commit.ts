/** Which commit a reference of a person means: a full or short SHA, a branch or a tag. */
import { ConfigurationError } from '../errors.ts';
import type { BareCopy } from './bare-copy.ts';
import { commitOf, isHere, isOurs } from './commits.ts';
import { FULL_SHA, SHORT_SHA } from './reference.ts';
import type { Remote } from './remote.ts';

/**
 * The full SHA of a commit of the repository; fetches unless the reference is the full SHA of one that is here already.
 * Errors: ConfigurationError (no such commit, ambiguous), and those of a fetch.
 */
export async function findCommit(copy: BareCopy, remote: Remote, reference: string): Promise<string> {
  if (FULL_SHA.test(reference) && (await isHere(copy, reference)) && (await isOurs(copy, reference))) {
    return reference;
  }
  await remote.fetch();
  const [sha, ...others] = await candidates(copy, reference);
  if (sha !== undefined && others.length > 0) {
    throw new ConfigurationError(
      `${JSON.stringify(reference)} is ambiguous in ${copy.url}: ${[sha, ...others].join(' or ')}`,
      { advice: 'give the full SHA, or refs/heads/… or refs/tags/…' },
    );
  }
  if (sha === undefined || !(await isOurs(copy, sha))) {
    throw new ConfigurationError(`no branch or tag of ${copy.url} leads to ${JSON.stringify(reference)}`, {
      advice: 'push the commit first; a commit of a fork or of a deleted branch does not count',
    });
  }
  return sha;
}

/** Each commit that the reference may mean, once. */
const candidates = async (copy: BareCopy, reference: string): Promise<readonly string[]> => {
  const found = await Promise.all(namesOf(reference).map((name) => commitOf(copy, name)));
  return [...new Set(found.filter((sha) => sha !== undefined))];
};

const namesOf = (reference: string): readonly string[] => {
  if (FULL_SHA.test(reference) || reference.startsWith('refs/')) return [reference];
  const names = [`refs/heads/${reference}`, `refs/tags/${reference}`];
  return SHORT_SHA.test(reference) ? [...names, reference] : names;
};
