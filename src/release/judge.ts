/**
 * The judge of one rollout: a pure function of what ECS shows and what was seen before.
 * It says "stable" only for *our* deployment with *our* task definition, and "failed" on evidence rather than
 * on time alone. Every rule has a row in test/release/judge.test.ts.
 */
import { type DeploymentView, primaryOf, type ServiceView, type StoppedTask } from './observation.ts';
import type { Timing } from './plan.ts';
import {
  evidenceOf,
  type FailedTask,
  failuresOf,
  findProof,
  mostTelling,
  shortArn,
} from './rollout-evidence.ts';
import { type Counts, countTasks, type JudgeMemory, remember } from './rollout-memory.ts';

export { initialMemory, type JudgeMemory } from './rollout-memory.ts';

/** What we asked ECS for. */
export interface Expectation {
  readonly service: string;
  readonly taskDefinition: string;
  /** Id of the deployment that our UpdateService made (or found). */
  readonly deploymentId: string;
  /** What ECS itself would roll back to; null for a first-ever deployment. */
  readonly baseline: string | null;
  readonly startedAtMs: number;
}

export type FailureKind =
  | 'task-failed'
  | 'rolled-back-by-ecs'
  | 'deployment-failed'
  | 'foreign-change'
  /** Somebody deployed our own task definition again: the service is still ours to roll back. */
  | 'replaced'
  | 'stalled'
  | 'no-capacity'
  | 'timed-out'
  | 'service-gone';

export type Judgement =
  | {
      readonly state: 'waiting';
      readonly phase: 'not-visible' | 'starting' | 'draining' | 'capacity';
      readonly detail: string;
    }
  | { readonly state: 'stable' }
  | {
      readonly state: 'failed';
      readonly kind: FailureKind;
      readonly summary: string;
      readonly evidence: readonly string[];
    };

/**
 * A deployment may take some seconds to show up after UpdateService (facts 2, "Also"; 3.5), and a read may be
 * older than the one before it: so long absence alone proves nothing.
 */
export const VISIBILITY_GRACE_MS = 15_000;

/** One look at the service, sorted into what is ours and what is not. */
interface Look {
  readonly expected: Expectation;
  readonly service: ServiceView;
  readonly mine: DeploymentView | undefined;
  readonly counts: Counts;
  readonly failures: readonly FailedTask[];
  readonly evidence: readonly string[];
  readonly memory: JudgeMemory;
  readonly timing: Timing;
  readonly nowMs: number;
}

/**
 * @param service undefined when ECS does not know it.
 * @param stopped the service's tasks that ECS wants stopped, newest first.
 * @param memory of the look before, or `initialMemory(expected.startedAtMs)`.
 */
export const judge = (
  expected: Expectation,
  service: ServiceView | undefined,
  stopped: readonly StoppedTask[],
  memory: JudgeMemory,
  timing: Timing,
  nowMs: number,
): { readonly judgement: Judgement; readonly memory: JudgeMemory } => {
  if (service?.status !== 'ACTIVE') {
    const state = service ? `is ${service.status}` : 'does not exist any more';
    return { judgement: failed('service-gone', `service ${expected.service} ${state}`, []), memory };
  }
  // An id that comes back with another task definition is ECS's rollback, not our deployment.
  const mine = service.deployments.find(
    ({ id, taskDefinition }) => id === expected.deploymentId && taskDefinition === expected.taskDefinition,
  );
  const events = service.events.filter((event) => event.atMs >= startOf(expected, mine));
  const failures = failuresOf(expected.deploymentId, stopped);
  const counts = countTasks(service, mine);
  const next = remember(memory, counts, mine, stopped, events, nowMs);
  const evidence = evidenceOf(failures, events, mine);
  const look: Look = { expected, service, mine, counts, failures, evidence, memory: next, timing, nowMs };
  const judgement =
    gaveUp(look) ??
    displaced(look) ??
    completed(look) ??
    proven(look) ??
    notVisible(look) ??
    expired(look) ??
    waiting(look);
  return { judgement, memory: next };
};

const gaveUp = ({ mine, failures, evidence }: Look): Judgement | undefined => {
  if (mine?.rolloutState !== 'FAILED') return undefined;
  const why = mostTelling(failures) ?? mine.rolloutReason ?? 'no reason given';
  return failed('deployment-failed', `ECS gave up on the deployment: ${why}`, evidence);
};

const ROLLS_BACK = /rolling back|rolled back/i;

