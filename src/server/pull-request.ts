/**
 * What a `pull_request` event of GitHub asks for: the checks of its newest commit, or nothing. Only of branches of the
 * repository itself, which take the right to push: the code of a fork runs when a maintainer starts it
 * (`slipway checks --pull-request`), never by itself.
 */
export type PullRequestDecision =
  | {
      readonly kind: 'start';
      /** Which repository it is: whoever acts on it checks that against those that it serves. */
      readonly repositoryId: number;
      readonly pullRequest: number;
      /** 40 hex digits. */
      readonly sha: string;
      /** Who GitHub says has pushed or opened it. */
      readonly startedBy: string;
    }
  | { readonly kind: 'ignore'; readonly reason: string };

const WITH_NEW_COMMITS: readonly unknown[] = ['opened', 'synchronize', 'reopened'];

/** @param payload parsed JSON of an event whose signature was found right; any shape */
export function decidePullRequest(payload: unknown): PullRequestDecision {
  const { action, number, repository, sender, pull_request: pull } = fieldsOf(payload);
  if (!WITH_NEW_COMMITS.includes(action)) return ignore('the action brings no new commit');
  const { head, base, state } = fieldsOf(pull);
  if (state !== 'open') return ignore('the pull request is not open');
  const repositoryId = idOf(repository);
  const baseId = idOf(fieldsOf(base).repo);
  if (repositoryId === undefined || baseId !== repositoryId) {
    return ignore('it is not a pull request of the repository that sends the event');
  }
  const headId = idOf(fieldsOf(head).repo);
  if (headId === undefined) return ignore('its branch is in a repository that is gone');
  if (headId !== baseId) {
    return ignore(
      'it comes from a fork: a maintainer starts its checks with `slipway checks --sha … --pull-request …`',
    );
  }
  const { sha } = fieldsOf(head);
  if (!isCount(number)) return ignore('it has no number');
  if (typeof sha !== 'string' || !/^[0-9a-f]{40}$/.test(sha)) return ignore('its commit is not a full SHA');
  const { login } = fieldsOf(sender);
  const who =
    typeof login === 'string' && /^[\w-]{1,39}(?:\[bot\])?$/.test(login) ? `github:${login}` : 'github';
  return { kind: 'start', repositoryId, pullRequest: number, sha, startedBy: who };
}

const ignore = (reason: string): PullRequestDecision => ({ kind: 'ignore', reason });

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0;

const idOf = (repository: unknown): number | undefined => {
  const { id } = fieldsOf(repository);
  return isCount(id) ? id : undefined;
};

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
