/** What the stopped tasks and the events of a rollout prove, and how they are shown to people. */

import { shortArn } from '../short-arn.ts';
import type { DeploymentView, ServiceDeploymentView, ServiceEvent, StoppedTask } from './observation.ts';
import { describeRecord } from './rollout-record.ts';
import { failingContainers, readStoppedTask, type TaskFailure } from './task-failure.ts';

export interface FailedTask {
  readonly task: StoppedTask;
  readonly failure: TaskFailure;
}

/** Newest first, as the tasks are. Tasks of other deployments prove nothing about ours. */
export const failuresOf = (deploymentId: string, stopped: readonly StoppedTask[]): readonly FailedTask[] =>
  tasksOf(deploymentId, stopped).flatMap((task) => {
    const failure = readStoppedTask(task);
    return failure ? [{ task, failure }] : [];
  });

export const tasksOf = (deploymentId: string, stopped: readonly StoppedTask[]): readonly StoppedTask[] =>
  stopped.filter((task) => task.startedBy === deploymentId);

/** ECS may need a moment to see that another new task is healthy, and to let go of an old one for it. */
const FIRST_UNHEALTHY_MS = 15_000;

/**
 * The failure that ends the wait, in one line; undefined while there is still hope.
 * @param oldPass the old tasks pass the health checks that a new one has failed, and no new one has passed them yet.
 */
export const findProof = (
  failures: readonly FailedTask[],
  oldPass: boolean,
  nowMs: number,
): string | undefined => {
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
  const unhealthy = failures.find(
    ({ failure, task }) => failure.kind === 'unhealthy' && nowMs - task.stoppedAtMs >= FIRST_UNHEALTHY_MS,
  );
  return unhealthy && oldPass ? `${unhealthy.failure.summary}, while the old tasks pass theirs` : undefined;
};

/** Enough where no task of ours has lived: one failure that is the version's own, and no host's or registry's. */
export const firstOwnFailure = (failures: readonly FailedTask[]): string | undefined =>
  failures.find(({ failure }) => failure.proof === 'once' || failure.proof === 'twice')?.failure.summary;

/** True where an old task has failed its health checks, too: it may not be the new version's fault. */
export const oldFailChecks = (deploymentId: string, stopped: readonly StoppedTask[]): boolean =>
  stopped.some((task) => task.startedBy !== deploymentId && readStoppedTask(task)?.kind === 'unhealthy');

/** The likeliest cause when something else (ECS's circuit breaker, a time limit) ends the wait. */
export const mostTelling = (failures: readonly FailedTask[]): string | undefined =>
  telling(failures)?.failure.summary;

const telling = (failures: readonly FailedTask[]): FailedTask | undefined =>
  failures.find(({ failure }) => failure.proof === 'once') ??
  failures.find(({ failure }) => failure.proof !== 'never') ??
  failures[0];

/** A task whose log may tell more, and which of its containers. */
export interface Suspect {
  readonly taskArn: string;
  /** The likeliest first. */
  readonly containers: readonly string[];
}

const SUSPECTS = 2;

/** The most telling failed task and another one that failed alike, whose log may have arrived already. */
export const suspectsOf = (failures: readonly FailedTask[]): readonly Suspect[] => {
  const most = telling(failures);
  return failures
    .filter(({ failure }) => failure.signature === most?.failure.signature)
    .slice(0, SUSPECTS)
    .map(({ task }) => ({ taskArn: task.arn, containers: failingContainers(task) }));
};

const SHOWN_TASKS = 3;
const SHOWN_EVENTS = 5;

/** How our tasks stopped. */
export const describeTasks = (failures: readonly FailedTask[]): readonly string[] =>
  failures.slice(0, SHOWN_TASKS).map(({ task }) => describeTask(task));

const TROUBLE = /unhealthy|unable|fail|throttl|rolling back|insufficient|error/i;

/** What ECS says itself; of its events, those that tell of trouble come before those of daily business. */
export const describeContext = (
  events: readonly ServiceEvent[],
  mine: DeploymentView | undefined,
  record: ServiceDeploymentView | null,
): readonly string[] => {
  const said = mine?.rolloutState === 'FAILED' && mine.rolloutReason ? [`ECS: ${mine.rolloutReason}`] : [];
  const troubles = events.filter(({ message }) => TROUBLE.test(message));
  const rest = events.filter(({ message }) => !TROUBLE.test(message));
  const shown = new Set([...troubles, ...rest].slice(0, SHOWN_EVENTS));
  return [
    ...said,
    ...describeRecord(record),
    ...events.filter((event) => shown.has(event)).map((event) => `event: ${event.message}`),
  ];
};

export const describeTask = (task: StoppedTask): string => {
  const exits = task.containers
    .filter((container) => container.exitCode !== null || container.reason !== null)
    .map(({ name, exitCode, reason }) =>
      [`${name}:`, exitCode === null ? '' : `exit code ${exitCode}`, reason ?? ''].filter(Boolean).join(' '),
    );
  const reason = task.stoppedReason ?? task.stopCode ?? 'no reason given';
  return `task ${shortArn(task.arn)} stopped: ${[reason, ...exits].join('; ')}`;
};
