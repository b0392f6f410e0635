/**
 * Who we are to GitHub: a token, or an App that gets a token of an hour for one repository at a time.
 * Files are read when they are needed, so that a renewed one counts without a restart.
 */
import { readFile } from 'node:fs/promises';
import githubAppJwt from 'universal-github-app-jwt';
import { ConfigurationError, TransientError } from '../errors.ts';
import { fieldsOf } from './failures.ts';
import { type SendOptions, send } from './send.ts';

export type GitHubCredential =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'token-file'; readonly file: string }
  | {
      readonly kind: 'app';
      /** Number of the App, or its client id. */
      readonly appId: string;
      readonly keyFile: string;
      /** Absent: asked for, for each repository. */
      readonly installationId?: number;
    };

export interface Tokens {
  /** A token that may act on the repository. Errors: ConfigurationError, TransientError, RefusedByServiceError */
  tokenFor(repository: string, signal?: AbortSignal): Promise<string>;
  /** It was refused: the next one is a new one. @returns whether that makes sense */
  forget(repository: string): boolean;
}

/** An installation's token lives for an hour; one that is about to end is not begun with. */
const SPARE_MS = 5 * 60_000;

interface Held {
  readonly token: string;
  readonly untilMs: number;
}

export function createTokens(credential: GitHubCredential, options: SendOptions): Tokens {
  const held = new Map<string, Promise<Held>>();
  return {
    async tokenFor(repository, signal) {
      if (credential.kind === 'token') return credential.token;
      if (credential.kind === 'token-file') return readSecret(credential.file, 'token');
      const known = await held.get(repository)?.catch(() => undefined);
      if (known && known.untilMs - SPARE_MS > Date.now()) return known.token;
      const asking = installationToken(credential, repository, options, signal);
      held.set(repository, asking);
      return (await asking).token;
    },
    forget: (repository) => held.delete(repository),
  };
}

async function installationToken(
  { appId, keyFile, installationId }: Extract<GitHubCredential, { kind: 'app' }>,
  repository: string,
  options: SendOptions,
  signal?: AbortSignal,
): Promise<Held> {
  const token = await appToken(appId, keyFile);
  const ask = (method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> =>
    send(options, { method, path, token, signal, ...(body !== undefined && { body }) });
  const id = installationId ?? fieldsOf(await ask('GET', `/repos/${repository}/installation`)).id;
  const made = fieldsOf(
    await ask('POST', `/app/installations/${Number(id)}/access_tokens`, {
      repositories: [repository.split('/')[1]],
    }),
  );
  const untilMs = Date.parse(String(made.expires_at));
  if (typeof made.token !== 'string' || Number.isNaN(untilMs)) {
    throw new TransientError('GitHub: the token of the installation came without a token or an end');
  }
  return { token: made.token, untilMs };
}

async function appToken(appId: string, keyFile: string): Promise<string> {
  const privateKey = await readSecret(keyFile, 'private key of the App');
  try {
    return (await githubAppJwt({ id: appId, privateKey })).token;
  } catch {
    // The library's words may hold a part of the key.
    throw new ConfigurationError(`${keyFile} is not a private key of a GitHub App`, {
      advice: "generate one on the App's page (a .pem file), and give it to the control worker",
    });
  }
}

/** Errors: ConfigurationError */
export async function readSecret(file: string, what: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ConfigurationError(`the ${what} for GitHub cannot be read: ${file} (${error.code})`);
  });
  const secret = text.trim();
  // A token becomes a header, which takes no line breaks and would show it in its error.
  if (what === 'token' && /[^\x21-\x7e]/.test(secret)) {
    throw new ConfigurationError(`the token for GitHub is not a single word: ${file}`);
  }
  if (secret !== '') return secret;
  throw new ConfigurationError(`the ${what} for GitHub is empty: ${file}`);
}
