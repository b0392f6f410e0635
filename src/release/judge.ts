/**
 * The judge of one rollout: a pure function of what ECS shows and what was seen before.
 * It says "stable" only for *our* deployment with *our* task definition, and "failed" on evidence rather than
 * on time alone. Every rule has a row in test/release/judge.test.ts.
 */
import type { DeploymentView, ServiceView, StoppedTask } from './observation.ts';
import { primaryOf } from './observation.ts';
import type { Timing } from './plan.ts';
import { readStoppedTask, type TaskFailure } from './task-failure.ts';

/** What we asked ECS for. */
export interface Expectation {
  readonly service: string;
  readonly taskDefinition: string;
  /** Id of the deployment that our UpdateService made (or found). */
  readonly deploymentId: string;
  /** What ECS itself would roll back to; absent for a first-ever deployment. */
  readonly baseline: string | null;
  readonly startedAtMs: number;
}

/** What earlier polls left behind; lives in heartbeat details, so it survives the worker. */
export interface JudgeMemory {
  readonly seen: boolean;
  readonly progress: string;
  readonly progressAtMs: number;
  readonly capacitySinceMs: number | null;
}

export type FailureKind =
  | 'task-failed'
  | 'rolled-back-by-ecs'
  | 'deployment-failed'
  | 'foreign-change'
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

/** A deployment may take some seconds to show up after UpdateService (facts 2, "Also"; 3.5). */
export const VISIBILITY_GRACE_MS = 15_000;

export const initialMemory = (nowMs: number): JudgeMemory => ({
  seen: false,
  progress: '',
  progressAtMs: nowMs,
  capacitySinceMs: null,
});

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
    return { judgement: failed('service-gone', `service ${expected.service} ${state}`), memory };
  }
  const mine = service.deployments.find((deployment) => deployment.id === expected.deploymentId);
  const next = remember(memory, service, mine, expected, nowMs);
  const evidence = evidenceOf(service, stopped, expected, mine);
  const judgement =
    displaced(expected, service, mine, memory, evidence, stopped, nowMs) ??
    completed(expected, service, mine) ??
    proven(expected, stopped, evidence) ??
    expired(expected, next, timing, nowMs, evidence) ??
    waiting(expected, service, mine, next);
  return { judgement, memory: next };
};

/** Our deployment is gone, failed, or no longer the newest: by ECS's own rollback, or by somebody else. */
const displaced = (
  expected: Expectation,
  service: ServiceView,
  mine: DeploymentView | undefined,
  memory: JudgeMemory,
  evidence: readonly string[],
  stopped: readonly StoppedTask[],
  nowMs: number,
): Judgement | undefined => {
  const primary = primaryOf(service);
  if (mine?.rolloutState === 'FAILED') {
    const why = mostTelling(expected, stopped)?.summary ?? mine.rolloutReason ?? 'no reason given';
    return failed('deployment-failed', `ECS gave up on the deployment: ${why}`, evidence);
  }
  if (mine && mine === primary) return undefined;
  if (!mine && !memory.seen && nowMs - expected.startedAtMs < VISIBILITY_GRACE_MS) {
    return { state: 'waiting', phase: 'not-visible', detail: 'ECS does not show the deployment yet' };
  }
  const byEcs =
    primary !== undefined &&
    primary.taskDefinition !== expected.taskDefinition &&
    (primary.taskDefinition === expected.baseline || /rolling back/i.test(primary.rolloutReason ?? ''));
  if (byEcs) {
    const why = mostTelling(expected, stopped)?.summary ?? primary.rolloutReason ?? 'no reason given';
    return failed('rolled-back-by-ecs', `ECS rolled the deployment back: ${why}`, evidence);
  }
  return failed(
    'foreign-change',
    `somebody else changed the service: it now runs ${shortArn(primary?.taskDefinition ?? service.taskDefinition)}`,
    evidence,
  );
};

const completed = (
  expected: Expectation,
  service: ServiceView,
  mine: DeploymentView | undefined,
): Judgement | undefined => {
  if (!mine || mine.taskDefinition !== expected.taskDefinition) return undefined;
  if (service.taskDefinition !== expected.taskDefinition) return undefined;
  if (mine.rolloutState === 'COMPLETED') return { state: 'stable' };
  // Without a rolloutState (Classic Load Balancer) the counts are all there is.
  const alone = service.deployments.length === 1 && mine.running === service.desired && mine.pending === 0;
  return mine.rolloutState === null && alone ? { state: 'stable' } : undefined;
};

/** One decisive failure, or the same failure twice, ends the wait. */
const proven = (
  expected: Expectation,
  stopped: readonly StoppedTask[],
  evidence: readonly string[],
): Judgement | undefined => {
  const failures = failuresOf(expected, stopped);
  const decisive = failures.find((failure) => failure.decisive);
  if (decisive) return failed('task-failed', decisive.summary, evidence);
  const counts = new Map<string, number>();
  for (const failure of failures) {
    const count = (counts.get(failure.signature) ?? 0) + 1;
    // A host that dies twice is bad luck, not a bad release.
    if (count >= 2 && failure.kind !== 'infrastructure') {
      const times = failures.filter((other) => other.signature === failure.signature).length;
      return failed('task-failed', `${failure.summary}, ${times} times`, evidence);
    }
    counts.set(failure.signature, count);
  }
  return undefined;
};

