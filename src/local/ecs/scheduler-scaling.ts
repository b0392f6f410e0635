// Which tasks to start and to stop, inside the window: never fewer healthy tasks than `lower` by our own doing,
// never more RUNNING and PENDING ones than `upper`. Old tasks go when new ones are healthy, not before –
// unless the window leaves no room for a new one and allows to make some.
import type {
  Decision,
  SchedulerDeployment,
  SchedulerInput,
  SchedulerResult,
  SchedulerTask,
} from './scheduler-types.ts';
import { reasons, stuckWindow } from './texts.ts';
import { deploymentWindow, restartDelayMs } from './window.ts';

export function scale(input: SchedulerInput, nowMs: number): SchedulerResult {
  const primary = input.deployments.find((deployment) => deployment.status === 'PRIMARY');
  if (!primary) return { decisions: [] };
  const plan = new Plan(input, primary);
  plan.stopSurplus();
  plan.stopOldTasks();
  plan.stopUnhealthyTasks();
  const wakeAtMs = plan.startMissing(nowMs);
  plan.sayIfStuck();
  return wakeAtMs === undefined ? { decisions: plan.decisions } : { decisions: plan.decisions, wakeAtMs };
}

class Plan {
  readonly decisions: Decision[] = [];
  readonly #input: SchedulerInput;
  readonly #primary: SchedulerDeployment;
  readonly #live: Set<SchedulerTask>;
  readonly #lower: number;
  readonly #upper: number;

  constructor(input: SchedulerInput, primary: SchedulerDeployment) {
    this.#input = input;
    this.#primary = primary;
    this.#live = new Set(input.tasks.filter((task) => task.phase === 'starting' || task.phase === 'running'));
    const window = deploymentWindow(input.desiredCount, input.configuration);
    this.#lower = window.lower;
    this.#upper = window.upper;
  }

