// Whether the PRIMARY deployment has failed – by its tasks, its alarms, or because a person says so – and what then.

import { deploymentFailed, rollingBack } from '../texts.ts';
import type { Decision, FailureCause, SchedulerDeployment, SchedulerInput } from './types.ts';
import { failureThreshold } from './window.ts';

interface Verdict {
  readonly cause: FailureCause;
  readonly rollback: boolean;
  readonly alarmNames: readonly string[];
}

export function verdict(
  input: SchedulerInput,
  primary: SchedulerDeployment,
  failedTasks: number,
): Decision[] {
  if (primary.rolloutState !== 'IN_PROGRESS') return [];
  const found = byUser(primary) ?? byBreaker(input, failedTasks) ?? byAlarms(primary);
  if (!found) return [];
  const { cause, alarmNames } = found;
  const target = input.lastCompletedId;
  const next = whatNext(found, primary, target);
  const failed: Decision[] = [
    { type: 'fail-deployment', deploymentId: primary.id, cause, next, alarmNames },
    { type: 'event', message: deploymentFailed(input.serviceName, primary.id, cause) },
  ];
  if (next !== 'roll-back' || target === undefined) return failed;
  return [
    ...failed,
    { type: 'roll-back', fromId: primary.id, toId: target, cause },
    { type: 'event', message: rollingBack(input.serviceName, target) },
  ];
}

/** A rollback that fails has nothing further to go back to, and neither has the first deployment ever. */
function whatNext(
  { rollback }: Verdict,
  primary: SchedulerDeployment,
  target: string | undefined,
): Extract<Decision, { type: 'fail-deployment' }>['next'] {
  if (primary.rollback) return 'rollbackFailed';
  if (!rollback) return 'stopped';
  return target === undefined ? 'noCandidate' : 'roll-back';
}

function byUser(primary: SchedulerDeployment): Verdict | undefined {
  if (primary.serviceDeployment !== 'ROLLBACK_REQUESTED') return undefined;
  return { cause: 'user', rollback: true, alarmNames: [] };
}

function byBreaker(input: SchedulerInput, failedTasks: number): Verdict | undefined {
  const breaker = input.configuration.deploymentCircuitBreaker;
  if (!breaker?.enable) return undefined;
  if (failedTasks < failureThreshold(input.desiredCount, breaker.thresholdConfiguration)) return undefined;
  return { cause: 'circuit-breaker', rollback: breaker.rollback ?? false, alarmNames: [] };
}

function byAlarms({ alarms }: SchedulerDeployment): Verdict | undefined {
  if (!alarms || alarms.inAlarm.length === 0) return undefined;
  return { cause: 'alarms', rollback: alarms.rollback, alarmNames: alarms.inAlarm };
}
