/**
 * The programs that the demo runs: `slipway` as a user would, the sample's scripts, and how they end with it.
 */
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa, type Options } from 'execa';
import { SlipwayError } from '../../errors.ts';
import { userEnvironment } from '../../local/stack/environment.ts';
import { status } from '../../local/stack/status.ts';
import type { EnvironmentStatus } from '../../release/environment/status.ts';
import type { ReleaseReport } from '../../release/verdict.ts';
import type { Ended } from './outcome.ts';

const TOP = fileURLToPath(new URL('../../..', import.meta.url));
const LAUNCHER = join(TOP, 'bin/slipway.js');
const SAMPLE = join(TOP, 'examples/containrlab');

export interface DemoTools {
  /** The options that name our instance. */
  readonly instance: readonly string[];
  say(title: string): void;
  makeHistory(repository: string): Promise<string[]>;
  slipway(args: readonly string[]): Promise<void>;
  createInfra(env: Readonly<Record<string, string>>): Promise<void>;
  /**
   * `deploy` or `rollback`, watched to its end; whatever the verdict.
   *
   * @param label before each line, where another one talks at the same time
   */
  release(repository: string, command: readonly string[], timeoutS: number, label?: string): Promise<Ended>;
  /** A command that only answers. */
  tell(repository: string, command: readonly string[]): Promise<void>;
  environment(repository: string): Promise<EnvironmentStatus>;
  /** Stops the instance; Ctrl+C does not reach it. */
  down(wipe: boolean): Promise<void>;
}

export function demoTools(folder: string, signal: AbortSignal): DemoTools {
  const instanceFolder = join(folder, 'local');
  const instance = ['--folder', instanceFolder];
  /** What it says goes to stderr: stdout is for the summary. */
  const run = async (program: string, args: readonly string[], options: Options = {}) => {
    const common: Options = { stdin: 'ignore', stdout: 2, stderr: 'inherit', cancelSignal: signal };
    const result = await execa(program, args, { ...common, ...options, reject: false });
    signal.throwIfAborted();
    if (result.failed && options.reject !== false) {
      throw new DemoFailedError(`\`${basename(args[0] ?? '')} ${args.slice(1, 3).join(' ')}\` has failed`);
    }
    return result;
  };
  const localEnv = async (): Promise<Record<string, string>> => {
    const { instance: ours, ports } = await status(instanceFolder);
    return {
      ...userEnvironment(ours, ports, 'all'),
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    };
  };
  return {
    instance,
    say: (title) => void process.stderr.write(`\n━━ ${title}\n`),
    makeHistory: async (repository) => {
      const { stdout } = await run('bash', [join(SAMPLE, 'demo/make-history.sh'), repository], {
        stdout: 'pipe',
      });
      return String(stdout).split('\n');
    },
    slipway: async (args) => void (await run(process.execPath, [LAUNCHER, ...args])),
    createInfra: async (env) =>
      void (await run(process.execPath, [join(SAMPLE, 'infra/create.js')], {
        env: { ...(await localEnv()), ...env },
      })),
    release: async (repository, command, timeoutS, label) => {
      const args = [...command, '--output', 'json', '--timeout', String(timeoutS)];
      const { stdout, exitCode = -1 } = await run(process.execPath, [LAUNCHER, ...args], {
        cwd: repository,
        env: await localEnv(),
        stdout: 'pipe',
        ...(label === undefined ? {} : { stderr: [labelled(label), 'inherit'] }),
        // A verdict other than success is an answer here.
        reject: false,
      });
      return { report: parseReport(command, String(stdout), exitCode), exitCode };
    },
    tell: async (repository, command) =>
      void (await run(process.execPath, [LAUNCHER, ...command], { cwd: repository, env: await localEnv() })),
    environment: async (repository) => {
      const { stdout } = await run(process.execPath, [LAUNCHER, 'status', 'production', '--json'], {
        cwd: repository,
        env: await localEnv(),
        stdout: 'pipe',
      });
      return JSON.parse(String(stdout)) as EnvironmentStatus;
    },
    down: async (wipe) =>
      void (await execa(
        process.execPath,
        [LAUNCHER, 'local', 'down', ...instance, ...(wipe ? ['--wipe'] : [])],
        {
          stdin: 'ignore',
          stdout: 2,
          stderr: 'inherit',
          detached: true,
        },
      )),
  };
}

const labelled = (label: string) =>
  function* (line: unknown) {
    yield `${label}  ${line}`;
  };

class DemoFailedError extends SlipwayError {
  constructor(message: string) {
    super('DemoFailed', false, message, { advice: 'What it said stands above.' });
  }
}

function parseReport([command]: readonly string[], stdout: string, exitCode: number): ReleaseReport {
  if (stdout.trim() === '')
    throw new DemoFailedError(`\`slipway ${command}\` ended with ${exitCode} and no report`);
  return JSON.parse(stdout) as ReleaseReport;
}