const expired = (
  expected: Expectation,
  memory: JudgeMemory,
  timing: Timing,
  nowMs: number,
  evidence: readonly string[],
): Judgement | undefined => {
  const { capacitySinceMs } = memory;
  if (capacitySinceMs !== null && nowMs - capacitySinceMs >= timing.capacityTimeoutMs) {
    return failed('no-capacity', `no room for a task for ${seconds(nowMs - capacitySinceMs)}`, evidence);
  }
  if (capacitySinceMs === null && nowMs - memory.progressAtMs >= timing.stallTimeoutMs) {
    return failed('stalled', `nothing has changed for ${seconds(nowMs - memory.progressAtMs)}`, evidence);
  }
  const allMs = nowMs - expected.startedAtMs;
  if (allMs >= timing.stabilityTimeoutMs) {
    return failed('timed-out', `not stable after ${seconds(allMs)}`, evidence);
  }
  return undefined;
};

const waiting = (
  expected: Expectation,
  service: ServiceView,
  mine: DeploymentView | undefined,
  memory: JudgeMemory,
): Judgement => {
  if (memory.capacitySinceMs !== null) {
    return { state: 'waiting', phase: 'capacity', detail: 'waiting for room to place a task' };
  }
  const fresh = mine?.running ?? 0;
  const old = service.deployments
    .filter((deployment) => deployment.id !== expected.deploymentId)
    .reduce((sum, deployment) => sum + deployment.running, 0);
  const phase = fresh >= service.desired && old > 0 ? 'draining' : 'starting';
  return { state: 'waiting', phase, detail: `${fresh}/${service.desired} new running, ${old} old left` };
};

const CAPACITY = /was unable to place a task/i;

const remember = (
  memory: JudgeMemory,
  service: ServiceView,
  mine: DeploymentView | undefined,
  expected: Expectation,
  nowMs: number,
): JudgeMemory => {
  // Only movement towards the goal counts as progress: a crash loop moves too, but goes nowhere.
  const old = service.deployments.filter((deployment) => deployment.id !== expected.deploymentId);
  const best = Math.max(mine?.running ?? 0, Number(memory.progress.split('/')[0] || 0));
  const progress = `${best}/${old.reduce((sum, deployment) => sum + deployment.running, 0)}`;
  const moved = progress !== memory.progress || (mine !== undefined && !memory.seen);
  const newest = service.events.find((event) => event.atMs >= since(expected, mine));
  const short =
    newest !== undefined && CAPACITY.test(newest.message) && (mine?.running ?? 0) < service.desired && !moved;
  return {
    seen: memory.seen || mine !== undefined,
    progress,
    progressAtMs: moved ? nowMs : memory.progressAtMs,
    capacitySinceMs: short ? (memory.capacitySinceMs ?? newest.atMs) : null,
  };
};

const failuresOf = (expected: Expectation, stopped: readonly StoppedTask[]): readonly TaskFailure[] =>
  stopped
    .filter((task) => task.startedBy === expected.deploymentId)
    .map(readStoppedTask)
    .filter((failure) => failure !== null);

const mostTelling = (expected: Expectation, stopped: readonly StoppedTask[]): TaskFailure | undefined => {
  const failures = failuresOf(expected, stopped);
  return failures.find((failure) => failure.decisive) ?? failures[0];
};

const EVIDENCE_TASKS = 3;
const EVIDENCE_EVENTS = 5;

const evidenceOf = (
  service: ServiceView,
  stopped: readonly StoppedTask[],
  expected: Expectation,
  mine: DeploymentView | undefined,
): readonly string[] => {
  const tasks = stopped
    .filter((task) => task.startedBy === expected.deploymentId && readStoppedTask(task) !== null)
    .slice(0, EVIDENCE_TASKS)
    .map((task) => {
      const exits = task.containers
        .filter((container) => container.exitCode !== null || container.reason !== null)
        .map(
          (container) =>
            `${container.name}: ${[container.exitCode, container.reason].filter((part) => part !== null).join(' ')}`,
        );
      return `task ${shortArn(task.arn)} stopped: ${[task.stoppedReason ?? task.stopCode ?? 'no reason', ...exits].join('; ')}`;
    });
  const events = service.events
    .filter((event) => event.atMs >= since(expected, mine))
    .slice(0, EVIDENCE_EVENTS)
    .map((event) => `event: ${event.message}`);
  return [...tasks, ...events];
};

/** ECS's clock and ours may differ by some seconds; the earlier of both moments starts the deployment. */
const since = (expected: Expectation, mine: DeploymentView | undefined): number =>
  Math.min(expected.startedAtMs, mine?.createdAtMs ?? expected.startedAtMs);

const failed = (kind: FailureKind, summary: string, evidence: readonly string[] = []): Judgement => ({
  state: 'failed',
  kind,
  summary,
  evidence,
});

const seconds = (durationMs: number): string => `${Math.round(durationMs / 1000)} s`;

/** `arn:…:task-definition/api:7` → `api:7`, `arn:…:task/cluster/0123` → `0123`. */
export const shortArn = (arn: string): string => arn.split('/').at(-1) ?? arn;
