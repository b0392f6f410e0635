/**
 * The judge of one rollout: a pure function of what ECS shows and what was seen before.
 * It says "stable" only for *our* deployment with *our* task definition, and "failed" on evidence rather than
 * on time alone. Every rule has a row in test/release/judging/judge.test.ts.
 */

import type { Timing } from '../plan.ts';
import { shortArn } from '../short-arn.ts';
import type { Expectation, FailureKind, Judgement, Seen } from './judgement.ts';
import { type DeploymentView, primaryOf, type ServiceView } from './observation.ts';
import {
  describeContext,
  describeTasks,
  type FailedTask,
  failuresOf,
  findProof,
  firstOwnFailure,
  mostTelling,
  oldFailChecks,
  suspectsOf,
  tasksOf,
} from './rollout-evidence.ts';
import {
  areTasksDue,
  type Counts,
  countTasks,
  type JudgeMemory,
  LONGEST_IDLE_MS,
  remember,
} from './rollout-memory.ts';
import { needsRecord, type RecordState, readRecord } from './rollout-record.ts';

export type { Expectation, FailureKind, Judgement, Seen } from './judgement.ts';
export { initialMemory, type JudgeMemory } from './rollout-memory.ts';

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
  /** A task of ours has been seen to run, and not all that stopped have failed. */
  readonly hasLived: boolean;
  /** No old task has failed its health checks, and none had to make room for a healthy new one. */
  readonly oldPass: boolean;
  readonly record: RecordState;
  readonly recordReason: string;
  readonly context: readonly string[];
  readonly memory: JudgeMemory;
  readonly timing: Timing;
  readonly nowMs: number;
}

/** @param memory of the look before, or `initialMemory(expected.startedAtMs)`. */
export const judge = (
  expected: Expectation,
  { service, stopped, record }: Seen,
  memory: JudgeMemory,
  timing: Timing,
  nowMs: number,
): { readonly judgement: Judgement; readonly memory: JudgeMemory } => {
  if (service?.status !== 'ACTIVE') {
    const state = service ? `is ${service.status}` : 'does not exist any more';
    const summary = `service ${expected.service} ${state}`;
    return {
      judgement: { state: 'failed', kind: 'service-gone', summary, evidence: [], context: [], suspects: [] },
      memory,
    };
  }
  const mine = findMine(expected, service);
  const events = service.events.filter((event) => event.atMs >= startOf(expected, mine));
  const failures = failuresOf(expected.deploymentId, stopped);
  const counts = countTasks(service, mine, stopped);
  const next = remember(memory, { counts, mine, events, hasFailed: failures.length > 0, record }, nowMs);
  const look: Look = {
    expected,
    service,
    mine,
    counts,
    failures,
    hasLived: next.mostNew > 0 && tasksOf(expected.deploymentId, stopped).length > failures.length,
    oldPass: counts.old > 0 && !next.oldLeft && !oldFailChecks(expected.deploymentId, stopped),
    record: readRecord(record ?? null),
    recordReason: record?.reason ?? 'no reason given',
    context: describeContext(events, mine, record ?? null),
    memory: next,
    timing,
    nowMs,
  };
  const judgement =
    takenBack(look) ??
    gaveUp(look) ??
    displaced(look) ??
    completed(look) ??
    proven(look) ??
    notVisible(look) ??
    expired(look) ??
    waiting(look);
  return { judgement, memory: next };
};

/** True when the next judgement depends on ECS's own account of the deployment: it has to be read before. */
export const needsServiceDeployment = (
  expected: Expectation,
  service: ServiceView,
  memory: JudgeMemory,
  nowMs: number,
): boolean => {
  const mine = findMine(expected, service);
  return needsRecord(mine, service, countTasks(service, mine, []), memory, nowMs);
};

/** True when stopped tasks may decide the next judgement. It costs two calls: not for a deployment that is finished. */
export const needsStoppedTasks = (
  expected: Expectation,
  service: ServiceView,
  memory: JudgeMemory,
): boolean => {
  const mine = findMine(expected, service);
  const isFinished = mine?.rolloutState === 'COMPLETED' && mine.status === 'PRIMARY';
  return !isFinished || areTasksDue(memory, mine, countTasks(service, mine, []));
};

