// Puts a task behind its target groups and aliases, and takes it out again – completely – before it may stop.
import type { TargetGroups } from '../../elb/target-groups.ts';
import type { TaskRecord } from '../model.ts';

/** A notice that got lost must not hold a task for ever. */
const recheckMs = 1000;

export class TaskTargets {
  readonly #task: TaskRecord;
  readonly #groups: TargetGroups;
  #registeredHere = false;

  constructor(task: TaskRecord, groups: TargetGroups) {
    this.#task = task;
    this.#groups = groups;
  }

  /** The registration of an earlier process does not count: the load balancer may have forgotten it. */
  areRegistered(): boolean {
    return this.#registeredHere || this.#task.targets.length === 0;
  }

  /** Returns the groups that it is in now and was not before. */
  register(): string[] {
    this.#registeredHere = true;
    const added: string[] = [];
    for (const target of this.#task.targets) {
      const binding = this.#task.containers
        .find((container) => container.name === target.containerName)
        ?.networkBindings.find((candidate) => candidate.containerPort === target.containerPort);
      if (!binding?.hostPort || !this.#groups.exists(target.groupArn)) continue;
      this.#groups.register(target.groupArn, {
        id: this.#task.id,
        host: binding.bindIP ?? '127.0.0.1',
        port: binding.hostPort,
      });
      if (!target.registered) added.push(target.groupArn);
      target.registered = true;
    }
    return added;
  }

  /** Resolves, with the groups left, when no request can reach the task any more; at once if nothing serves them anyway. */
  async deregister(wait: boolean): Promise<string[]> {
    const registered = this.#task.targets.filter((target) => target.registered);
    for (const { groupArn } of registered) this.#groups.deregister(groupArn, this.#task.id);
    if (wait) await Promise.all(registered.map(({ groupArn }) => this.#unused(groupArn)));
    for (const target of registered) target.registered = false;
    return registered.map(({ groupArn }) => groupArn);
  }

  #unused(groupArn: string): Promise<void> {
    const isUnused = (): boolean => this.#groups.health(groupArn, this.#task.id).state === 'unused';
    if (isUnused()) return Promise.resolve();
    return new Promise((resolve) => {
      const check = (): void => {
        if (!isUnused()) return;
        unsubscribe();
        clearInterval(timer);
        resolve();
      };
      const unsubscribe = this.#groups.onChange(check);
      const timer = setInterval(check, recheckMs).unref();
    });
  }
}
