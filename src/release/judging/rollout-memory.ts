/**
 * What the judge keeps from one look to the next: how far the rollout has come, since when it has stood still,
 * since when there has been no room, how long ECS itself has only waited. Plain data; it lives in heartbeat
 * details, so it survives the worker.
 */
import type {
  DeploymentView,
  ServiceDeploymentView,
  ServiceEvent,
  ServiceView,
  StoppedTask,
} from './observation.ts';
import { isBaking, readRecord } from './rollout-record.ts';
import { isDraining } from './task-failure.ts';

export interface JudgeMemory {
  readonly seen: boolean;
  /** Most new tasks that ever ran at once, fewest old ones: a crash loop moves too, but never past these. */
  readonly mostNew: number;
  readonly fewestOld: number | null;
  /** Tasks of ours were wanted, and ECS has not called the deployment complete with any: scaled to zero, it proves nothing. */
  readonly tasksDue: boolean;
  /** True once an old task has gone: ECS lets go of them as new ones are healthy. */
  readonly oldLeft: boolean;
  readonly progressAtMs: number;
  readonly capacitySinceMs: number | null;
  /** Since when our deployment, once seen, has been absent. */
  readonly missingSinceMs: number | null;
  readonly lookedAtMs: number;
  /** Time in which ECS only waited, for old tasks to finish their connections or for alarms: nobody's delay. */
  readonly idleMs: number;
  readonly baking: boolean;
  /** When the service deployment was last read. */
  readonly recordAtMs: number | null;
  /** It said SUCCESSFUL, which is final: it need not be read again. */
  readonly recordedSuccess: boolean;
}

export const initialMemory = (nowMs: number): JudgeMemory => ({
  seen: false,
  mostNew: 0,
  fewestOld: null,
  tasksDue: false,
  oldLeft: false,
  progressAtMs: nowMs,
  capacitySinceMs: null,
  missingSinceMs: null,
  lookedAtMs: nowMs,
  idleMs: 0,
  baking: false,
  recordAtMs: null,
  recordedSuccess: false,
});

/**
 * A load balancer lets go of an old task within an hour at most (deregistration delay), a container may take some
 * minutes to end after that; so long at most the clocks of a rollout stand still.
 */
export const LONGEST_IDLE_MS = 70 * 60_000;

/** What of a service is ours and what is not. */
export interface Counts {
  readonly fresh: number;
  readonly old: number;
  readonly desired: number;
  /** Old tasks that have been told to stop and finish their connections: ECS does not count them as running. */
  readonly draining: number;
}

export const countTasks = (
  service: ServiceView,
  mine: DeploymentView | undefined,
  stopped: readonly StoppedTask[],
): Counts => ({
  fresh: mine?.running ?? 0,
  old: service.deployments
    .filter((deployment) => deployment !== mine)
    .reduce((sum, deployment) => sum + deployment.running, 0),
  desired: service.desired,
  draining: stopped.filter((task) => task.startedBy !== mine?.id && isDraining(task)).length,
});

export interface Glimpse {
  readonly counts: Counts;
  readonly mine: DeploymentView | undefined;
  readonly events: readonly ServiceEvent[];
  /** A task of ours has failed. */
  readonly hasFailed: boolean;
  /** Undefined: not asked. */
  readonly record: ServiceDeploymentView | null | undefined;
}

export const remember = (memory: JudgeMemory, glimpse: Glimpse, nowMs: number): JudgeMemory => {
  const { counts, mine, events, record } = glimpse;
  const mostNew = Math.max(memory.mostNew, counts.fresh);
  const fewestOld = Math.min(memory.fewestOld ?? counts.old, counts.old);
  const fewerOld = fewestOld < (memory.fewestOld ?? counts.old);
  const moved = mostNew > memory.mostNew || fewerOld || (mine !== undefined && !memory.seen);
  const baking =
    record === undefined
      ? memory.baking && mine !== undefined && counts.fresh >= counts.desired
      : isBaking(mine, counts, record);
  const idles = (baking || onlyDrains(glimpse)) && memory.idleMs < LONGEST_IDLE_MS;
  const drains = counts.draining > 0 && memory.idleMs < LONGEST_IDLE_MS;
  const shortage = counts.fresh < counts.desired && !moved ? openShortage(events) : undefined;
  // The time spent waiting for room is not held against what comes after it.
  const roomAgain = memory.capacitySinceMs !== null && !shortage;
  return {
    seen: memory.seen || mine !== undefined,
    mostNew,
    fewestOld,
    tasksDue: areTasksDue(memory, mine, counts),
    oldLeft: memory.oldLeft || fewerOld,
    progressAtMs: moved || drains || baking || roomAgain ? nowMs : memory.progressAtMs,
    capacitySinceMs: shortage
      ? (memory.capacitySinceMs ?? Math.max(shortage.atMs, memory.progressAtMs))
      : null,
    missingSinceMs: mine || !memory.seen ? null : (memory.missingSinceMs ?? nowMs),
    lookedAtMs: nowMs,
    idleMs: memory.idleMs + (idles ? Math.max(0, nowMs - memory.lookedAtMs) : 0),
    baking,
    recordAtMs: record === undefined ? memory.recordAtMs : nowMs,
    recordedSuccess: memory.recordedSuccess || (record != null && readRecord(record) === 'successful'),
  };
};

/** While it is scaled to zero, what was due before stays due. */
export const areTasksDue = (
  memory: JudgeMemory,
  mine: DeploymentView | undefined,
  { fresh, desired }: Counts,
): boolean => {
  if (!mine || desired === 0) return memory.tasksDue;
  if (mine.rolloutState === 'COMPLETED') return memory.tasksDue && fresh === 0;
  return mine.rolloutState !== null || fresh < desired;
};

/** Nothing can happen before the old tasks are gone: the new ones are there, or have no room beside them. */
const onlyDrains = ({ counts, mine, hasFailed }: Glimpse): boolean =>
  counts.draining > 0 && (counts.fresh >= counts.desired || (mine?.pending === 0 && !hasFailed));

const UNPLACED = /unable to place a task/i;
const PLACED = /has started \d+ tasks/i;

/** ECS says it once and then not again for up to six hours: it holds until a task is started. */
const openShortage = (events: readonly ServiceEvent[]): ServiceEvent | undefined => {
  const latest = events.find(({ message }) => UNPLACED.test(message) || PLACED.test(message));
  return latest && UNPLACED.test(latest.message) ? latest : undefined;
};
