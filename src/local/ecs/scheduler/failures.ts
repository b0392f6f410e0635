// Counts failed tasks per deployment.
// A task failed if it ended, or failed its checks, before it had ever been healthy; being scaled away is no failure.

import { startsThrottled } from '../texts.ts';
import type { Decision, SchedulerInput, SchedulerTask } from './types.ts';
import { verdict } from './verdict.ts';

/** From this many failures in a row on, ECS says that it slows down. */
const throttledFrom = 10;

export function judgeFailures(input: SchedulerInput): Decision[] {
  const decisions: Decision[] = [];
  for (const deployment of input.deployments) {
    const tasks = input.tasks.filter((task) => task.deploymentId === deployment.id);
    const news = countNews(tasks, input.configuration.deploymentCircuitBreaker?.resetOnHealthyTask ?? true);
    decisions.push(...news.decisions);
    const failedTasks = (news.reset ? 0 : deployment.failedTasks) + news.failed;
    if (failedTasks !== deployment.failedTasks || news.failed > 0) {
      decisions.push({
        type: 'set-failures',
        deploymentId: deployment.id,
        failedTasks,
        failedNow: news.failed > 0,
      });
    }
    if (failedTasks >= throttledFrom && deployment.failedTasks < throttledFrom) {
      decisions.push({ type: 'event', message: startsThrottled(input.serviceName) });
    }
    if (deployment.status === 'PRIMARY') decisions.push(...verdict(input, deployment, failedTasks));
  }
  return decisions;
}

interface News {
  readonly decisions: Decision[];
  readonly failed: number;
  /** A task got healthy: "consecutive" starts again. */
  readonly reset: boolean;
}

function countNews(tasks: readonly SchedulerTask[], resetOnHealthyTask: boolean): News {
  const decisions: Decision[] = [];
  let failed = 0;
  let reset = false;
  for (const task of tasks) {
    if (task.phase === 'running' && task.health === 'healthy' && !task.everHealthy) {
      decisions.push({ type: 'task-became-healthy', taskId: task.id });
      reset ||= resetOnHealthyTask;
    }
    const ended = task.phase === 'stopped' || task.phase === 'stopping';
    if (!ended || task.accounted) continue;
    decisions.push({ type: 'task-accounted', taskId: task.id });
    if (isFailure(task)) failed += 1;
  }
  return { decisions, failed, reset };
}

function isFailure(task: SchedulerTask): boolean {
  switch (task.stopCause) {
    case 'scaling':
    case 'user':
    // `slipway local down` in mid-rollout, say: no fault of the version.
    case 'lost':
      return false;
    case 'unhealthy':
      return true;
    default:
      return !task.everHealthy;
  }
}
