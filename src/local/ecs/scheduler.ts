// The service scheduler as a pure function: what one service is, and the time → what to do now.
// It is called again after every change and at `wakeAtMs`; called twice on the same state, it decides the same.
import { judgeFailures } from './scheduler-failures.ts';
import { scale, wantedFromSource } from './scheduler-scaling.ts';
import type { Decision, SchedulerInput, SchedulerResult } from './scheduler-types.ts';
import { reasons, steady } from './texts.ts';

export function schedule(input: SchedulerInput, nowMs: number): SchedulerResult {
  if (input.status === 'INACTIVE') return { decisions: [] };
  if (input.status === 'DRAINING') return { decisions: drain(input) };
  // A verdict on the deployments comes first and alone: what to start and stop depends on who is PRIMARY.
  const judged = judgeFailures(input);
  if (judged.some((decision) => decision.type === 'fail-deployment')) {
    return { decisions: judged, wakeAtMs: nowMs };
  }
  const counted = withFailures(input, judged, nowMs);
  const scaled = scale(counted, nowMs);
  const decisions = [...judged, ...scaled.decisions, ...finish(counted, scaled.decisions)];
  const wake = [...input.tasks.map((task) => task.waitingUntilMs), scaled.wakeAtMs].filter(
    (at): at is number => at !== undefined && at > nowMs,
  );
  return wake.length > 0 ? { decisions, wakeAtMs: Math.min(...wake) } : { decisions };
}

/** DeleteService: everything stops; the service is INACTIVE when the last task is gone. */
function drain(input: SchedulerInput): Decision[] {
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
function finish(input: SchedulerInput, scaled: readonly Decision[]): Decision[] {
  const decisions: Decision[] = [];
  const existing = input.tasks.filter((task) => task.phase !== 'stopped');
  const primary = input.deployments.find((deployment) => deployment.status === 'PRIMARY');
  const wanted = wantedFromSource(input);
  for (const deployment of input.deployments) {
    // Its last task may have died, and another is to come.
    if (deployment === wanted?.source && wanted.count > 0) continue;
    if (deployment === primary || existing.some((task) => task.deploymentId === deployment.id)) continue;
    decisions.push({ type: 'remove-deployment', deploymentId: deployment.id });
  }
  if (!primary) return decisions;
  const live = existing.filter((task) => task.phase === 'starting' || task.phase === 'running');
  const isSteady =
    existing.every((task) => task.deploymentId === primary.id) &&
    live.length === input.desiredCount &&
    live.every((task) => task.phase === 'running' && task.health === 'healthy') &&
    !scaled.some((decision) => decision.type === 'start-tasks' || decision.type === 'stop-task');
  if (isSteady && primary.rolloutState === 'IN_PROGRESS') {
    decisions.push({ type: 'complete-deployment', deploymentId: primary.id });
  }
  if (isSteady && !input.steady && primary.rolloutState !== 'FAILED') {
    decisions.push({ type: 'event', message: steady(input.serviceName) });
  }
  if (isSteady !== input.steady) decisions.push({ type: 'set-steady', steady: isSteady });
  return decisions;
}
