/**
 * The clients that we did not write, as `script/setup --with-test-tools` has installed them: unchanged, run as
 * child processes with an environment of their own. One that is missing is an error, never a skipped test.
 */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { toolFolder } from '../../src/tools.ts';

const top = fileURLToPath(new URL('../..', import.meta.url));
let venv: Promise<string> | undefined;

/** What a client said and how it ended. `tookMs` is for the reader of the log. */
export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

/** Absolute path of a program in the clients' venv: `aws`, `ecs` (fabfuel's ecs-deploy) or `python` (with boto3). */
export async function clientPath(name: 'aws' | 'ecs' | 'python'): Promise<string> {
  venv ??= findVenv();
  const path = join(await venv, 'bin', name);
  await access(path).catch(() => {
    throw new Error(`${path} is missing; run script/setup --with-test-tools, which installs it`);
  });
  return path;
}

/**
 * Runs one to its end; it is killed after `timeoutMs`, which then is an error of the test. `env` is all it gets beside
 * a PATH, so no AWS_PROFILE, proxy or ~/.aws of the caller can send it to another AWS.
 */
export async function runClient(
  path: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { timeoutMs = 60_000, input = '' }: { timeoutMs?: number; input?: string } = {},
): Promise<Ran> {
  const startedAtMs = Date.now();
  const { exitCode, stdout, stderr, timedOut, failed, message } = await execa(path, args, {
    env: { PATH: process.env.PATH, ...env },
    extendEnv: false,
    reject: false,
    timeout: timeoutMs,
    input,
    maxBuffer: 50_000_000,
  });
  const tookMs = Date.now() - startedAtMs;
  if (timedOut) throw new Error(`${path} ${args.join(' ')} did not end within ${timeoutMs} ms: ${stderr}`);
  if (exitCode === undefined) throw new Error(failed ? message : `${path} ended without an exit code`);
  return { exitCode, stdout, stderr, tookMs };
}

/** The scripts name the folder by a hash of the requirements; they are asked, so that both always agree. */
async function findVenv(): Promise<string> {
  const hash = await execa(
    process.execPath,
    ['script/lib/content-hash.js', 'test/conformance/requirements.txt'],
    {
      cwd: top,
    },
  );
  return join(toolFolder(), '..', `conformance-${hash.stdout}`);
}