/** Our deployment is not the newest any more: by ECS's own rollback, or by somebody else. */
const displaced = (look: Look): Judgement | undefined => {
  const { expected, service, mine, failures, evidence } = look;
  const primary = primaryOf(service);
  if (mine && mine === primary) return undefined;
  const elsewhere = primary !== undefined && primary.taskDefinition !== expected.taskDefinition;
  const saysRollback = elsewhere && ROLLS_BACK.test(primary.rolloutReason ?? '');
  if (!mine && !saysRollback && mayBeUnseen(look)) return undefined;
  if (saysRollback) {
    const why = mostTelling(failures) ?? primary.rolloutReason ?? 'no reason given';
    return failed('rolled-back-by-ecs', `ECS rolled the deployment back: ${why}`, evidence);
  }
  if (elsewhere && primary.taskDefinition === expected.baseline) {
    const why = mostTelling(failures) ?? 'by ECS or by somebody, no reason is left';
    const back = `the service was put back to ${shortArn(expected.baseline)}`;
    return failed('rolled-back-by-ecs', `${back}: ${why}`, evidence);
  }
  const now = primary?.taskDefinition ?? service.taskDefinition;
  return now === expected.taskDefinition
    ? failed('replaced', `another deployment of ${shortArn(now)} has replaced ours`, evidence)
    : failed('foreign-change', `somebody else changed the service: it now runs ${shortArn(now)}`, evidence);
};

const completed = ({ expected, service, mine, counts }: Look): Judgement | undefined => {
  if (!mine || service.taskDefinition !== expected.taskDefinition) return undefined;
  if (mine.rolloutState === 'COMPLETED') return { state: 'stable' };
  // Without a rolloutState (Classic Load Balancer) the counts are all there is.
  const alone = service.deployments.length === 1 && mine.pending === 0;
  return mine.rolloutState === null && alone && counts.fresh === counts.desired
    ? { state: 'stable' }
    : undefined;
};

const proven = ({ failures, evidence }: Look): Judgement | undefined => {
  const proof = findProof(failures);
  return proof === undefined ? undefined : failed('task-failed', proof, evidence);
};

/** Not shown yet, or not any more for so short a time that it may be a read from a replica that lags behind. */
const mayBeUnseen = ({ expected, mine, memory, nowMs }: Look): boolean =>
  !mine && nowMs - (memory.missingSinceMs ?? expected.startedAtMs) < VISIBILITY_GRACE_MS;

const notVisible = (look: Look): Judgement | undefined =>
  mayBeUnseen(look)
    ? { state: 'waiting', phase: 'not-visible', detail: 'ECS does not show the deployment yet' }
    : undefined;

const expired = (look: Look): Judgement | undefined => {
  const { expected, memory, timing, nowMs, evidence } = look;
  const { capacitySinceMs, progressAtMs } = memory;
  const over = (kind: FailureKind, what: string, durationMs: number): Judgement =>
    failed(kind, `${what} ${Math.round(durationMs / 1000)} s: ${stateOf(look)}`, evidence);
  if (capacitySinceMs !== null && nowMs - capacitySinceMs >= timing.capacityTimeoutMs) {
    return over('no-capacity', 'no room for a task for', nowMs - capacitySinceMs);
  }
  if (capacitySinceMs === null && nowMs - progressAtMs >= timing.stallTimeoutMs) {
    return over('stalled', 'nothing has changed for', nowMs - progressAtMs);
  }
  const allMs = nowMs - expected.startedAtMs;
  return allMs >= timing.stabilityTimeoutMs ? over('timed-out', 'not stable after', allMs) : undefined;
};

const waiting = (look: Look): Judgement => {
  const { counts, memory } = look;
  const detail = stateOf(look);
  if (memory.capacitySinceMs !== null) {
    return { state: 'waiting', phase: 'capacity', detail: `waiting for room to place a task: ${detail}` };
  }
  const draining = counts.fresh >= counts.desired && counts.old > 0;
  return { state: 'waiting', phase: draining ? 'draining' : 'starting', detail };
};

/** `1/2 new running, 2 old left; container api exited with code 1`: a first failure is shown before it is proof. */
const stateOf = ({ counts, failures }: Look): string => {
  const trouble = mostTelling(failures);
  const state = `${counts.fresh}/${counts.desired} new running, ${counts.old} old left`;
  return trouble === undefined ? state : `${state}; ${trouble}`;
};

/** ECS's clock and ours may differ by some seconds; the earlier of both moments starts the deployment. */
const startOf = (expected: Expectation, mine: DeploymentView | undefined): number =>
  Math.min(expected.startedAtMs, mine?.createdAtMs ?? expected.startedAtMs);

const failed = (kind: FailureKind, summary: string, evidence: readonly string[]): Judgement => ({
  state: 'failed',
  kind,
  summary,
  evidence,
});
