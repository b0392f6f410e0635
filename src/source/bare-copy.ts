/** The bare copy of a repository that is kept on this machine, and how git is run on it. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, type Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { TransientError } from '../errors.ts';
import { withFileLock } from '../process/file-lock.ts';
import { type ProcessResult, type RunOptions, runProcess } from '../process/run-process.ts';
import { lastLines } from '../process/tail.ts';
import { GIT_OPTIONS, gitEnvironment } from './git-environment.ts';

export interface GitRunOptions extends Pick<RunOptions, 'stdoutTo' | 'onOutput'> {
  readonly stop?: AbortSignal;
}

export interface BareCopy {
  /** Of the repository that it is a copy of; checked. */
  readonly url: string;
  /** Makes it, empty, where there is none yet; safe for several at once. */
  create(): Promise<void>;
  /** Runs a git command on the copy. */
  run(args: readonly string[], options?: GitRunOptions): Promise<ProcessResult>;
  /** Runs a git command that needs no copy. */
  runBeside(args: readonly string[], options?: GitRunOptions): Promise<ProcessResult>;
  /** Standard output of a git command on the copy; undefined if it failed. */
  ask(...args: string[]): Promise<string | undefined>;
  /** Nobody else fetches into it meanwhile. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

export interface BareCopyOptions {
  /** A checked one. */
  readonly url: string;
  /** Where the bare copies are kept. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
}

const GIT_TIMEOUT_MS = 15 * 60_000;

export async function openBareCopy({ url, folder, signal }: BareCopyOptions): Promise<BareCopy> {
  const home = join(folder, createHash('sha256').update(url).digest('hex').slice(0, 16));
  const bare = join(home, 'repository.git');
  const env = await gitEnvironment(home, url);

  const runBeside: BareCopy['runBeside'] = (args, { stop, ...extra } = {}) =>
    runProcess(['git', ...GIT_OPTIONS, ...args], {
      cwd: home,
      env,
      signal: AbortSignal.any([signal, stop].filter((one) => one !== undefined)),
      timeoutMs: GIT_TIMEOUT_MS,
      ...extra,
    });

  const run: BareCopy['run'] = (args, options) => runBeside(['--git-dir', bare, ...args], options);

  return {
    url,
    run,
    runBeside,

    async create() {
      if (await exists(bare)) return;
      const fresh = `${bare}.${randomUUID()}`;
      const made = await runBeside(['init', '--bare', '--quiet', '--', fresh]);
      if (made.exitCode !== 0)
        throw new TransientError(`git cannot make ${bare}`, { evidence: lastLines(made.tail, 20) });
      // Checks and builds see every file of the commit, whatever its .gitattributes leave out of archives.
      await mkdir(join(fresh, 'info'), { recursive: true });
      await writeFile(join(fresh, 'info', 'attributes'), '* -export-ignore -export-subst\n');
      await rename(fresh, bare).catch((error: unknown) => {
        if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      });
      await rm(fresh, { recursive: true, force: true });
    },

    async ask(...args) {
      const { output, result } = await outputOf((stdoutTo) => run(args, { stdoutTo }));
      return result.exitCode === 0 ? output : undefined;
    },

    alone: (work) => withFileLock(join(home, 'fetch.lock'), { signal }, work),
  };
}

/** All that a command writes to its standard output, and how it ended. */
export async function outputOf(
  run: (stdoutTo: Writable) => Promise<ProcessResult>,
): Promise<{ readonly output: string; readonly result: ProcessResult }> {
  const stdoutTo = new PassThrough();
  const [output, result] = await Promise.all([text(stdoutTo), run(stdoutTo)]);
  return { output, result };
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