  /** More of the PRIMARY than wanted (scaled in, or a sick task that got well): the least useful go. */
  stopSurplus(): void {
    const ranked = byUsefulness(this.#ofPrimary().filter((task) => !isUnhealthy(task)));
    for (const task of ranked.slice(this.#input.desiredCount)) {
      if (isHealthy(task) && this.#healthyCount() <= this.#lower) break;
      this.#stop(task, 'scaling', reasons.scaling(this.#primary.id));
    }
  }

  stopOldTasks(): void {
    const old = [...this.#live].filter((task) => task.deploymentId !== this.#primary.id);
    if (old.length === 0) return;
    // A broken deployment that failed without rollback holds still: what runs, keeps running.
    if (this.#primary.rolloutState === 'FAILED') {
      for (const task of old) if (isUnhealthy(task)) this.#stopUnhealthy(task);
      return;
    }
    const floor = Math.max(this.#lower, Math.min(this.#input.desiredCount, this.#floorWithoutNeed()));
    for (const task of [...old].sort(leastUsefulFirst)) {
      const wasServing = task.everHealthy && task.phase === 'running' && task.health === 'waiting';
      const spare = isHealthy(task)
        ? this.#healthyCount() > floor
        : !wasServing || this.#healthyCount() >= floor;
      if (isUnhealthy(task)) this.#stopUnhealthy(task);
      else if (spare) this.#stop(task, 'scaling', reasons.scaling(task.deploymentId));
    }
  }

  /** With room for a new task the old ones wait for it; without, they make room down to the lower limit. */
  #floorWithoutNeed(): number {
    const missing = this.#input.desiredCount - this.#ofPrimary().length;
    const blocked = missing > 0 && (this.#room() <= 0 || this.#input.placementBlockedUntilMs !== undefined);
    return blocked ? this.#lower : this.#input.desiredCount;
  }

  /**
   * During a rollout a new task that fails its checks goes at once. In a service at rest the replacement comes first,
   * and the sick one goes when that is healthy, or when there is no room for both – then one at a time.
   */
  stopUnhealthyTasks(): void {
    const sick = this.#ofPrimary().filter(isUnhealthy);
    if (sick.length === 0) return;
    const healthy = this.#ofPrimary().filter(isHealthy).length;
    if (this.#primary.rolloutState === 'IN_PROGRESS' || healthy >= this.#input.desiredCount) {
      for (const task of sick) this.#stopUnhealthy(task);
      return;
    }
    const [oldest] = sick.sort((a, b) => a.createdAtMs - b.createdAtMs);
    const replaced = this.#ofPrimary().length - sick.length >= this.#input.desiredCount;
    if (oldest && !replaced && this.#room() <= 0) this.#stopUnhealthy(oldest);
  }

  startMissing(nowMs: number): number | undefined {
    if (this.#primary.rolloutState === 'FAILED') return undefined;
    const useful = this.#ofPrimary().filter(
      (task) => task.health !== 'unhealthy' || task.phase !== 'running',
    );
    const count = Math.min(this.#input.desiredCount - useful.length, this.#room());
    if (count <= 0) return undefined;
    const { restartBaseMs, restartMaximumMs } = this.#input.timing;
    const readyAtMs =
      (this.#primary.lastFailureAtMs ?? Number.NEGATIVE_INFINITY) +
      restartDelayMs(this.#primary.failedTasks, restartBaseMs, restartMaximumMs);
    const waitUntilMs = Math.max(readyAtMs, this.#input.placementBlockedUntilMs ?? readyAtMs);
    if (waitUntilMs > nowMs) return waitUntilMs;
    this.decisions.push({ type: 'start-tasks', deploymentId: this.#primary.id, count });
    return undefined;
  }

  /** Legal, but nothing may move: e.g. one task wanted, 100 % at least, 100 % at most. */
  sayIfStuck(): void {
    const missing = this.#input.desiredCount - this.#ofPrimary().length;
    const atRest =
      this.decisions.length === 0 &&
      this.#input.tasks.every((task) => task.phase === 'stopped' || isHealthy(task));
    if (this.#primary.rolloutState === 'IN_PROGRESS' && missing > 0 && this.#room() <= 0 && atRest) {
      this.decisions.push({ type: 'event', message: stuckWindow(this.#input.serviceName) });
    }
  }

  #ofPrimary(): SchedulerTask[] {
    return [...this.#live].filter((task) => task.deploymentId === this.#primary.id);
  }

  #healthyCount(): number {
    return [...this.#live].filter(isHealthy).length;
  }

  #room(): number {
    return this.#upper - this.#live.size;
  }

  #stopUnhealthy(task: SchedulerTask): void {
    if (task.unhealthyEvent) this.decisions.push({ type: 'event', message: task.unhealthyEvent });
    this.#stop(task, 'unhealthy', task.unhealthyReason ?? reasons.containerHealth);
  }

  #stop(task: SchedulerTask, cause: 'scaling' | 'unhealthy', reason: string): void {
    this.#live.delete(task);
    this.decisions.push({ type: 'stop-task', taskId: task.id, cause, reason });
  }
}

function isHealthy(task: SchedulerTask): boolean {
  return task.phase === 'running' && task.health === 'healthy';
}

function isUnhealthy(task: SchedulerTask): boolean {
  return task.phase === 'running' && task.health === 'unhealthy';
}

function usefulness(task: SchedulerTask): number {
  if (task.phase === 'starting') return 1;
  if (task.health === 'unhealthy') return 0;
  if (task.health === 'healthy') return 4;
  return task.everHealthy ? 3 : 2;
}

/** Most useful first; among equals the oldest, which has proved itself longest. */
function byUsefulness(tasks: readonly SchedulerTask[]): SchedulerTask[] {
  return [...tasks].sort((a, b) => usefulness(b) - usefulness(a) || a.createdAtMs - b.createdAtMs);
}

function leastUsefulFirst(a: SchedulerTask, b: SchedulerTask): number {
  return usefulness(a) - usefulness(b) || a.createdAtMs - b.createdAtMs;
}
