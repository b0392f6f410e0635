// All tasks, of services and of RunTask: creates, launches, stops and forgets them; each live one has a driver.
import type { ServiceConnect } from '../../elb/service-connect.ts';
import type { Place } from '../ids.ts';
import type { ServiceRecord, TaskRecord } from '../model.ts';
import { callableNames, namespaceName, offeredAliases } from '../services/service-connect-aliases.ts';
import { addEvent } from '../services/service-events.ts';
import type { EcsStore } from '../store.ts';
import { deregistered, registered } from '../texts.ts';
import type { Timing } from '../timing.ts';
import { type ContainerPlan, planContainers } from './container-plan.ts';
import { type NewTask, newTask } from './new-task.ts';
import { secretValues } from './secrets.ts';
import { TaskDriver } from './task-driver.ts';
import { type DriverPorts, orderStop, type StopOrder, type TaskHost } from './task-host.ts';
import type { ContainerObservation, GoneContainer } from './task-runtime.ts';

export interface TasksOptions extends DriverPorts {
  readonly place: Place;
  readonly store: EcsStore;
  readonly serviceConnect: ServiceConnect;
  readonly timing: Timing;
  readonly serviceChanged: (serviceArn: string) => void;
  readonly taskStopped: () => void;
  /** Where `secrets` of container definitions are looked up. */
  readonly secretsFile: string;
}

export class Tasks {
  readonly #options: TasksOptions;
  readonly #drivers = new Map<string, TaskDriver>();
  readonly #forgetting = new Set<NodeJS.Timeout>();
  #closed = false;

  constructor(options: TasksOptions) {
    this.#options = options;
  }

