// The one place where things happen: after every change of a service it runs the pure scheduler and does what
// that decides. Event-driven: an idle controller has no timer but the one that the scheduler asked for.
import { setTimeout as delay } from 'node:timers/promises';
import type { Alarms } from '../../cloudwatch/alarms.ts';
import type { ServiceConnect } from '../../elb/service-connect.ts';
import type { TargetGroups } from '../../elb/target-groups.ts';
import type { Place } from '../ids.ts';
import type { DeploymentRecord, ServiceRecord, TaskRecord } from '../model.ts';
import { pickedProvider } from '../placement/capacity-providers.ts';
import type { Placer } from '../placement/placement.ts';
import { schedule } from '../scheduler/schedule.ts';
import type { Decision } from '../scheduler/types.ts';
import type { EcsStore } from '../store.ts';
import { tagTask } from '../tag-store.ts';
import type { StopOrder } from '../tasks/task-host.ts';
import type { Tasks } from '../tasks/tasks.ts';
import * as texts from '../texts.ts';
import type { Timing } from '../timing.ts';
import { applyDecision } from './apply-decision.ts';
import { addEvent } from './service-events.ts';
import { serviceTargets } from './service-targets.ts';
import { schedulerInput } from './service-view.ts';

export interface ControllerOptions {
  readonly place: Place;
  readonly store: EcsStore;
  readonly targetGroups: TargetGroups;
  readonly serviceConnect: ServiceConnect;
  readonly tasks: Tasks;
  readonly placer: Placer;
  readonly alarms: Alarms;
  readonly timing: Timing;
  readonly log: (line: string) => void;
}

/** A pass that still wants changes after so many rounds has a bug; it goes on later instead of spinning. */
const maximumRounds = 50;

/** How often a disk that refused is asked again. */
const saveRetryMs = 500;

export class Controller {
  readonly #options: ControllerOptions;
  readonly #dirty = new Set<string>();
  readonly #wakeAt = new Map<string, number>();
  /** Services that wait for room on a container instance, and until when. */
  readonly #blocked = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #scheduled = false;
  #running = false;

  constructor(options: ControllerOptions) {
    this.#options = options;
    options.targetGroups.onChange((_group, taskId) => {
      const task = options.store.state.tasks[taskId];
      if (task?.serviceArn !== undefined) this.kick(task.serviceArn);
    });
    options.alarms.onChange(() => {
      for (const run of Object.values(options.store.state.serviceDeployments)) {
        if (run.alarms?.status === 'MONITORING') this.kick(run.serviceArn);
      }
    });
  }

