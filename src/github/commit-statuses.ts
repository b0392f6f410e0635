/** Commit statuses: said once, as far as that can be known. */
import type { CommitStatus } from '../release/github-status.ts';
import type { GitHubClient } from './client.ts';
import { describe } from './description.ts';
import { fieldsOf } from './failures.ts';

export interface TellStatuses {
  readonly repository: string;
  readonly sha: string;
  readonly statuses: readonly CommitStatus[];
  /** Some may be there already, from an attempt before: GitHub keeps no more than 1000 of a context and a commit. */
  readonly again: boolean;
  readonly targetUrl?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Errors: TransientError, RefusedByServiceError, ConfigurationError */
export async function tellStatuses(github: GitHubClient, input: TellStatuses): Promise<void> {
  const { repository, sha, targetUrl, signal } = input;
  if (input.statuses.length === 0) return;
  const there = input.again ? await newestOf(github, input) : new Map<string, string>();
  for (const { context, state, description } of input.statuses) {
    const text = describe(description);
    if (there.get(context.toLowerCase()) === keyOf(state, text)) continue;
    await github.ask(repository, {
      method: 'POST',
      path: `/statuses/${sha}`,
      signal,
      body: { context, state, description: text, ...(targetUrl !== undefined && { target_url: targetUrl }) },
    });
  }
}

const keyOf = (state: unknown, description: unknown): string => `${state} ${description ?? ''}`;

/** The newest of each context; contexts know no upper and lower case. */
async function newestOf(
  github: GitHubClient,
  { repository, sha, signal }: TellStatuses,
): Promise<ReadonlyMap<string, string>> {
  const combined = await github.ask(repository, {
    method: 'GET',
    path: `/commits/${sha}/status?per_page=100`,
    signal,
  });
  const { statuses } = fieldsOf(combined);
  return new Map(
    (Array.isArray(statuses) ? statuses : [])
      .map(fieldsOf)
      .map(({ context, state, description }) => [String(context).toLowerCase(), keyOf(state, description)]),
  );
}