  create(options: Omit<NewTask, 'place'>): TaskRecord {
    const task = newTask({ ...options, place: this.#options.place });
    this.#options.store.addTask(task);
    return task;
  }

  launch(task: TaskRecord, observed?: readonly ContainerObservation[]): void {
    // Two drivers would each run its containers.
    if (this.#drivers.has(task.id)) return;
    const driver = new TaskDriver(task, this.#options, this.#hostOf(task));
    this.#drivers.set(task.id, driver);
    void driver.run(observed).finally(() => {
      this.#drivers.delete(task.id);
      this.#options.taskStopped();
      this.#forgetLater(task);
    });
  }

  /** One that is not driven yet – it is being written down – finds the order in its record. */
  stop(task: TaskRecord, order: StopOrder): void {
    const driver = this.#drivers.get(task.id);
    if (driver) driver.stop(order);
    else if (orderStop(task, order)) this.#hostOf(task).changed(task);
  }

  /** As if it had never been made: for one that could not be written down, before it was launched. */
  unmake(task: TaskRecord): void {
    if (!this.#drivers.has(task.id)) this.#options.store.removeTask(task);
  }

  observe(observation: ContainerObservation | GoneContainer): void {
    this.#drivers.get(observation.taskId)?.observe(observation);
  }

  /** Takes up what an earlier process left; containers that no live task owns are removed. */
  async adopt(): Promise<void> {
    const { runtime, store } = this.#options;
    const observed = await runtime.list();
    const byTask = new Map<string, ContainerObservation[]>();
    for (const observation of observed) {
      byTask.set(observation.taskId, [...(byTask.get(observation.taskId) ?? []), observation]);
    }
    for (const task of Object.values(store.state.tasks)) {
      if (task.lastStatus === 'STOPPED') this.#forgetLater(task);
      else this.launch(task, byTask.get(task.id) ?? []);
    }
    const orphans = [...byTask.keys()].filter((taskId) => !this.#drivers.has(taskId));
    await Promise.all(orphans.map((taskId) => runtime.removeTask(taskId)));
  }

  /** Stops acting. The containers go on; the next process adopts them. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#forgetting) clearTimeout(timer);
  }

  closeAliases(service: ServiceRecord): void {
    const { store, serviceConnect } = this.#options;
    for (const revision of Object.values(store.state.serviceRevisions)) {
      if (revision.serviceArn !== service.arn) continue;
      const definition = store.taskDefinition(revision.taskDefinitionArn);
      for (const alias of offeredAliases(revision, definition, this.#namespaceOf(service.clusterName))) {
        serviceConnect.closeAlias(alias);
      }
    }
  }

  #hostOf(task: TaskRecord): TaskHost {
    const { store, place } = this.#options;
    const definition = store.taskDefinition(task.taskDefinitionArn);
    const revision = task.revisionArn === undefined ? undefined : store.revision(task.revisionArn);
    const image = (name: string) =>
      revision?.containerImages.find(({ containerName }) => containerName === name);
    return {
      definition,
      plan: async () => {
        const plans = planContainers(task, definition, {
          region: place.region,
          hostAliases: this.#aliasesFor(task),
          serviceName: task.group.startsWith('service:') ? task.group.slice('service:'.length) : undefined,
        });
        return Promise.all(plans.map((plan) => withSecrets(plan, this.#options.secretsFile)));
      },
      pinnedDigest: (name) => image(name)?.imageDigest,
      resolved: (name, digest) => {
        const entry = image(name);
        if (entry) entry.imageDigest ??= digest;
      },
      balanced: (change, groupArns) => this.#sayBalanced(task, change, groupArns),
      changed: () => {
        if (this.#closed) return;
        store.saveSoon();
        if (task.serviceArn !== undefined) this.#options.serviceChanged(task.serviceArn);
      },
    };
  }

  /** Aliases of Service Connect are no target groups that a client knows: they are not spoken of. */
  #sayBalanced(task: TaskRecord, change: 'registered' | 'deregistered', groupArns: readonly string[]): void {
    const { store } = this.#options;
    const service = store.state.services[task.serviceArn ?? ''];
    if (!service || task.revisionArn === undefined) return;
    for (const { targetGroupArn } of store.revision(task.revisionArn).loadBalancers) {
      if (targetGroupArn === undefined || !groupArns.includes(targetGroupArn)) continue;
      const text = change === 'registered' ? registered : deregistered;
      addEvent(service, text(service.name, 1, targetGroupArn), Date.now());
    }
  }

  /** Only tasks of a service that has Service Connect switched on get its names, as at ECS. */
  #aliasesFor(task: TaskRecord): string[] {
    const namespace = this.#namespaceFor(task);
    return namespace === undefined ? [] : callableNames(this.#options.store.state, namespace);
  }

  /** The service's own, else the cluster's. */
  #namespaceFor(task: TaskRecord): string | undefined {
    if (task.revisionArn === undefined) return undefined;
    const configuration = this.#options.store.revision(task.revisionArn).serviceConnectConfiguration;
    if (!configuration?.enabled) return undefined;
    return namespaceName(configuration.namespace ?? this.#namespaceOf(task.clusterName));
  }

  /** Whose Service Connect names a caller at this address means. */
  namespaceAt(address: string): string | undefined {
    for (const task of Object.values(this.#options.store.state.tasks)) {
      const caller = task.containers.some(
        (container) => container.address === address && container.lastStatus === 'RUNNING',
      );
      if (caller) return this.#namespaceFor(task);
    }
    return undefined;
  }

  #namespaceOf(clusterName: string): string {
    return namespaceName(this.#options.store.state.clusters[clusterName]?.namespace ?? clusterName);
  }

  #forgetLater(task: TaskRecord): void {
    if (this.#closed) return;
    const { store, timing } = this.#options;
    const inMs = Math.max(0, (task.stoppedAtMs ?? 0) + timing.stoppedTaskKeptMs - Date.now());
    const timer = setTimeout(() => {
      this.#forgetting.delete(timer);
      store.removeTask(task);
      store.saveSoon();
    }, inMs);
    timer.unref();
    this.#forgetting.add(timer);
  }
}

async function withSecrets(plan: ContainerPlan, file: string): Promise<ContainerPlan> {
  const secrets = await secretValues(plan.definition, file);
  return { ...plan, spec: { ...plan.spec, environment: { ...plan.spec.environment, ...secrets } } };
}