/** An id that comes back with another task definition is ECS's rollback, not our deployment. */
const findMine = (expected: Expectation, service: ServiceView): DeploymentView | undefined =>
  service.deployments.find(
    ({ id, taskDefinition }) => id === expected.deploymentId && taskDefinition === expected.taskDefinition,
  );

/** ECS's own account is proof, whatever the service shows at the moment. */
const takenBack = (look: Look): Judgement | undefined => {
  switch (look.record) {
    case 'stopped':
      return stoppedByHand(look);
    case 'taken-back':
      return rolledBack(look, look.recordReason);
    case 'gave-up': {
      const why = mostTelling(look.failures) ?? look.recordReason;
      return failed(
        look,
        'deployment-failed',
        `ECS gave up on the deployment, and could not roll it back: ${why}`,
      );
    }
    default:
      return undefined;
  }
};

const gaveUp = (look: Look): Judgement | undefined => {
  const { mine, failures } = look;
  if (mine?.rolloutState !== 'FAILED') return undefined;
  const why = mostTelling(failures) ?? mine.rolloutReason ?? 'no reason given';
  return failed(look, 'deployment-failed', `ECS gave up on the deployment: ${why}`);
};

const stoppedByHand = (look: Look): Judgement =>
  failed(look, 'stopped', `somebody stopped the deployment: ${look.recordReason}`);

const rolledBack = (look: Look, reason: string): Judgement =>
  failed(
    look,
    'rolled-back-by-ecs',
    `ECS rolled the deployment back: ${mostTelling(look.failures) ?? reason}`,
  );

const ROLLS_BACK = /rolling back|rolled back/i;

/** Our deployment is not the newest any more: by ECS's own rollback, or by somebody else. */
const displaced = (look: Look): Judgement | undefined => {
  const { expected, service, mine, failures, record } = look;
  const primary = primaryOf(service);
  if (mine && mine === primary) return undefined;
  const elsewhere = primary !== undefined && primary.taskDefinition !== expected.taskDefinition;
  const saysRollback = elsewhere && ROLLS_BACK.test(primary.rolloutReason ?? '');
  if (!mine && !saysRollback && mayBeUnseen(look)) return undefined;
  if (saysRollback) return rolledBack(look, primary.rolloutReason ?? 'no reason given');
  if (elsewhere && primary.taskDefinition === expected.baseline) {
    const back = `put back to ${shortArn(expected.baseline)}`;
    if (record === 'successful' || record === 'ended') {
      return failed(look, 'replaced', `somebody else has ${back.replace('put', 'put the service')}`);
    }
    const why = mostTelling(failures) ?? 'by ECS or by somebody, no reason is left';
    return failed(look, 'rolled-back-by-ecs', `the service was ${back}: ${why}`);
  }
  const now = primary?.taskDefinition ?? service.taskDefinition;
  return now === expected.taskDefinition
    ? failed(look, 'replaced', `another deployment of ${shortArn(now)} has replaced ours`)
    : failed(look, 'foreign-change', `somebody else changed the service: it now runs ${shortArn(now)}`);
};

const completed = (look: Look): Judgement | undefined => {
  const { expected, service, mine, counts } = look;
  if (!mine || service.taskDefinition !== expected.taskDefinition) return undefined;
  if (mine.rolloutState === 'COMPLETED') return look.memory.tasksDue ? completedBare(look) : recorded(look);
  // Without a rolloutState (Classic Load Balancer) the counts are all there is.
  const alone = service.deployments.length === 1 && mine.pending === 0;
  const hasAll = mine.rolloutState === null && alone && counts.fresh === counts.desired;
  if (!hasAll) return undefined;
  return look.memory.tasksDue ? completedBare(look) : settled(look);
};

