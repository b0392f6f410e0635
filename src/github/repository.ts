/** Which repository of GitHub an address of git means. */

/** `owner/name`, as GitHub allows both; nothing that could climb out of a path. */
export const GITHUB_REPOSITORY =
  /^[A-Za-z0-9][A-Za-z0-9-]{0,38}(?:_[A-Za-z0-9]+)?\/(?!\.{1,2}$)[\w.-]{1,100}$/;

const FORMS = [
  /^https?:\/\/(?:[^\s:@/]+@)?(?<host>[^\s@/:]+)(?::\d+)?\/(?<path>[^\s?#]+)$/,
  /^ssh:\/\/(?:[^\s:@/]+@)?(?<host>[^\s@/:]+)(?::\d+)?\/(?<path>[^\s?#]+)$/,
  /^(?:[\w.-]+@)?(?<host>[A-Za-z0-9][\w.-]*):(?!\/\/)(?<path>[^\s:]+)$/,
] as const;

/** `owner/name`; null where the address is somewhere else, a local path for example. */
export function gitHubRepositoryOf(address: string, apiUrl: string): string | null {
  const hosts = hostsOf(apiUrl);
  for (const form of FORMS) {
    const { host, path } = form.exec(address)?.groups ?? {};
    if (host === undefined || path === undefined || !hosts.includes(host.toLowerCase())) continue;
    const repository = path
      .replace(/^\/+/, '')
      .replace(/\/+$/, '')
      .replace(/\.git$/, '');
    return GITHUB_REPOSITORY.test(repository) ? repository : null;
  }
  return null;
}

/** `api.github.com` serves github.com, `api.<name>.ghe.com` serves <name>.ghe.com, `<host>/api/v3` its own host. */
function hostsOf(apiUrl: string): readonly string[] {
  const { hostname } = new URL(apiUrl);
  const host = hostname.toLowerCase();
  const served = host.startsWith('api.') ? host.slice('api.'.length) : host;
  return [served, `www.${served}`, `ssh.${served}`];
}
