/**
 * The environment that repository code gets: what a machine needs to work and to reach its package
 * registries, and nothing that could be a credential of ours.
 */

/** Names are matched without regard to case, as proxies and npm settings come in both. */
const ALLOWED = new Set(
  [
    'PATH',
    'LANG',
    'LC_ALL',
    'LC_CTYPE',
    'TZ',
    // Certificates of this machine's registries and proxies.
    'SSL_CERT_FILE',
    'SSL_CERT_DIR',
    'NIX_SSL_CERT_FILE',
    'NODE_EXTRA_CA_CERTS',
    'REQUESTS_CA_BUNDLE',
    'CURL_CA_BUNDLE',
    'PIP_CERT',
    'CARGO_HTTP_CAINFO',
    'GIT_SSL_CAINFO',
    'NPM_CONFIG_CAFILE',
    // Where the registries are.
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'ALL_PROXY',
    'NO_PROXY',
    'NPM_CONFIG_REGISTRY',
    'NPM_CONFIG_PROXY',
    'NPM_CONFIG_HTTPS_PROXY',
    'NPM_CONFIG_NOPROXY',
    'NPM_CONFIG_FETCH_TIMEOUT',
    'NPM_CONFIG_FETCH_RETRIES',
    'YARN_REGISTRY',
    'PIP_INDEX_URL',
    'PIP_EXTRA_INDEX_URL',
    'PIP_FIND_LINKS',
    'PIP_NO_INDEX',
    'PIP_PROXY',
    'PIP_TRUSTED_HOST',
    'PIP_DEFAULT_TIMEOUT',
    'PIP_DISABLE_PIP_VERSION_CHECK',
    'PIP_RETRIES',
    'UV_INDEX_URL',
    'UV_DEFAULT_INDEX',
    'GOPROXY',
    'GOSUMDB',
    'GONOSUMDB',
    'GOFLAGS',
    // Version managers: without them the shims on PATH do not work.
    'PYENV_ROOT',
    'NVM_DIR',
    'VOLTA_HOME',
    'ASDF_DIR',
    'ASDF_DATA_DIR',
    'RBENV_ROOT',
    'GOROOT',
    'JAVA_HOME',
  ].map((name) => name.toUpperCase()),
);

export interface CleanFolders {
  /** Fresh folders of this run. */
  readonly home: string;
  readonly temporary: string;
}

/**
 * An allow-list of `from`, with HOME and TMPDIR of this run. AWS_*, TEMPORAL_*, SLIPWAY_*, GITHUB_*,
 * DOCKER_*, SSH_* and everything else is left out.
 */
export function cleanEnvironment(
  folders: CleanFolders,
  from: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(from)) {
    if (value !== undefined && ALLOWED.has(name.toUpperCase())) environment[name] = value;
  }
  return {
    LANG: 'C.UTF-8',
    ...environment,
    HOME: folders.home,
    TMPDIR: folders.temporary,
    TERM: 'dumb',
    CI: 'true',
  };
}

/** Passwords in URLs of an environment (a registry's or a proxy's), to be kept out of logs. */
export function secretsIn(environment: Readonly<Record<string, string>>): string[] {
  return Object.values(environment).flatMap((value) =>
    [...value.matchAll(/\/\/[^/\s:@]*:([^/\s@]+)@/g)].flatMap(([, password = '']) => [
      password,
      decodeURIComponentSafely(password),
    ]),
  );
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
