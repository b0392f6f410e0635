/** What the stopped tasks and the events of a rollout prove, and how they are shown to people. */
import type { DeploymentView, ServiceEvent, StoppedTask } from './observation.ts';
import { readStoppedTask, type TaskFailure } from './task-failure.ts';

export interface FailedTask {
  readonly task: StoppedTask;
  readonly failure: TaskFailure;
}

/** Newest first, as the tasks are. Tasks of other deployments prove nothing about ours. */
export const failuresOf = (deploymentId: string, stopped: readonly StoppedTask[]): readonly FailedTask[] =>
  stopped
    .filter((task) => task.startedBy === deploymentId)
    .flatMap((task) => {
      const failure = readStoppedTask(task);
      return failure ? [{ task, failure }] : [];
    });

/** The failure that ends the wait, in one line; undefined while there is still hope. */
export const findProof = (failures: readonly FailedTask[]): string | undefined => {
  const once = failures.find(({ failure }) => failure.proof === 'once');
  if (once) return once.failure.summary;
  for (const failed of failures) {
    const same = failures.filter(({ failure }) => failure.signature === failed.failure.signature);
    const proven =
      failed.failure.proof === 'twice'
        ? same.length >= 2
        : failed.failure.proof === 'again-later' &&
          same.some(({ task }) => task.createdAtMs > failed.task.stoppedAtMs);
    if (proven) return `${failed.failure.summary}, ${same.length} times`;
  }
  return undefined;
};

/** The likeliest cause when something else (ECS's circuit breaker, a time limit) ends the wait. */
export const mostTelling = (failures: readonly FailedTask[]): string | undefined =>
  (
    failures.find(({ failure }) => failure.proof === 'once') ??
    failures.find(({ failure }) => failure.proof !== 'never') ??
    failures[0]
  )?.failure.summary;

const SHOWN_TASKS = 3;
const SHOWN_EVENTS = 5;

export const evidenceOf = (
  failures: readonly FailedTask[],
  events: readonly ServiceEvent[],
  mine: DeploymentView | undefined,
): readonly string[] => {
  const said = mine?.rolloutState === 'FAILED' && mine.rolloutReason ? [`ECS: ${mine.rolloutReason}`] : [];
  const tasks = failures.slice(0, SHOWN_TASKS).map(({ task }) => describeTask(task));
  return [...tasks, ...said, ...events.slice(0, SHOWN_EVENTS).map((event) => `event: ${event.message}`)];
};

const describeTask = (task: StoppedTask): string => {
  const exits = task.containers
    .filter((container) => container.exitCode !== null || container.reason !== null)
    .map(({ name, exitCode, reason }) =>
      [`${name}:`, exitCode === null ? '' : `exit code ${exitCode}`, reason ?? ''].filter(Boolean).join(' '),
    );
  const reason = task.stoppedReason ?? task.stopCode ?? 'no reason given';
  return `task ${shortArn(task.arn)} stopped: ${[reason, ...exits].join('; ')}`;
};

/** `arn:…:task-definition/api:7` → `api:7`, `arn:…:task/cluster/0123` → `0123`. */
export const shortArn = (arn: string): string => arn.split('/').at(-1) ?? arn;
