/**
 * Work of `slipway worker`: one role in this process, or one child process a role.
 */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { READY_PREFIX } from '../local/stack/spawn-detached.ts';
import type { GitHubOptions, WorkerRole } from '../workers/options.ts';
import type { WorkerOptions } from './commands/worker.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { CommandContext } from './program.ts';
import type { Terminal } from './terminal.ts';

/** Resolves when the worker was told to stop (SIGTERM, SIGINT) and has finished what it was doing. */
export async function runOneWorker(
  role: WorkerRole,
  options: WorkerOptions,
  { cwd, terminal }: CommandContext,
): Promise<void> {
  const { runWorker } = await import('../workers/index.ts');
  await runWorker(role, {
    storeFolder: resolve(cwd, options.store),
    dataFolder: resolve(cwd, options.data),
    ...(options.architecture ? { architecture: options.architecture } : {}),
    ...(options.queue === undefined ? {} : { deployQueue: options.queue }),
    ...(options.repository ? { repositories: options.repository } : {}),
    gitHub: gitHubOptions(options, cwd),
    ...(options.heartbeat ? { heartbeatThrottleMs: options.heartbeat * 1_000 } : {}),
    onReady: (info: string) => terminal.result(`${READY_PREFIX}${info}`),
  });
}

const gitHubOptions = (options: WorkerOptions, cwd: string): GitHubOptions => {
  const { github, githubApp, githubKey, githubInstallation, githubToken, githubApi } = options;
  return {
    ...(github && { repositories: github }),
    ...(githubApp !== undefined && { appId: githubApp }),
    ...(githubKey !== undefined && { keyFile: resolve(cwd, githubKey) }),
    ...(githubInstallation !== undefined && { installationId: githubInstallation }),
    ...(githubToken !== undefined && { tokenFile: resolve(cwd, githubToken) }),
    ...(githubApi !== undefined && { apiUrl: githubApi }),
  };
};

const LAUNCHER = fileURLToPath(new URL('../../bin/slipway.js', import.meta.url));

/** Ends when told to, or when one of them has ended by itself: half a set of workers helps nobody. */
export async function runAllWorkers(
  options: WorkerOptions,
  { cwd, terminal }: CommandContext,
): Promise<ExitCode> {
  const repositories = Object.entries(options.repository ?? {}).flatMap(([app, url]) => [
    '--repository',
    `${app}=${url}`,
  ]);
  const roles: readonly (readonly [name: string, args: readonly string[]])[] = [
    ['control', ['control', ...repositories]],
    ['deploy', ['deploy']],
    ['checks', ['checks']],
    ['build-arm64', ['build', '--architecture', 'arm64']],
    ['build-amd64', ['build', '--architecture', 'amd64']],
  ];
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  const results = await Promise.all(
    roles.map(async ([name, args]) => {
      const folders = ['--store', options.store, '--data', join(options.data, name)];
      const failed = await runChild(name, [...args, ...folders], cwd, terminal, stop.signal);
      stop.abort();
      return failed;
    }),
  );
  return results.some(Boolean) ? EXIT.failed : EXIT.ok;
}

/** Resolves with whether it ended without being told to. */
async function runChild(
  name: string,
  args: readonly string[],
  cwd: string,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<boolean> {
  const child = execa(process.execPath, [LAUNCHER, 'worker', ...args], {
    cwd,
    reject: false,
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
    cancelSignal: signal,
    // A worker hands back what it is doing before it goes.
    forceKillAfterDelay: 60_000,
    // Ctrl+C reaches the terminal's whole group; we pass it on once, ourselves.
    detached: true,
  });
  const result = await child;
  if (signal.aborted) return false;
  terminal.progress(`worker ${name} has ended (exit code ${result.exitCode ?? 'none'}); stopping the others`);
  return true;
}
