/**
 * Ends exactly one process that we started, with whatever is left of its group: SIGTERM, time to finish, SIGKILL.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isSameProcess } from './process-identity.ts';

export interface RunningProcess {
  readonly pid: number;
  readonly identity: string;
}

export type StopOutcome = 'was-gone' | 'stopped' | 'killed';

export async function stopProcess(target: RunningProcess, graceMs: number): Promise<StopOutcome> {
  const alive = () => isSameProcess(target.pid, target.identity);
  if (!(await alive())) return 'was-gone';
  signal(target.pid, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (Date.now() < deadline) {
    if (!(await alive())) {
      signalGroup(target.pid);
      return 'stopped';
    }
    await sleep(30);
  }
  signalGroup(target.pid);
  while (await alive()) await sleep(30);
  return 'killed';
}

/** Each process leads a group of its own (it was spawned detached), so this reaches its children only. */
const signalGroup = (pid: number): void => signal(-pid, 'SIGKILL');

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
