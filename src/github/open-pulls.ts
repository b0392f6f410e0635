/** The open pull requests of a repository, and which of them are of its own branches. */
import type { PullHead } from '../release/reconcile.ts';
import type { GitHubClient } from './client.ts';
import { fieldsOf } from './failures.ts';

/** A description has up to 65,536 characters, and anybody may open pull requests: more might be longer than an answer may be. */
const A_PAGE = 25;
/** Of more, those that were updated last. */
const PAGES = 20;

const FULL_SHA = /^[0-9a-f]{40}$/;

/**
 * Of branches of the repository itself, which take the right to push; those of forks, and of repositories that are gone,
 * are left out. Errors: TransientError, RefusedByServiceError, ConfigurationError
 */
export async function openPulls(
  github: GitHubClient,
  repository: string,
  signal?: AbortSignal,
): Promise<readonly PullHead[]> {
  const found = new Map<number, PullHead>();
  for (let page = 1; page <= PAGES; page += 1) {
    const query = `state=open&sort=updated&direction=desc&per_page=${A_PAGE}&page=${page}`;
    const listed = await github.ask(repository, { method: 'GET', path: `/pulls?${query}`, signal });
    const pulls = Array.isArray(listed) ? listed : [];
    for (const head of pulls.flatMap(ownHead)) found.set(head.pullRequest, head);
    if (pulls.length < A_PAGE) break;
  }
  return [...found.values()];
}

const ownHead = (pull: unknown): readonly PullHead[] => {
  const { number, state, head, base } = fieldsOf(pull);
  const { sha, repo } = fieldsOf(head);
  const { id } = fieldsOf(repo);
  const isOwn = typeof id === 'number' && id === fieldsOf(fieldsOf(base).repo).id;
  const isWhole = typeof number === 'number' && typeof sha === 'string' && FULL_SHA.test(sha);
  return isOwn && isWhole && state === 'open' ? [{ pullRequest: number, sha }] : [];
};
