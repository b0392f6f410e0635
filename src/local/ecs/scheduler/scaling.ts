// Which tasks to start and to stop, inside the window: never fewer healthy tasks than `lower` by our own doing,
// never more RUNNING and PENDING ones than `upper`. Old tasks go when new ones are healthy, not before –
// unless the window leaves no room for a new one and allows to make some. Old tasks that end in mid-rollout are
// replaced by tasks of their own revision, up to the lower limit (AWS, November 2025).

import { reasons, stuckWindow } from '../texts.ts';
import type {
  Decision,
  SchedulerDeployment,
  SchedulerInput,
  SchedulerResult,
  SchedulerTask,
} from './types.ts';
import { deploymentWindow, restartDelayMs } from './window.ts';

export function scale(input: SchedulerInput, nowMs: number): SchedulerResult {
  const primary = input.deployments.find((deployment) => deployment.status === 'PRIMARY');
  if (!primary) return { decisions: [] };
  const plan = new Plan(input, primary, nowMs);
  plan.stopSurplus();
  plan.stopLeaving();
  plan.stopOldTasks();
  plan.stopUnhealthyTasks();
  plan.stopAboveUpper();
  plan.replaceOldTasks();
  plan.startMissing();
  plan.sayIfStuck();
  const { decisions, wakeAtMs } = plan;
  return wakeAtMs === undefined ? { decisions } : { decisions, wakeAtMs };
}

/** The deployment that served before, and how many of its tasks are still wanted until the PRIMARY can do without. */
export function wantedFromSource(
  input: SchedulerInput,
): { readonly source: SchedulerDeployment; readonly count: number } | undefined {
  const primary = input.deployments.find((deployment) => deployment.status === 'PRIMARY');
  const source = input.deployments.find(
    (deployment) =>
      deployment !== primary &&
      // A rollback that was superseded on its way is still what served before.
      (deployment.rolloutState === 'COMPLETED' ||
        (deployment.id === input.lastCompletedId && deployment.rolloutState !== 'FAILED')),
  );
  if (!source || !primary) return undefined;
  const { lower } = deploymentWindow(input.desiredCount, input.configuration);
  const healthy = input.tasks.filter((task) => task.deploymentId === primary.id && isHealthy(task));
  return { source, count: Math.max(0, Math.min(lower, source.wantedTasks ?? lower) - healthy.length) };
}

class Plan {
  readonly decisions: Decision[] = [];
  readonly #input: SchedulerInput;
  readonly #primary: SchedulerDeployment;
  readonly #live: Set<SchedulerTask>;
  readonly #lower: number;
  readonly #upper: number;
  readonly #nowMs: number;
  #started = 0;
  wakeAtMs: number | undefined;

  constructor(input: SchedulerInput, primary: SchedulerDeployment, nowMs: number) {
    this.#nowMs = nowMs;
    this.#input = input;
    this.#primary = primary;
    this.#live = new Set(input.tasks.filter((task) => task.phase === 'starting' || task.phase === 'running'));
    const window = deploymentWindow(input.desiredCount, input.configuration);
    this.#lower = window.lower;
    this.#upper = window.upper;
  }

