/** The CLI as users have it: built, as a child process. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

export const TOP = fileURLToPath(new URL('../..', import.meta.url));
const LAUNCHER = join(TOP, 'bin/slipway.js');

/** Builds dist/ where it is missing or older than the sources. */
export async function ensureBuilt(): Promise<void> {
  const built = await stat(join(TOP, 'dist/workflow-bundle.js')).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  if (built < (await newestSource())) await execa(process.execPath, [join(TOP, 'script/build.js')]);
}

async function newestSource(): Promise<number> {
  const entries = await readdir(join(TOP, 'src'), { recursive: true });
  const sources = entries.filter((path) => path.endsWith('.ts'));
  const times = await Promise.all(sources.map(async (path) => (await stat(join(TOP, 'src', path))).mtimeMs));
  return Math.max(...times);
}

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

export async function slipway(args: readonly string[], { cwd, env = {} }: CliOptions) {
  const result = await execa(process.execPath, [LAUNCHER, ...args], {
    cwd,
    env,
    reject: false,
    stdin: 'ignore',
  });
  return { exitCode: result.exitCode, stdout: String(result.stdout), stderr: String(result.stderr) };
}
