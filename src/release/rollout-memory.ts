/**
 * What the judge keeps from one look to the next: how far the rollout has come, since when it has stood still,
 * since when there has been no room. Plain data; it lives in heartbeat details, so it survives the worker.
 */
import type { DeploymentView, ServiceEvent, ServiceView, StoppedTask } from './observation.ts';
import { isDraining } from './task-failure.ts';

export interface JudgeMemory {
  readonly seen: boolean;
  /** Most new tasks that ever ran at once, fewest old ones: a crash loop moves too, but never past these. */
  readonly mostNew: number;
  readonly fewestOld: number | null;
  readonly progressAtMs: number;
  readonly capacitySinceMs: number | null;
  /** Since when our deployment, once seen, has been absent. */
  readonly missingSinceMs: number | null;
}

export const initialMemory = (nowMs: number): JudgeMemory => ({
  seen: false,
  mostNew: 0,
  fewestOld: null,
  progressAtMs: nowMs,
  capacitySinceMs: null,
  missingSinceMs: null,
});

/** What of a service is ours and what is not. */
export interface Counts {
  readonly fresh: number;
  readonly old: number;
  readonly desired: number;
}

export const countTasks = (service: ServiceView, mine: DeploymentView | undefined): Counts => ({
  fresh: mine?.running ?? 0,
  old: service.deployments
    .filter((deployment) => deployment !== mine)
    .reduce((sum, deployment) => sum + deployment.running, 0),
  desired: service.desired,
});

export const remember = (
  memory: JudgeMemory,
  counts: Counts,
  mine: DeploymentView | undefined,
  stopped: readonly StoppedTask[],
  events: readonly ServiceEvent[],
  nowMs: number,
): JudgeMemory => {
  const mostNew = Math.max(memory.mostNew, counts.fresh);
  const fewestOld = Math.min(memory.fewestOld ?? counts.old, counts.old);
  const moved =
    mostNew > memory.mostNew ||
    fewestOld < (memory.fewestOld ?? counts.old) ||
    (mine !== undefined && !memory.seen);
  // A load balancer may take up to an hour to let go of an old task (deregistration delay): that is no stall.
  const drains = stopped.some((task) => task.startedBy !== mine?.id && isDraining(task));
  const shortage = counts.fresh < counts.desired && !moved ? openShortage(events) : undefined;
  // The time spent waiting for room is not held against what comes after it.
  const roomAgain = memory.capacitySinceMs !== null && !shortage;
  return {
    seen: memory.seen || mine !== undefined,
    mostNew,
    fewestOld,
    progressAtMs: moved || drains || roomAgain ? nowMs : memory.progressAtMs,
    capacitySinceMs: shortage
      ? (memory.capacitySinceMs ?? Math.max(shortage.atMs, memory.progressAtMs))
      : null,
    missingSinceMs: mine || !memory.seen ? null : (memory.missingSinceMs ?? nowMs),
  };
};

const UNPLACED = /unable to place a task/i;
const PLACED = /has started \d+ tasks/i;

/** ECS says it once and then not again for up to six hours: it holds until a task is started. */
const openShortage = (events: readonly ServiceEvent[]): ServiceEvent | undefined => {
  const latest = events.find(({ message }) => UNPLACED.test(message) || PLACED.test(message));
  return latest && UNPLACED.test(latest.message) ? latest : undefined;
};
