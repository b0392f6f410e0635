/**
 * What ECS's own account of our deployment (the service deployment) adds to what the service shows: whether it
 * really was a success, and who took it back. Asked for only when it decides something, as its rate is limited.
 */
import {
  type DeploymentView,
  primaryOf,
  type ServiceDeploymentView,
  type ServiceView,
} from './observation.ts';
import type { Counts, JudgeMemory } from './rollout-memory.ts';

/**
 * - `open`: not over yet; alarms are watched, perhaps.
 * - `taken-back`: ECS rolls it back or has done so. `stopped`: the same, because somebody said so.
 * - `gave-up`: ECS has failed it, and could not roll it back. `ended`: ECS stopped it for a newer one, or for good.
 * - `unknown`: there is none that could be read, so the rollout's state decides alone.
 */
export type RecordState = 'successful' | 'open' | 'taken-back' | 'stopped' | 'gave-up' | 'ended' | 'unknown';

export const readRecord = (record: ServiceDeploymentView | null): RecordState => {
  switch (record?.status) {
    case 'SUCCESSFUL':
      return 'successful';
    case 'PENDING':
    case 'IN_PROGRESS':
      return 'open';
    case 'ROLLBACK_REQUESTED':
    case 'ROLLBACK_IN_PROGRESS':
    case 'ROLLBACK_SUCCESSFUL':
      return isStoppedByHand(record) ? 'stopped' : 'taken-back';
    case 'ROLLBACK_FAILED':
      return isStoppedByHand(record) ? 'stopped' : 'gave-up';
    case 'STOP_REQUESTED':
    case 'STOPPED':
      return isStoppedByHand(record) ? 'stopped' : 'ended';
    default:
      return 'unknown';
  }
};

/**
 * StopServiceDeployment. AWS does not publish what it writes then, so any text that names a user will do, but for
 * those of the circuit breaker and of alarms.
 */
const isStoppedByHand = ({ reason, breaker, alarms }: ServiceDeploymentView): boolean =>
  !breaker.triggered &&
  alarms.triggered.length === 0 &&
  /\buser\b|StopServiceDeployment|manual/i.test(reason ?? '');

/** A rollout with all its tasks that is still not completed: ECS may be watching alarms. Asked every so often. */
const ASK_AGAIN_MS = 30_000;

/** True when the judge's answer depends on the service deployment, so that it has to be read before. */
export const needsRecord = (
  mine: DeploymentView | undefined,
  service: ServiceView,
  counts: Counts,
  memory: JudgeMemory,
  nowMs: number,
): boolean => {
  if (service.status !== 'ACTIVE') return false;
  if (!mine || mine !== primaryOf(service) || mine.rolloutState === 'FAILED') return true;
  if (mine.rolloutState === 'COMPLETED') return !memory.recordedSuccess;
  if (mine.rolloutState !== 'IN_PROGRESS' || !hasAllTasks(counts)) return false;
  return nowMs - Math.max(memory.progressAtMs, memory.recordAtMs ?? 0) >= ASK_AGAIN_MS;
};

export const hasAllTasks = ({ fresh, desired, old }: Counts): boolean => fresh >= desired && old === 0;

/** All tasks are there, and ECS waits: it watches alarms, or has not written down the end yet. */
export const isBaking = (
  mine: DeploymentView | undefined,
  counts: Counts,
  record: ServiceDeploymentView | null,
): boolean => {
  if (readRecord(record) !== 'open') return false;
  return mine?.rolloutState === 'COMPLETED' || (hasAllTasks(counts) && record?.alarms.watched === true);
};

/** `ECS: service deployment ROLLBACK_IN_PROGRESS: … (3 of 3 failures)` */
export const describeRecord = (record: ServiceDeploymentView | null): readonly string[] => {
  if (!record || ['SUCCESSFUL', 'PENDING'].includes(record.status)) return [];
  const { status, reason, breaker, alarms } = record;
  const counted = breaker.failures > 0 ? ` (${breaker.failures} of ${breaker.threshold} failures)` : '';
  const alarmed = alarms.triggered.length > 0 ? ` (alarms: ${alarms.triggered.join(', ')})` : '';
  return [`ECS: service deployment ${status}${reason === null ? '' : `: ${reason}`}${counted}${alarmed}`];
};
