// The service scheduler as a pure function: what one service is, and the time → what to do now.
// It is called again after every change and at `wakeAtMs`; called twice on the same state, it decides the same.

import { reasons, steady } from '../texts.ts';
import { judgeFailures } from './failures.ts';
import { scale, wantedFromSource } from './scaling.ts';
import { isOngoing } from './service-deployment-states.ts';
import type { Decision, SchedulerDeployment, SchedulerInput, SchedulerResult } from './types.ts';

export function schedule(input: SchedulerInput, nowMs: number): SchedulerResult {
  if (input.status === 'INACTIVE') return { decisions: [] };
  if (input.status === 'DRAINING') return { decisions: drain(input) };
  // A verdict on the deployments comes first and alone: what to start and stop depends on who is PRIMARY.
  const judged = [...begin(input), ...judgeFailures(input)];
  if (judged.some((decision) => decision.type === 'fail-deployment')) {
    return { decisions: judged, wakeAtMs: nowMs };
  }
  const counted = withFailures(input, judged, nowMs);
  const scaled = scale(counted, nowMs);
  const finished = finish(counted, scaled.decisions, nowMs);
  const decisions = [...judged, ...scaled.decisions, ...finished.decisions];
  const wake = [...input.tasks.map((task) => task.waitingUntilMs), scaled.wakeAtMs, finished.wakeAtMs].filter(
    (at): at is number => at !== undefined && at > nowMs,
  );
  return wake.length > 0 ? { decisions, wakeAtMs: Math.min(...wake) } : { decisions };
}

function begin({ deployments }: SchedulerInput): Decision[] {
  return deployments
    .filter(({ status, serviceDeployment }) => status === 'PRIMARY' && serviceDeployment === 'PENDING')
    .map(({ id }) => ({ type: 'begin-deployment', deploymentId: id }));
}

/** DeleteService: everything stops; the service is INACTIVE when the last task is gone. */
function drain(input: SchedulerInput): Decision[] {
  const [ongoing] = input.deployments.filter(({ serviceDeployment }) => isOngoing(serviceDeployment));
  if (ongoing) return [{ type: 'stop-service-deployment', deploymentId: ongoing.id }];
  const remaining = input.tasks.filter((task) => task.phase !== 'stopped');
  if (remaining.length === 0) return [{ type: 'service-inactive' }];
  return remaining
    .filter((task) => task.phase !== 'stopping')
    .map((task) => ({
      type: 'stop-task',
      taskId: task.id,
      cause: 'scaling',
      reason: reasons.scaling(task.deploymentId),
    }));
}

function withFailures(input: SchedulerInput, judged: readonly Decision[], nowMs: number): SchedulerInput {
  const deployments = input.deployments.map((deployment) => {
    const change = judged.find(
      (decision) => decision.type === 'set-failures' && decision.deploymentId === deployment.id,
    );
    if (change?.type !== 'set-failures') return deployment;
    return {
      ...deployment,
      failedTasks: change.failedTasks,
      lastFailureAtMs: change.failedNow ? nowMs : deployment.lastFailureAtMs,
    };
  });
  return { ...input, deployments };
}

/** Deployments without tasks go; the PRIMARY completes when it alone has tasks, all wanted and healthy. */
function finish(input: SchedulerInput, scaled: readonly Decision[], nowMs: number): SchedulerResult {
  const existing = input.tasks.filter((task) => task.phase !== 'stopped');
  const primary = input.deployments.find((deployment) => deployment.status === 'PRIMARY');
  if (!primary) return { decisions: [] };
  const live = existing.filter((task) => task.phase === 'starting' || task.phase === 'running');
  const hasAll =
    existing.every((task) => task.deploymentId === primary.id) &&
    live.length === input.desiredCount &&
    live.every((task) => task.phase === 'running' && task.health === 'healthy') &&
    !scaled.some((decision) => decision.type === 'start-tasks' || decision.type === 'stop-task');
  const bakesUntilMs = bakingEnd(primary, nowMs);
  const bakes = bakesUntilMs > nowMs;
  const decisions = removals(input, primary, existing, primary.alarms !== undefined && (bakes || !hasAll));
  if (hasAll && bakes) {
    if (primary.bakingSinceMs === undefined) {
      decisions.push({ type: 'bake-deployment', deploymentId: primary.id });
    }
    return { decisions, wakeAtMs: bakesUntilMs };
  }
  if (hasAll && primary.rolloutState === 'IN_PROGRESS') {
    decisions.push({ type: 'complete-deployment', deploymentId: primary.id });
  }
  if (hasAll && !input.steady && primary.rolloutState !== 'FAILED') {
    decisions.push({ type: 'event', message: steady(input.serviceName) });
  }
  if (hasAll !== input.steady) decisions.push({ type: 'set-steady', steady: hasAll });
  return { decisions };
}

/** With alarms, what is replaced stays listed, even without tasks, until they have been watched long enough. */
function removals(
  input: SchedulerInput,
  primary: SchedulerDeployment,
  existing: SchedulerInput['tasks'],
  keepSource: boolean,
): Decision[] {
  const wanted = wantedFromSource(input);
  return (
    input.deployments
      .filter((deployment) => deployment !== primary)
      // Its last task may have died, and another is to come.
      .filter((deployment) => !(deployment === wanted?.source && wanted.count > 0))
      .filter((deployment) => !existing.some((task) => task.deploymentId === deployment.id))
      .filter(({ id }) => !(keepSource && id === input.lastCompletedId))
      .map((deployment) => ({ type: 'remove-deployment', deploymentId: deployment.id }))
  );
}

/** Until when the alarms of a deployment that has all its tasks are watched. */
function bakingEnd({ rolloutState, alarms, bakingSinceMs }: SchedulerDeployment, nowMs: number): number {
  if (rolloutState !== 'IN_PROGRESS' || !alarms) return nowMs;
  return (bakingSinceMs ?? nowMs) + alarms.bakeMs;
}