/** Completed without the tasks that were due: scaled to zero in mid-rollout, so that ECS's word proves nothing. */
const completedBare = (look: Look): Judgement => {
  const crash = look.hasLived ? undefined : firstOwnFailure(look.failures);
  const failure = proven(look) ?? (crash === undefined ? undefined : failed(look, 'task-failed', crash));
  if (failure) return failure;
  return look.counts.desired === 0 ? recorded(look) : (expired(look) ?? waiting(look));
};

const settled = ({ counts }: Look): Judgement => ({ state: counts.desired === 0 ? 'empty' : 'stable' });

/** The service shows our deployment completed: a success only if its own account agrees. */
const recorded = (look: Look): Judgement => {
  switch (look.record) {
    case 'open':
      return expired(look) ?? waiting(look);
    case 'ended':
      return failed(look, 'deployment-failed', `ECS stopped the deployment: ${look.recordReason}`);
    default:
      return settled(look);
  }
};

const proven = (look: Look): Judgement | undefined => {
  const proof = findProof(look.failures, look.oldPass, look.nowMs);
  return proof === undefined ? undefined : failed(look, 'task-failed', proof);
};

/** Not shown yet, or not any more for so short a time that it may be a read from a replica that lags behind. */
const mayBeUnseen = ({ expected, mine, memory, nowMs }: Look): boolean =>
  !mine && nowMs - (memory.missingSinceMs ?? expected.startedAtMs) < VISIBILITY_GRACE_MS;

const notVisible = (look: Look): Judgement | undefined =>
  mayBeUnseen(look)
    ? { state: 'waiting', phase: 'not-visible', detail: 'ECS does not show the deployment yet' }
    : undefined;

const expired = (look: Look): Judgement | undefined => {
  const { expected, memory, timing, nowMs } = look;
  const { capacitySinceMs, progressAtMs } = memory;
  const over = (kind: FailureKind, what: string, durationMs: number): Judgement =>
    failed(look, kind, `${what} ${Math.round(durationMs / 1000)} s: ${stateOf(look)}`);
  if (capacitySinceMs !== null && nowMs - capacitySinceMs >= timing.capacityTimeoutMs) {
    return over('no-capacity', 'no room for a task for', nowMs - capacitySinceMs);
  }
  if (capacitySinceMs === null && nowMs - progressAtMs >= timing.stallTimeoutMs) {
    return over('stalled', 'nothing has changed for', nowMs - progressAtMs);
  }
  // A load balancer that holds old connections, or alarms that ECS watches: nobody's fault, and the new tasks serve.
  const allMs = nowMs - expected.startedAtMs - Math.min(memory.idleMs, LONGEST_IDLE_MS);
  return allMs >= timing.stabilityTimeoutMs ? over('timed-out', 'not stable after', allMs) : undefined;
};

const waiting = (look: Look): Judgement => {
  const { counts, memory } = look;
  const detail = stateOf(look);
  if (memory.capacitySinceMs !== null) {
    return { state: 'waiting', phase: 'capacity', detail: `waiting for room to place a task: ${detail}` };
  }
  if (memory.baking) return { state: 'waiting', phase: 'baking', detail };
  const drains = counts.fresh >= counts.desired && (counts.draining > 0 || memory.oldLeft);
  return { state: 'waiting', phase: drains ? 'draining' : 'starting', detail };
};

/** `1/2 new running, 2 old left; container api exited with code 1`: a first failure is shown before it is proof. */
const stateOf = ({ counts, failures }: Look): string => {
  const trouble = mostTelling(failures);
  const draining = counts.draining > 0 ? `, ${counts.draining} draining` : '';
  const state = `${counts.fresh}/${counts.desired} new running, ${counts.old} old left${draining}`;
  return trouble === undefined ? state : `${state}; ${trouble}`;
};

/** ECS's clock and ours may differ by some seconds; the earlier of both moments starts the deployment. */
const startOf = (expected: Expectation, mine: DeploymentView | undefined): number =>
  Math.min(expected.startedAtMs, mine?.createdAtMs ?? expected.startedAtMs);

const failed = (look: Look, kind: FailureKind, summary: string): Judgement => ({
  state: 'failed',
  kind,
  summary,
  evidence: describeTasks(look.failures),
  context: look.context,
  suspects: suspectsOf(look.failures),
});
