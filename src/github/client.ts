/**
 * GitHub's API as one repository's: authenticated requests, of which a token that has gone stale is renewed once. Whoever
 * was asked to come back later asks nothing more until then: GitHub may shut those out who go on.
 */
import { RefusedByServiceError, TransientError } from '../errors.ts';
import { createTokens, type GitHubCredential } from './credential.ts';
import { type Sending, type SendOptions, send } from './send.ts';

export interface GitHubSettings extends SendOptions {
  readonly credential: GitHubCredential;
}

type Asking = Pick<Sending, 'method' | 'path' | 'body' | 'signal'>;

export interface GitHubClient {
  /** @param asking with a path below `/repos/<owner>/<name>` */
  ask(repository: string, asking: Asking): Promise<unknown>;
}

export function createGitHubClient(settings: GitHubSettings): GitHubClient {
  const tokens = createTokens(settings.credential, settings);
  let notBeforeMs = 0;
  const once = async (repository: string, { path, signal, ...asking }: Asking): Promise<unknown> => {
    const leftMs = notBeforeMs - Date.now();
    if (leftMs > 0) {
      const seconds = Math.ceil(leftMs / 1_000);
      throw new TransientError(`GitHub wants to be left alone for ${seconds} s more`, {
        retryAfterMs: leftMs,
      });
    }
    try {
      const token = await tokens.tokenFor(repository, signal);
      return await send(settings, { ...asking, path: `/repos/${repository}${path}`, token, signal });
    } catch (error) {
      if (error instanceof TransientError && error.retryAfterMs !== undefined) {
        notBeforeMs = Date.now() + error.retryAfterMs;
      }
      throw error;
    }
  };
  return {
    async ask(repository, asking) {
      try {
        return await once(repository, asking);
      } catch (error) {
        const isStale = error instanceof RefusedByServiceError && / 401(?: |$)/.test(error.message);
        if (!isStale || !tokens.forget(repository)) throw error;
        return once(repository, asking);
      }
    },
  };
}
