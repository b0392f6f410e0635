/**
 * Work of `slipway local`: from options to the stack, and from what it did to text.
 */
import { access, mkdir, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ConfigurationError } from '../errors.ts';
import { type AwsSettings, defaultAwsSettings, readAwsSettings } from '../local/stack/aws-settings.ts';
import { down } from '../local/stack/down.ts';
import { awsEndpointUrl, exportLines, temporalAddress, userEnvironment } from '../local/stack/environment.ts';
import { inFolder, type Ports } from '../local/stack/instance.ts';
import type { StartEvent } from '../local/stack/start-processes.ts';
import { type ProcessStatus, status } from '../local/stack/status.ts';
import { up } from '../local/stack/up.ts';
import { shellWord } from '../release/shell-word.ts';
import type { FolderOption, UpCommandOptions } from './commands/local.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { findAppName } from './finding/app-name.ts';
import { repositoryTop } from './finding/git.ts';
import type { CommandContext } from './program.ts';
import { humanDuration } from './render/duration.ts';
import { oneLine } from './render/sanitize.ts';

export async function localUp(
  options: UpCommandOptions,
  { cwd, terminal }: CommandContext,
): Promise<ExitCode> {
  const folder = resolve(cwd, options.folder);
  const repositories = options.only === 'aws' ? {} : await findRepository(options, cwd);
  const awsSettings = await wantedSettings(options, cwd);
  const stop = new AbortController();
  const onInterrupt = (): void => {
    terminal.progress('stopping what was started…');
    stop.abort(new ConfigurationError('interrupted; nothing is left running'));
  };
  process.once('SIGINT', onInterrupt);
  process.once('SIGTERM', onInterrupt);
  const startedAtMs = Date.now();
  await mkdir(folder, { recursive: true });
  const result = await up({
    folder: await realpath(folder),
    only: options.only,
    repositories,
    env: terminal.env,
    ...(awsSettings && { awsSettings }),
    ...(options.region === undefined ? {} : { region: options.region }),
    ...(options.accountId === undefined ? {} : { accountId: options.accountId }),
    ports: {
      ...(options.temporalPort === undefined ? {} : { temporal: options.temporalPort }),
      ...(options.uiPort === undefined ? {} : { temporalUi: options.uiPort }),
      ...(options.awsPort === undefined ? {} : { aws: options.awsPort }),
    },
    onProgress: (event) => terminal.progress(progressLine(event, Date.now() - startedAtMs)),
    signal: stop.signal,
  }).finally(() => {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onInterrupt);
  });
  if (result.started.length === 0) terminal.progress('everything runs already');
  const temporal = result.instance.processes.some(({ name }) => name === 'temporal');
  for (const line of addresses(result.ports, temporal, options.folder)) terminal.result(line);
  return EXIT.ok;
}

async function findRepository(options: UpCommandOptions, cwd: string): Promise<Record<string, string>> {
  const address = options.repository ?? (await repositoryTop(cwd));
  if (address === undefined) {
    throw new ConfigurationError('which repository? There is none here', {
      advice:
        'Run it inside the git repository of your app, or name one with --repository. ' +
        'The local AWS alone needs none: `slipway local up --only aws`.',
    });
  }
  const isRemote = /^[a-z+]+:\/\/|^[^/]+@[^/]+:/.test(address);
  const url = isRemote ? address : resolve(cwd, address);
  const app = options.app ?? (isRemote ? undefined : await findAppName(url));
  if (app !== undefined) return { [app]: url };
  throw new ConfigurationError(`which app is in ${url}?`, {
    advice:
      'It is in the slipway.yaml at the top of the repository: `slipway init` writes one. Or name it with --app. ' +
      'For `init` to ask the local AWS, start that alone first: `slipway local up --only aws`.',
  });
}

