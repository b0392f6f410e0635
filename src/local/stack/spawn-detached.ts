/**
 * Starts a process that outlives us, with a log file, and waits until it says or shows that it is ready.
 */
import { spawn } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '../../errors.ts';
import type { ProcessRecord } from './instance.ts';
import { isSameProcess, processIdentity } from './process-identity.ts';

/** Our own programs print this once, followed by what they serve, when they are ready. */
export const READY_PREFIX = 'slipway-ready: ';

export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly logFile: string;
  /** Resolves with what to show once it is ready, undefined while it is not. Default: its ready line. */
  readonly probe?: () => Promise<string | undefined>;
  readonly readyTimeoutMs: number;
  /** 0 to 19, as nice(1) has it; its children inherit it. */
  readonly niceness?: number;
}

export class StartFailedError extends SlipwayError {
  constructor(name: string, problem: string, logFile: string, lastLines: readonly string[]) {
    super('StartFailed', false, `${name} ${problem}`, { advice: `Its log: ${logFile}`, evidence: lastLines });
  }
}

export async function spawnDetached(spec: ProcessSpec): Promise<ProcessRecord> {
  await mkdir(dirname(spec.logFile), { recursive: true });
  // A log begins with its process: its ready line must not be one of an earlier life.
  const log = await open(spec.logFile, 'w', 0o600);
  try {
    const child = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: spec.env,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('spawn', () => resolve(child.pid ?? 0));
    });
    child.unref();
    if (spec.niceness) setPriority(pid, spec.niceness);
    return { name: spec.name, pid, identity: (await processIdentity(pid)) ?? 'gone', logFile: spec.logFile };
  } catch (error) {
    throw new StartFailedError(
      spec.name,
      `could not be started: ${(error as Error).message}`,
      spec.logFile,
      [],
    );
  } finally {
    await log.close();
  }
}

/** @throws StartFailedError with its last log lines when it ends or is not ready in time */
export async function waitUntilReady(
  spec: ProcessSpec,
  started: ProcessRecord,
  signal?: AbortSignal,
): Promise<string> {
  const deadline = Date.now() + spec.readyTimeoutMs;
  const probe = spec.probe ?? (() => readyLine(spec.logFile));
  for (;;) {
    signal?.throwIfAborted();
    const ready = await probe();
    if (ready !== undefined) return ready;
    const alive = await isSameProcess(started.pid, started.identity);
    if (alive && Date.now() < deadline) {
      await sleep(100);
      continue;
    }
    const problem = alive ? `was not ready after ${spec.readyTimeoutMs / 1000} s` : 'ended while it started';
    throw new StartFailedError(spec.name, problem, spec.logFile, await lastLines(spec.logFile, 15));
  }
}

async function readyLine(logFile: string): Promise<string | undefined> {
  const lines = (await readFile(logFile, 'utf8')).split('\n').slice(0, -1);
  return lines.find((line) => line.startsWith(READY_PREFIX))?.slice(READY_PREFIX.length);
}

async function lastLines(logFile: string, count: number): Promise<string[]> {
  const lines = (await readFile(logFile, 'utf8').catch(() => '')).split('\n');
  return lines.filter((line) => line.trim() !== '').slice(-count);
}
