/**
 * How git runs here: with the credential of the control worker, and nothing that a repository could use to
 * run a program or to ask a person.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What git needs to reach a repository: where its credential is, certificates and proxies. */
const ALLOWED =
  /^(PATH|HOME|LANG|LC_ALL|XDG_CONFIG_HOME|SSH_AUTH_SOCK|SSH_AGENT_PID|GIT_ASKPASS|GIT_SSH|GIT_SSH_COMMAND|GIT_SSL_.*|SSL_CERT_.*|CURL_CA_BUNDLE|(HTTPS?|ALL|NO)_PROXY)$/i;

/** Options of every git call; `-c` wins over every configuration file. */
export const GIT_OPTIONS: readonly string[] = [
  '-c',
  'protocol.allow=never',
  '-c',
  'protocol.https.allow=always',
  '-c',
  'protocol.http.allow=always',
  '-c',
  'protocol.ssh.allow=always',
  '-c',
  'protocol.file.allow=always',
  '-c',
  'protocol.ext.allow=never',
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'core.fsmonitor=false',
  '-c',
  'gc.auto=0',
  '-c',
  'tar.umask=0022',
  '-c',
  'i18n.logOutputEncoding=UTF-8',
];

const quoted = (value: string): string => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/**
 * The complete environment for git on the repository `url`.
 * `safe.directory` counts only in a global file, and upload-pack of a local repository sees no `-c`: so a
 * global file of our own includes the person's.
 */
export async function gitEnvironment(
  folder: string,
  url: string,
  from: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Record<string, string>> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(from)) {
    if (value !== undefined && ALLOWED.test(name)) environment[name] = value;
  }
  const local = url.startsWith('file://') ? url.slice('file://'.length) : url;
  const lines = [
    '[include]',
    `\tpath = ${quoted(join(from.XDG_CONFIG_HOME ?? '~/.config', 'git/config'))}`,
    '\tpath = "~/.gitconfig"',
    ...(local.startsWith('/')
      ? ['[safe]', `\tdirectory = ${quoted(local)}`, `\tdirectory = ${quoted(join(local, '.git'))}`]
      : []),
  ];
  const file = join(folder, 'gitconfig');
  await mkdir(folder, { recursive: true });
  await writeFile(file, `${lines.join('\n')}\n`);
  return {
    ...environment,
    GIT_CONFIG_GLOBAL: file,
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_OPTIONAL_LOCKS: '0',
    LC_ALL: 'C.UTF-8',
  };
}