/** Undefined: leave them as the instance has them. */
async function wantedSettings(options: UpCommandOptions, cwd: string): Promise<AwsSettings | undefined> {
  if (options.awsSettings === undefined) return undefined;
  if (options.awsSettings === false) return defaultAwsSettings;
  const file = resolve(cwd, options.awsSettings);
  const settings = await readAwsSettings(file);
  if (settings === undefined) throw new ConfigurationError(`there is no settings file ${file}`);
  const { secretsFile } = settings;
  if (secretsFile !== undefined && !(await exists(secretsFile))) {
    throw new ConfigurationError(`${file} names a secretsFile that is not there: ${secretsFile}`);
  }
  return settings;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

export const progressLine = ({ process, state, detail }: StartEvent, elapsedMs: number): string => {
  const name = process.padEnd(12);
  switch (state) {
    case 'stopping':
      return `▸ ${name} stopping: ${oneLine(detail ?? '')}`;
    case 'starting':
      return `▸ ${name} starting`;
    case 'ready':
      return `✓ ${name} ready after ${humanDuration(elapsedMs)}  ${oneLine(detail ?? '')}`;
    case 'running-already':
      return `✓ ${name} runs already`;
  }
};

function addresses(ports: Ports, temporal: boolean, folder: string): string[] {
  const option = folder === '.slipway/local' ? '' : ` --folder ${shellWord(folder)}`;
  return [
    ...(temporal ? [`Temporal      ${temporalAddress(ports)}`] : []),
    ...(temporal ? [`Temporal UI   http://127.0.0.1:${ports.temporalUi}`] : []),
    `AWS endpoint  ${awsEndpointUrl(ports)}`,
    ...(temporal ? [] : [`docker login  ${dockerLogin(ports)}`]),
    `use it        eval "$(slipway local env${option})"`,
    ...(temporal ? [] : [`empty it      slipway local reset${option}`]),
    `stop it       slipway local down${option}`,
  ];
}

/** `AWS` is ECR's user; the endpoint is the registry too. */
const dockerLogin = (ports: Ports): string =>
  `aws ecr get-login-password | docker login -u AWS --password-stdin localhost:${ports.aws}`;

export async function localDown(
  options: FolderOption & { readonly wipe?: boolean },
  { cwd, terminal }: CommandContext,
): Promise<ExitCode> {
  const folder = resolve(cwd, options.folder);
  const result = await down({ folder, wipe: options.wipe ?? false, env: terminal.env });
  if (!result.existed) {
    terminal.progress(`nothing to stop: there is no local instance in ${folder}`);
    return EXIT.ok;
  }
  const word = {
    'was-gone': 'had ended before',
    stopped: 'stopped',
    killed: 'killed: it did not stop in time',
  };
  for (const { name, outcome } of result.processes)
    terminal.progress(`✓ ${name.padEnd(12)} ${word[outcome]}`);
  terminal.progress(`✓ ${result.containers} container${result.containers === 1 ? '' : 's'} removed`);
  return EXIT.ok;
}

export async function localEnv(options: FolderOption, { cwd, terminal }: CommandContext): Promise<ExitCode> {
  const { instance, ports, temporal } = await status(resolve(cwd, options.folder));
  terminal.result(exportLines(userEnvironment(instance, ports, temporal ? 'all' : 'aws')));
  return EXIT.ok;
}

export async function localStatus(
  options: FolderOption,
  { cwd, terminal }: CommandContext,
): Promise<ExitCode> {
  const folder = resolve(cwd, options.folder);
  const { processes, ports, temporal } = await status(folder);
  for (const process of processes) terminal.result(statusLine(process));
  if (processes.length === 0) terminal.result('nothing runs');
  else for (const line of addresses(ports, temporal, options.folder)) terminal.result(line);
  const { awsSettings } = inFolder(folder);
  if (await exists(awsSettings)) terminal.result(`AWS settings  ${awsSettings}`);
  return processes.length > 0 && processes.every(({ running }) => running) ? EXIT.ok : EXIT.failed;
}

function statusLine({ name, pid, running, ready, logFile }: ProcessStatus): string {
  const line = (sign: string, state: string, more: string): string =>
    `${sign} ${name.padEnd(12)} ${state.padEnd(8)}  ${more}`.trimEnd();
  if (running)
    return line('✓', ready === undefined ? 'starting' : 'running', `pid ${pid}  ${oneLine(ready ?? '')}`);
  return logFile === undefined ? line('✗', 'never started', '') : line('✗', 'ended', `log: ${logFile}`);
}