  start(): void {
    this.#running = true;
    for (const service of Object.values(this.#options.store.state.services)) this.kick(service.arn);
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
  }

  /** Something about the service changed: look at it soon. Many kicks make one pass. */
  kick(serviceArn: string): void {
    this.#dirty.add(serviceArn);
    if (this.#scheduled || !this.#running) return;
    this.#scheduled = true;
    setImmediate(() => void this.#passWhenSaved());
  }

  /**
   * Writes down what an operation has changed of the service, and has it acted on: where the disk refuses, when it no
   * longer does. Resolves with the answer; rejects as `save()`.
   */
  async saveAndKick<T>(serviceArn: string, answer: T): Promise<T> {
    try {
      return await this.#options.store.saved(answer);
    } finally {
      this.kick(serviceArn);
    }
  }

  /** A task is gone: what waited for its room may go on. */
  taskStopped(): void {
    for (const arn of this.#blocked.keys()) {
      this.#blocked.set(arn, 0);
      this.kick(arn);
    }
  }

  /** Nothing is begun that the next process would not know of: a disk that refuses is asked again and again. */
  async #passWhenSaved(): Promise<void> {
    const { store } = this.#options;
    const isSaved = (): Promise<boolean> =>
      store.caughtUp().then(
        () => true,
        () => false,
      );
    while (this.#running && !(await isSaved())) await delay(saveRetryMs, undefined, { ref: false });
    this.#pass();
  }

  #pass(): void {
    this.#scheduled = false;
    if (!this.#running) return;
    const due = [...this.#dirty];
    this.#dirty.clear();
    for (const arn of due) {
      const service = this.#options.store.state.services[arn];
      if (!service) continue;
      try {
        this.#reconcile(service);
      } catch (error) {
        this.#options.log(`ecs: service ${service.name}: ${String((error as Error).stack ?? error)}`);
      }
    }
    this.#setTimer();
  }

  #reconcile(service: ServiceRecord): void {
    const [newest] = service.events;
    let changed = false;
    for (let round = 0; round < maximumRounds; round += 1) {
      const nowMs = Date.now();
      const { decisions, wakeAtMs } = schedule(this.#view(service, nowMs), nowMs);
      if (wakeAtMs === undefined) this.#wakeAt.delete(service.arn);
      else this.#wakeAt.set(service.arn, wakeAtMs);
      if (decisions.length === 0) break;
      changed = true;
      this.#carryOut(service, decisions, nowMs);
      // An event alone (a rollout that is stuck) would be decided again and again.
      if (decisions.every((decision) => decision.type === 'event')) break;
    }
    if (!changed) return;
    this.#options.store.saveSoon();
    const before = newest ? service.events.indexOf(newest) : service.events.length;
    for (const { message } of service.events.slice(0, before).reverse()) this.#options.log(`ecs: ${message}`);
  }

  #view(service: ServiceRecord, nowMs: number): Parameters<typeof schedule>[0] {
    const { store, targetGroups, alarms, timing } = this.#options;
    const placementBlockedUntilMs = this.#blocked.get(service.arn);
    return schedulerInput({ service, store, targetGroups, alarms, timing, nowMs, placementBlockedUntilMs });
  }

  #carryOut(service: ServiceRecord, decisions: readonly Decision[], nowMs: number): void {
    const { store } = this.#options;
    // What stops makes room, in the window and on the instances, for what starts.
    const stops = decisions.filter((decision) => decision.type === 'stop-task');
    if (stops.length > 0) this.#stopTasks(service, stops, nowMs);
    for (const decision of decisions) {
      switch (decision.type) {
        case 'start-tasks':
          this.#startTasks(service, decision, nowMs);
          break;
        case 'stop-task':
          break;
        default:
          applyDecision(
            { state: store.state, service, task: (id) => store.state.tasks[id], nowMs },
            decision,
          );
          if (decision.type === 'service-inactive') this.#options.tasks.closeAliases(service);
      }
    }
  }

  #startTasks(
    service: ServiceRecord,
    { deploymentId, count, replacing }: Extract<Decision, { type: 'start-tasks' }>,
    nowMs: number,
  ): void {
    const deployment = service.deployments.find(({ id }) => id === deploymentId);
    if (!deployment) return;
    const started: TaskRecord[] = [];
    this.#blocked.delete(service.arn);
    for (let index = 0; index < count; index += 1) {
      const task = this.#newServiceTask(service, deployment, nowMs);
      if (!task) {
        this.#blocked.set(service.arn, nowMs + this.#options.timing.placementRetryMs);
        break;
      }
      started.push(task);
    }
    if (started.length === 0) return;
    const ids = started.map(({ id }) => id);
    addEvent(service, texts.started(service.name, ids, Math.min(replacing, ids.length)), nowMs);
    for (const task of started) this.#options.tasks.launch(task);
  }

  #newServiceTask(
    service: ServiceRecord,
    deployment: DeploymentRecord,
    nowMs: number,
  ): TaskRecord | undefined {
    const { store, tasks, placer } = this.#options;
    const revision = store.revision(deployment.revisionArn);
    const definition = store.taskDefinition(deployment.taskDefinitionArn);
    const cluster = { arn: service.clusterArn, name: service.clusterName };
    const group = `service:${service.name}`;
    const placed = placer.place(cluster, revision.launchType, definition, {
      group,
      constraints: service.placementConstraints,
      strategy: service.placementStrategy,
    });
    if (placed && 'failure' in placed) {
      // While tasks of its own are going there may be room in a moment; then it is tried again.
      const isMakingRoom = [...store.tasksOf(service)].some(isGoing);
      if (!isMakingRoom) addEvent(service, texts.unableToPlace(service.name, placed.failure.sentence), nowMs);
      return undefined;
    }
    const task = tasks.create({
      cluster,
      instance: placed?.instance,
      capacityProvider: pickedProvider(revision.capacityProviderStrategy),
      network: revision.networkConfiguration,
      definition,
      launchType: revision.launchType,
      group,
      startedBy: deployment.id,
      serviceArn: service.arn,
      deploymentId: deployment.id,
      revisionArn: revision.arn,
      platformVersion: revision.platformVersion,
      enableExecuteCommand: service.enableExecuteCommand,
      targets: serviceTargets(store.state, service, revision, definition, this.#options.serviceConnect),
      nowMs,
    });
    const sources = { SERVICE: service.arn, TASK_DEFINITION: definition.arn, NONE: undefined };
    tagTask(store, task, {
      inheritedFrom: sources[service.propagateTags],
      managed: service.enableECSManagedTags,
      serviceName: service.name,
    });
    return task;
  }

  #stopTasks(
    service: ServiceRecord,
    stops: readonly Extract<Decision, { type: 'stop-task' }>[],
    nowMs: number,
  ): void {
    const { store, tasks } = this.#options;
    const stopping = stops.flatMap(({ taskId }) => store.state.tasks[taskId] ?? []);
    const running = stopping.filter(({ lastStatus }) => lastStatus === 'RUNNING').map(({ id }) => id);
    if (running.length > 0) addEvent(service, texts.stopped(service.name, running), nowMs);
    const pending = stopping.length - running.length;
    if (pending > 0) addEvent(service, texts.stoppedPending(service.name, pending), nowMs);
    for (const { id } of service.deployments) {
      const balanced = stopping.filter(
        ({ deploymentId, targets }) => deploymentId === id && targets.some(({ registered }) => registered),
      );
      if (balanced.length > 0) addEvent(service, texts.draining(service.name, id, balanced.length), nowMs);
    }
    for (const { taskId, cause, reason } of stops) {
      const order: StopOrder = { cause, code: 'ServiceSchedulerInitiated', reason };
      const task = store.state.tasks[taskId];
      if (task) tasks.stop(task, order);
    }
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    if (this.#wakeAt.size === 0) return;
    const next = Math.min(...this.#wakeAt.values());
    this.#timer = setTimeout(
      () => {
        const nowMs = Date.now();
        for (const [arn, at] of this.#wakeAt) if (at <= nowMs) this.kick(arn);
        if (!this.#scheduled) this.#setTimer();
      },
      Math.max(1, next - Date.now()),
    );
  }
}

const isGoing = ({ desiredStatus, lastStatus }: TaskRecord): boolean =>
  desiredStatus === 'STOPPED' && lastStatus !== 'STOPPED';
