/**
 * The programs that the demo runs: `slipway` as a user would, the sample's scripts, and how they end with it.
 */
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa, type Options } from 'execa';
import { SlipwayError } from '../../errors.ts';
import { userEnvironment } from '../../local/stack/environment.ts';
import { status } from '../../local/stack/status.ts';
import type { ReleaseReport } from '../../release/verdict.ts';

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
  deploy(repository: string, sha: string, timeoutS: number): Promise<ReleaseReport>;
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
    deploy: async (repository, sha, timeoutS) => {
      const args = ['deploy', 'production', '--sha', sha, '--output', 'json', '--timeout', String(timeoutS)];
      const { stdout, exitCode } = await run(process.execPath, [LAUNCHER, ...args], {
        cwd: repository,
        env: await localEnv(),
        stdout: 'pipe',
        // A verdict other than success is an answer here.
        reject: false,
      });
      return parseReport(String(stdout), exitCode);
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

class DemoFailedError extends SlipwayError {
  constructor(message: string) {
    super('DemoFailed', false, message, { advice: 'What it said stands above.' });
  }
}

function parseReport(stdout: string, exitCode: number | undefined): ReleaseReport {
  if (stdout.trim() === '')
    throw new DemoFailedError(`\`slipway deploy\` ended with ${exitCode} and no report`);
  return JSON.parse(stdout) as ReleaseReport;
}
