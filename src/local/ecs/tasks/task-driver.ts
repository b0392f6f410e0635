// Takes one task through its life: PROVISIONING → PENDING → ACTIVATING → RUNNING → DEACTIVATING → STOPPING
// → DEPROVISIONING → STOPPED. Every step is written down before its effect, so that a new process takes it up.

import { type ContainerRecord, containersOf, type TaskRecord } from '../model.ts';
import { containerOf } from '../store.ts';
import { type ContainerPlan, stopTimeoutMs } from './container-plan.ts';
import { readiness, stopInOrder } from './dependencies.ts';
import { type DriverPorts, orderStop, type StopOrder, type TaskHost } from './task-host.ts';
import { pullImages } from './task-images.ts';
import { followTaskLogs, openTaskLogs } from './task-logs.ts';
import { applyObservation, howItEnded } from './task-observation.ts';
import { type ContainerObservation, type GoneContainer, RuntimeError } from './task-runtime.ts';
import { TaskTargets } from './task-targets.ts';

/** Thousands of last lines on a busy machine take seconds. */
const logDrainMs = 30_000;

export class TaskDriver {
  readonly task: TaskRecord;
  readonly #ports: DriverPorts;
  readonly #host: TaskHost;
  readonly #targets: TaskTargets;
  readonly #logsFollowed: Promise<void>[] = [];
  #plans: ContainerPlan[] = [];
  #imageIds = new Map<string, string>();
  #starting = new Set<string>();
  #advancing: Promise<void> = Promise.resolve();
  #ended: (() => void) | undefined;
  #waking: NodeJS.Timeout | undefined;
  #stopRequested = new AbortController();

  constructor(task: TaskRecord, ports: DriverPorts, host: TaskHost) {
    this.task = task;
    this.#ports = ports;
    this.#host = host;
    this.#targets = new TaskTargets(task, ports.targetGroups);
  }

