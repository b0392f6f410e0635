/** GitHub's API as one repository's: authenticated requests, of which a token that has gone stale is renewed once. */
import { RefusedByServiceError } from '../errors.ts';
import { createTokens, type GitHubCredential } from './credential.ts';
import { type Sending, type SendOptions, send } from './send.ts';

export interface GitHubSettings extends SendOptions {
  readonly credential: GitHubCredential;
}

export interface GitHubClient {
  /** @param path below `/repos/<owner>/<name>` */
  ask(repository: string, sending: Pick<Sending, 'method' | 'path' | 'body' | 'signal'>): Promise<unknown>;
}

export function createGitHubClient(settings: GitHubSettings): GitHubClient {
  const tokens = createTokens(settings.credential, settings);
  const once = async (
    repository: string,
    { path, signal, ...sending }: Pick<Sending, 'method' | 'path' | 'body' | 'signal'>,
  ): Promise<unknown> => {
    const token = await tokens.tokenFor(repository, signal);
    return send(settings, { ...sending, path: `/repos/${repository}${path}`, token, signal });
  };
  return {
    async ask(repository, sending) {
      try {
        return await once(repository, sending);
      } catch (error) {
        const isStale = error instanceof RefusedByServiceError && / 401(?: |$)/.test(error.message);
        if (!isStale || !tokens.forget(repository)) throw error;
        return once(repository, sending);
      }
    },
  };
}
