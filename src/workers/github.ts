/** What a control worker needs to tell GitHub how things stand, out of its options and its environment. */
import type { TellGitHubPorts } from '../activities/tell-github.ts';
import { ConfigurationError } from '../errors.ts';
import { createGitHubClient } from '../github/client.ts';
import { type GitHubCredential, readSecret } from '../github/credential.ts';
import { gitHubRepositoryOf } from '../github/repository.ts';
import type { GitHubOptions } from './options.ts';

export interface PreparedGitHub extends TellGitHubPorts {
  /** App → `owner/name`; empty: GitHub is not told anything. */
  readonly gitHubRepositories: Readonly<Record<string, string>>;
}

const API = 'https://api.github.com';

/** Errors: ConfigurationError, at the start of the worker and not in a release. */
export async function prepareGitHub(
  options: GitHubOptions,
  repositories: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<PreparedGitHub> {
  if (env.SLIPWAY_GITHUB === 'off') return { github: null, gitHubRepositories: {} };
  const apiUrl = checkApiUrl(options.apiUrl ?? API);
  const credential = credentialOf(options, env);
  const ui = env.SLIPWAY_TEMPORAL_UI;
  const temporalUi = ui && /^https?:\/\/[^\s]+$/.test(ui) ? { temporalUi: ui } : {};
  const wanted = options.repositories ?? {};
  const unknown = Object.keys(wanted).find((app) => !Object.hasOwn(repositories, app));
  if (unknown !== undefined) {
    throw new ConfigurationError(`--github names app ${unknown}, which this control worker does not serve`, {
      advice: 'give it a --repository as well, or correct the name',
    });
  }
  if (credential === undefined) {
    if (Object.keys(wanted).length === 0) return { github: null, gitHubRepositories: {}, ...temporalUi };
    throw new ConfigurationError('--github needs a credential', {
      advice: 'give it --github-app and --github-key, --github-token, or SLIPWAY_GITHUB_TOKEN',
    });
  }
  // A file that cannot be read is a mistake of whoever starts the worker; what is in it may change later.
  if (credential.kind === 'token-file') await readSecret(credential.file, 'token');
  if (credential.kind === 'app') await readSecret(credential.keyFile, 'private key of the App');
  const found = Object.entries(repositories).flatMap(([app, url]) => {
    const repository = Object.hasOwn(wanted, app) ? wanted[app] : gitHubRepositoryOf(url, apiUrl);
    return repository ? [[app, repository] as const] : [];
  });
  return {
    github: createGitHubClient({ apiUrl, credential }),
    gitHubRepositories: Object.fromEntries(found),
    ...temporalUi,
  };
}

function credentialOf(options: GitHubOptions, env: NodeJS.ProcessEnv): GitHubCredential | undefined {
  const { appId, keyFile, installationId, tokenFile } = options;
  if ((appId === undefined) !== (keyFile === undefined)) {
    throw new ConfigurationError('--github-app and --github-key belong together');
  }
  if (appId !== undefined && keyFile !== undefined) {
    if (tokenFile !== undefined)
      throw new ConfigurationError('either an App or a token for GitHub, not both');
    return { kind: 'app', appId, keyFile, ...(installationId !== undefined && { installationId }) };
  }
  if (installationId !== undefined) throw new ConfigurationError('--github-installation needs --github-app');
  if (tokenFile !== undefined) return { kind: 'token-file', file: tokenFile };
  const token = (env.SLIPWAY_GITHUB_TOKEN || env.GITHUB_TOKEN || '').trim();
  if (token === '') return undefined;
  // It becomes a header: anything else would fail each request, and show the token in the error.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new ConfigurationError('the token for GitHub is not a single word');
  return { kind: 'token', token };
}

/** The credential goes there: never in the clear over a network. */
function checkApiUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isLocal = url !== undefined && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLocal)) {
    if (url.username === '' && url.password === '' && url.search === '' && url.hash === '') return text;
  }
  throw new ConfigurationError(`not the address of GitHub's API: ${JSON.stringify(text)}`, {
    advice: 'https://api.github.com, or https://<host>/api/v3 of GitHub Enterprise Server',
  });
}
