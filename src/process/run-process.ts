/**
 * The one way to run a child process: its own process group, a complete environment, and an end that takes
 * every descendant along – normal end, time-out, cancellation, or the death of this process.
 */
import type { Readable, Writable } from 'node:stream';
import { execa } from 'execa';
import { SlipwayError } from '../errors.ts';
import { guarded, LIFELINE_FD } from './guard.ts';
import { createTail } from './tail.ts';

export interface RunOptions {
  readonly cwd: string;
  /** The complete environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Written to standard input, which is then closed; default: empty. */
  readonly input?: string;
  /** On abort the group gets SIGTERM, after the grace SIGKILL, and the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
  /** Between SIGTERM and SIGKILL; default 5 s. */
  readonly graceMs?: number;
  /** Standard output and error as they come, in pieces that need not be lines. */
  readonly onOutput?: (text: string) => void;
  /** How much of the output's end `tail` holds; default 64 KiB. */
  readonly tailBytes?: number;
  /** Takes standard output instead of `onOutput` and `tail`; it is ended with the process. */
  readonly stdoutTo?: Writable;
}

export interface ProcessResult {
  /** Null when a signal ended it. 126 and 127 also mean that the program could not be started. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly tail: string;
  readonly durationMs: number;
}

const DEFAULT_GRACE_MS = 5000;
const DEFAULT_TAIL_BYTES = 64 * 1024;

/** No such process: it is gone already, which is what was wanted. */
function signalGroup(groupId: number | undefined, signal: NodeJS.Signals): void {
  if (groupId === undefined) return;
  try {
    process.kill(-groupId, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Runs `argv` without a shell of its own and resolves when the whole group is gone, whatever the exit code.
 * Descendants that leave the group (setsid) are not followed.
 * Errors: the signal's reason when aborted; `ProcessNotStarted` when the system refuses to start anything.
 */
export async function runProcess(
  argv: readonly [string, ...string[]],
  options: RunOptions,
): Promise<ProcessResult> {
  const { signal: abort, graceMs = DEFAULT_GRACE_MS } = options;
  abort?.throwIfAborted();
  const startedAt = performance.now();
  const tail = createTail(options.tailBytes ?? DEFAULT_TAIL_BYTES);
  const [shell, args] = guarded(argv);
  const child = execa(shell, args, {
    cwd: options.cwd,
    env: { ...options.env },
    extendEnv: false,
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  // Its reading side must flow, or its end is never seen; the pipe itself stays open for as long as we live.
  (child.stdio[LIFELINE_FD] as Readable).resume();

  const take = (text: string): void => {
    tail.add(text);
    options.onOutput?.(text);
  };
  if (options.stdoutTo === undefined) child.stdout?.setEncoding('utf8').on('data', take);
  else child.stdout?.pipe(options.stdoutTo);
  child.stderr?.setEncoding('utf8').on('data', take);
  // A command that does not read its input closes the pipe: not our error.
  child.stdin?.on('error', () => undefined).end(options.input);

  let timedOut = false;
  let kill: NodeJS.Timeout | undefined;
  const terminate = (): void => {
    signalGroup(child.pid, 'SIGTERM');
    kill ??= setTimeout(() => signalGroup(child.pid, 'SIGKILL'), graceMs);
  };
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          terminate();
        }, options.timeoutMs);
  abort?.addEventListener('abort', terminate, { once: true });
  // The watcher is still in the group, so the group's id cannot have been given away.
  child.once('exit', () => signalGroup(child.pid, 'SIGKILL'));
  try {
    const result = await child;
    abort?.throwIfAborted();
    if (child.pid === undefined) {
      throw new SlipwayError('ProcessNotStarted', true, `cannot start ${argv[0]}: ${startProblem(result)}`, {
        cause: result,
        advice: `check that the folder ${options.cwd} exists and that this machine can start processes`,
      });
    }
    return {
      exitCode: result.exitCode ?? null,
      signal: (result.signal as NodeJS.Signals | undefined) ?? null,
      timedOut,
      tail: tail.text(),
      durationMs: Math.round(performance.now() - startedAt),
    };
  } finally {
    clearTimeout(timer);
    clearTimeout(kill);
    abort?.removeEventListener('abort', terminate);
  }
}

const startProblem = (result: { readonly shortMessage?: string | undefined }): string =>
  (result.shortMessage ?? 'unknown error').split('\n').at(-1) ?? '';
