/**
 * What a `pull_request` event asks for: the checks of its newest commit, or nothing. Only of branches of the repository
 * itself, which take the right to push: the code of a fork runs when a maintainer starts it (`slipway checks
 * --pull-request`), never by itself.
 */
import type { z } from 'zod';
import { by, type Decision, ignored } from './decision.ts';
import type { pullRequest } from './payloads.ts';

const WITH_NEW_COMMITS: readonly string[] = ['opened', 'synchronize', 'reopened'];

/** @param app that is checked for this repository */
export function decidePullRequest(
  { action, number, repository, sender, pull_request: pull }: z.output<typeof pullRequest>,
  app: string,
): Decision {
  if (!WITH_NEW_COMMITS.includes(action)) return ignored('the action brings no new commit');
  const { head, base, state, updated_at } = pull;
  if (state !== 'open') return ignored('the pull request is not open');
  if (base.repo.id !== repository.id)
    return ignored('it is not a pull request of the repository that sends the event');
  if (!head.repo) return ignored('its branch is in a repository that is gone');
  if (head.repo.id !== base.repo.id) {
    return ignored(
      'it comes from a fork: a maintainer starts its checks with `slipway checks --sha … --pull-request …`',
    );
  }
  return {
    kind: 'check',
    checks: { app, sha: head.sha, pullRequest: number, startedBy: by(sender, 'pull_request') },
    // Either is of before the event was sent. In GitHub's own examples a push does not always count as an update.
    atMs: Math.max(updated_at, repository.pushed_at ?? updated_at),
  };
}
