/**
 * How a migration's task ended. Pure. Only one end is a success: its container left with 0, and nobody stopped the
 * task – a program that is told to stop (time limit, StopTask, Spot) may leave with 0 half-way.
 */
import type { StoppedTask } from './observation.ts';
import { failingContainers, readStoppedTask } from './task-failure.ts';

export interface MigrationEnd {
  readonly exitCode: number | null;
  /** False: its command was not started, so that nothing of it can have happened. */
  readonly ran: boolean;
  /** One line; null for a success. */
  readonly failure: string | null;
  /** The container whose last lines tell most. */
  readonly logsOf: string;
}

/** `overMs`: the time limit that it has passed; null where it has not. */
export const readMigrationEnd = (
  task: StoppedTask,
  container: string,
  overMs: number | null,
): MigrationEnd => {
  const exitCode = task.containers.find(({ name }) => name === container)?.exitCode ?? null;
  const [failing = container] = failingContainers(task);
  return {
    exitCode,
    ran: exitCode !== null || task.stopCode !== 'TaskFailedToStart',
    failure: failureOf(task, container, exitCode, overMs),
    logsOf: exitCode === 0 ? container : failing,
  };
};

const failureOf = (
  task: StoppedTask,
  container: string,
  exitCode: number | null,
  overMs: number | null,
): string | null => {
  const exit = exitCode === null ? '' : `, exit code ${exitCode}`;
  if (overMs !== null) return `it ran longer than ${seconds(overMs)} and was stopped${exit}`;
  const byItself = task.stopCode === 'EssentialContainerExited' || task.stopCode === null;
  if (byItself && exitCode === 0) return null;
  const reason = task.stoppedReason ?? task.stopCode ?? 'no reason given';
  // `readStoppedTask` reads a service's tasks: there, a task that somebody stopped is no failure.
  const summary = readStoppedTask(task)?.summary;
  if (!byItself && task.stopCode !== 'TaskFailedToStart') {
    return `it was stopped before its end${exit}: ${reason}`;
  }
  if (exitCode === null) return `container ${container} did not run: ${summary ?? reason}`;
  return exitCode === 0
    ? `${reason}${exit}`
    : (summary ?? `container ${container} exited with code ${exitCode}`);
};

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