  /** More of the PRIMARY than wanted (scaled in, or a sick task that got well): the least useful go; as many stay. */
  stopSurplus(): void {
    const ranked = byUsefulness(this.#ofPrimary().filter(isStaying));
    for (const task of ranked.slice(this.#input.desiredCount)) {
      this.#stop(task, 'scaling', reasons.scaling(this.#primary.id));
    }
  }

  /**
   * Tasks on a drained instance: those that do not serve yet go at once, the others when as many healthy ones stay as
   * must. Their replacement comes first where there is room. Source: "Draining Amazon ECS container instances".
   */
  stopLeaving(): void {
    const floor = this.#floor();
    for (const task of [...this.#live].filter((each) => each.leaving !== undefined && !isUnhealthy(each))) {
      const serves = isHealthy(task) || (task.phase === 'running' && task.everHealthy);
      if (serves && this.#healthyCount() - (isHealthy(task) ? 1 : 0) < floor) continue;
      this.#stop(task, 'scaling', task.leaving ?? reasons.scaling(task.deploymentId));
    }
  }

  stopOldTasks(): void {
    const old = [...this.#live].filter((task) => task.deploymentId !== this.#primary.id);
    if (old.length === 0) return;
    this.#stopSickOldTasks(old.filter(isUnhealthy));
    const serving = old.filter((each) => !isUnhealthy(each) && this.#live.has(each)).sort(leastUsefulFirst);
    if (this.#primary.rolloutState === 'FAILED') {
      // It failed without rollback: what runs keeps running, up to the number that is wanted by now.
      const source = wantedFromSource(this.#input)?.source.id;
      const useful = serving.filter(
        (each) => isStaying(each) && (isHealthy(each) || each.deploymentId === source),
      );
      const surplus = useful.slice(0, Math.max(0, useful.length - this.#input.desiredCount));
      for (const task of surplus) this.#stop(task, 'scaling', reasons.scaling(task.deploymentId));
      return;
    }
    const floor = this.#floor();
    for (const task of serving) {
      if (this.#isSpare(task, floor)) this.#stop(task, 'scaling', reasons.scaling(task.deploymentId));
    }
  }

  #isSpare(task: SchedulerTask, floor: number): boolean {
    if (isHealthy(task)) return this.#healthyCount() > floor;
    // It served before this process looked: its health is only not known again yet.
    if (task.everHealthy && task.phase === 'running') return this.#healthyCount() >= floor;
    const wanted = wantedFromSource(this.#input);
    return task.deploymentId !== wanted?.source.id || this.#usefulOld() > wanted.count;
  }

  /** As in a service at rest: the replacement first, where there is room for it and it is still wanted. */
  #stopSickOldTasks(sick: readonly SchedulerTask[]): void {
    const wanted = wantedFromSource(this.#input);
    for (const task of sick) {
      const replaceable = task.deploymentId === wanted?.source.id;
      const needed = replaceable && this.#healthyOld() < wanted.count;
      const coming = replaceable && this.#usefulOld() >= wanted.count;
      if (!needed || (!coming && this.#room() <= 0)) this.#stopUnhealthy(task);
    }
  }

  replaceOldTasks(): void {
    const wanted = wantedFromSource(this.#input);
    if (wanted) this.#start(wanted.source, wanted.count - this.#usefulOld());
  }

  #healthyOld(): number {
    return [...this.#live].filter((task) => task.deploymentId !== this.#primary.id && isHealthy(task)).length;
  }

  #usefulOld(): number {
    const source = wantedFromSource(this.#input)?.source.id;
    return [...this.#live].filter(
      (task) =>
        task.deploymentId !== this.#primary.id &&
        task.leaving === undefined &&
        (isHealthy(task) || (task.deploymentId === source && !isUnhealthy(task))),
    ).length;
  }

  /** With room for a new task those that go wait for it; without, they make room down to the lower limit. */
  #floor(): number {
    const staying = this.#ofPrimary().filter((task) => task.leaving === undefined).length;
    const missing = this.#input.desiredCount - staying;
    const blocked = missing > 0 && (this.#room() <= 0 || this.#input.placementBlockedUntilMs !== undefined);
    return blocked ? this.#lower : Math.max(this.#lower, this.#input.desiredCount);
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

  /** Scaled in during a rollout: the window became smaller, and the least useful tasks go until it holds again. */
  stopAboveUpper(): void {
    for (const task of byUsefulness([...this.#live]).reverse()) {
      if (this.#live.size <= this.#upper) return;
      if (isHealthy(task) && this.#healthyCount() <= this.#lower) return;
      this.#stop(task, 'scaling', reasons.scaling(task.deploymentId));
    }
  }

  startMissing(): void {
    if (this.#primary.rolloutState === 'FAILED') return;
    this.#start(this.#primary, this.#input.desiredCount - this.#ofPrimary().filter(isStaying).length);
  }

  /** As many as there is room for – later, if starts of this deployment failed or found no machine. */
  #start(deployment: SchedulerDeployment, missing: number): void {
    const count = Math.min(missing, this.#room());
    if (count <= 0) return;
    const { restartBaseMs, restartMaximumMs } = this.#input.timing;
    const readyAtMs =
      (deployment.lastFailureAtMs ?? Number.NEGATIVE_INFINITY) +
      restartDelayMs(deployment.failedTasks, restartBaseMs, restartMaximumMs);
    const waitUntilMs = Math.max(readyAtMs, this.#input.placementBlockedUntilMs ?? readyAtMs);
    if (waitUntilMs > this.#nowMs) {
      this.wakeAtMs = Math.min(this.wakeAtMs ?? waitUntilMs, waitUntilMs);
      return;
    }
    this.#started += count;
    const sick = this.#input.tasks.filter((task) => task.deploymentId === deployment.id && isUnhealthy(task));
    const replacing = Math.min(count, sick.length);
    this.decisions.push({ type: 'start-tasks', deploymentId: deployment.id, count, replacing });
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
    return this.#upper - this.#live.size - this.#started;
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

/** Neither sick nor on a machine that is drained: no replacement is needed. */
function isStaying(task: SchedulerTask): boolean {
  return !isUnhealthy(task) && task.leaving === undefined;
}

function usefulness(task: SchedulerTask): number {
  if (task.phase === 'starting') return 1;
  if (task.health === 'unhealthy') return 0;
  if (task.health === 'healthy') return task.leaving === undefined ? 5 : 4;
  return task.everHealthy ? 3 : 2;
}

/** Most useful first; among equals the oldest, which has proved itself longest. */
function byUsefulness(tasks: readonly SchedulerTask[]): SchedulerTask[] {
  return [...tasks].sort((a, b) => usefulness(b) - usefulness(a) || a.createdAtMs - b.createdAtMs);
}

function leastUsefulFirst(a: SchedulerTask, b: SchedulerTask): number {
  return usefulness(a) - usefulness(b) || a.createdAtMs - b.createdAtMs;
}