  /** A new task, or one that an earlier process left; `observed` is what the engine has of it. */
  async run(observed: readonly ContainerObservation[] = []): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#ended = resolve;
    });
    for (const observation of observed) this.#adopt(observation);
    this.#missContainersThatAreGone(observed);
    if (this.task.desiredStatus === 'STOPPED') void this.#shutDown();
    else void this.#launch();
    await ended;
  }

  /** Tells a task to stop; a second order changes nothing. */
  stop(order: StopOrder): void {
    if (!orderStop(this.task, order)) return;
    this.#host.changed(this.task);
    this.#stopRequested.abort();
    void this.#shutDown();
  }

  observe(observation: ContainerObservation | GoneContainer): void {
    if (this.task.lastStatus === 'STOPPED') return;
    if (!applyObservation(this.task, observation)) return;
    this.#changed();
    this.#react();
  }

  #adopt(observation: ContainerObservation): void {
    if (observation.state === 'created') return;
    applyObservation(this.task, observation);
    this.#follow(observation.name, observation.runtimeId);
  }

  #missContainersThatAreGone(observed: readonly ContainerObservation[]): void {
    for (const container of this.task.containers) {
      const { name, runtimeId } = container;
      if (runtimeId === undefined || container.lastStatus === 'STOPPED') continue;
      if (observed.some((observation) => observation.runtimeId === runtimeId)) continue;
      applyObservation(this.task, { taskId: this.task.id, name, runtimeId, state: 'gone' });
    }
  }

  async #launch(): Promise<void> {
    try {
      this.#plans = await this.#host.plan();
      if (this.task.containers.some((container) => container.lastStatus === 'PENDING')) await this.#pullAll();
      if (this.#isStopping()) return;
      openTaskLogs(this.task, this.#host.definition, this.#ports.logs);
      this.#react();
    } catch (error) {
      this.#failToStart(error);
    }
  }

  async #pullAll(): Promise<void> {
    this.#enter('PENDING');
    await this.#ports.saved();
    const { definition, pinnedDigest, resolved } = this.#host;
    const stopRequested = this.#stopRequested.signal;
    const { runtime } = this.#ports;
    this.#imageIds = await pullImages({
      task: this.task,
      definition,
      runtime,
      pinnedDigest,
      resolved,
      stopRequested,
    });
  }

  /** After any change: stop if an essential container ended, else start what may start, else be RUNNING. */
  #react(): void {
    if (this.#isStopping()) return;
    const { containers } = this.task;
    if (containers.some((container) => container.essential && container.lastStatus === 'STOPPED')) {
      // All its containers had started: it was running, if only for a moment.
      if (containers.every(({ startedAtMs }) => startedAtMs !== undefined)) {
        this.task.startedAtMs ??= Date.now();
      }
      this.stop(howItEnded(containers));
      return;
    }
    if (containers.some((container) => container.lastStatus === 'PENDING')) {
      this.#advancing = Promise.all([this.#advancing, this.#startReady()]).then(() => undefined);
      return;
    }
    if (this.task.lastStatus === 'RUNNING' && this.#targets.areRegistered()) return;
    if (this.task.lastStatus !== 'RUNNING') this.#enter('ACTIVATING');
    this.#host.balanced('registered', this.#targets.register());
    this.task.startedAtMs ??= Date.now();
    this.#enter('RUNNING');
  }

  async #startReady(): Promise<void> {
    const startable = this.#plans.filter((plan) => this.#mayStart(plan));
    await Promise.all(startable.map((plan) => this.#startOne(plan)));
  }

  #mayStart({ spec, dependsOn }: ContainerPlan): boolean {
    const container = containerOf(this.task, spec.name);
    if (container.lastStatus !== 'PENDING' || this.#starting.has(spec.name)) return false;
    const { containers } = this.task;
    const definitions = containersOf(this.#host.definition);
    const nowMs = Date.now();
    const found = readiness({ target: spec.name, dependsOn, containers, definitions, nowMs });
    switch (found.state) {
      case 'ready':
        return true;
      case 'wait':
        if (found.untilMs !== undefined) this.#lookAgainAt(found.untilMs);
        return false;
      case 'never':
        this.#giveUp(container, found.reason);
        return false;
    }
  }

  /** The agent gives it the exit code of a container that was told to stop. */
  #giveUp(container: ContainerRecord, reason: string): void {
    container.reason = `CannotStartContainerError: ${reason}`;
    container.exitCode = 143;
    container.lastStatus = 'STOPPED';
    this.#changed();
    if (container.essential) this.#failToStart(new Error('Task failed to start'));
    else setImmediate(() => this.#react());
  }

  #lookAgainAt(timeMs: number): void {
    clearTimeout(this.#waking);
    this.#waking = setTimeout(() => this.#react(), Math.max(1, timeMs - Date.now()));
    this.#waking.unref();
  }

  async #startOne(plan: ContainerPlan): Promise<void> {
    const { name } = plan.spec;
    const imageId = this.#imageIds.get(name);
    if (imageId === undefined || this.#isStopping()) return;
    this.#starting.add(name);
    try {
      const observation = await this.#ports.runtime.run({ ...plan.spec, imageId });
      this.#follow(name, observation.runtimeId);
      applyObservation(this.task, observation);
      this.#changed();
      this.#react();
    } catch (error) {
      const container = containerOf(this.task, name);
      container.reason = error instanceof RuntimeError ? `${error.code}: ${error.message}` : String(error);
      container.lastStatus = 'STOPPED';
      this.#failToStart(error);
    } finally {
      this.#starting.delete(name);
    }
  }

  #failToStart(error: unknown): void {
    if (!(error instanceof RuntimeError)) this.#ports.log(`ecs: task ${this.task.id}: ${String(error)}`);
    const reason =
      error instanceof RuntimeError
        ? `${error.code}: ${error.message}`
        : (error as Error).message || 'Task failed to start';
    this.stop({ cause: 'itself', code: 'TaskFailedToStart', reason });
  }

  /** Out of the load balancer first, then SIGTERM: no request may meet a container that is going. */
  async #shutDown(): Promise<void> {
    try {
      const serving = this.task.containers.some((container) => container.lastStatus === 'RUNNING');
      if (this.task.targets.length > 0) this.#enter('DEACTIVATING');
      this.#host.balanced('deregistered', await this.#targets.deregister(serving));
      this.#enter('STOPPING');
      await this.#advancing.catch(() => undefined);
      await stopInOrder(containersOf(this.#host.definition), (name) => this.#stopContainer(name));
      this.task.executionStoppedAtMs ??= Date.now();
      this.#enter('DEPROVISIONING');
      await this.#drainLogs();
      await this.#ports.runtime.removeTask(this.task.id);
    } catch (error) {
      this.#ports.log(`ecs: task ${this.task.id}: stopping it: ${String(error)}; trying again`);
      setTimeout(() => void this.#shutDown(), 1000).unref();
      return;
    }
    for (const container of this.task.containers) container.lastStatus = 'STOPPED';
    this.task.stoppedAtMs = Date.now();
    this.#enter('STOPPED');
    this.#ended?.();
  }

  async #stopContainer(name: string): Promise<void> {
    const container = containerOf(this.task, name);
    if (container.runtimeId === undefined || container.lastStatus !== 'RUNNING') return;
    const definition = containersOf(this.#host.definition).find((each) => each.name === name);
    await this.#ports.runtime.stop(container.runtimeId, stopTimeoutMs(definition));
  }

  /** What a container said last matters most; but a stuck log must not hold the task. */
  async #drainLogs(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, logDrainMs);
    });
    await Promise.race([Promise.allSettled(this.#logsFollowed), limit]);
    clearTimeout(timer);
  }

  #follow(containerName: string, runtimeId: string): void {
    const { definition } = this.#host;
    this.#logsFollowed.push(
      followTaskLogs({ task: this.task, definition, containerName, runtimeId, ...this.#ports }),
    );
  }

  #isStopping(): boolean {
    return this.task.desiredStatus === 'STOPPED';
  }

  #enter(status: TaskRecord['lastStatus']): void {
    if (this.task.lastStatus === status) return;
    this.task.lastStatus = status;
    this.#changed();
  }

  #changed(): void {
    this.task.version += 1;
    this.#host.changed(this.task);
  }
}
