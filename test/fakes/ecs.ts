/**
 * An ECS in memory behind the `Ecs` port: services with deployments, task definitions with tags, a record of all
 * calls, faults by operation and nth call. It does nothing by itself: a test says what happens to a rollout, either
 * by `onRollout` (at the update) or by moving it from outside.
 */
import type {
  Deployment,
  RegisterTaskDefinitionCommandInput,
  Service,
  Tag,
  Task,
  TaskDefinition,
} from '@aws-sdk/client-ecs';
import type { Ecs, FoundTaskDefinition } from '../../src/aws/ecs.ts';
import { toRunningTask, toServiceView, toStoppedTask } from '../../src/aws/ecs-views.ts';
import type { Revisions } from '../../src/aws/revisions.ts';
import type { DeploymentIdentity } from '../../src/aws/service-deployments.ts';
import { RefusedByServiceError, TransientError } from '../../src/errors.ts';
import type { LastCompleted, ServiceDeploymentView } from '../../src/release/judging/observation.ts';

export type EcsOperation = keyof Ecs | keyof Revisions;

/** `throttle`: refused for now. `lose-answer`: done, but the answer never arrives. `deny`: refused for good. */
export type Fault = 'throttle' | 'lose-answer' | 'deny';

export interface EcsCall {
  readonly operation: EcsOperation;
  readonly about: unknown;
}

type Containers = Readonly<Record<string, string>>;

const PLACE = 'arn:aws:ecs:eu-west-1:123456789012';
export const revisionArn = (family: string, revision: number): string =>
  `${PLACE}:task-definition/${family}:${revision}`;

export class FakeEcs implements Ecs, Revisions {
  readonly calls: EcsCall[] = [];
  readonly #services = new Map<string, Service>();
  readonly #definitions = new Map<string, FoundTaskDefinition>();
  readonly #tasks: Task[] = [];
  readonly #runningTasks: Task[] = [];
  readonly #records = new Map<string, ServiceDeploymentView>();
  readonly #lastCompleted = new Map<string, LastCompleted>();
  readonly #digests = new Map<string, ReadonlyMap<string, string>>();
  readonly #faults = new Map<string, Fault>();
  readonly #now: () => number;
  #deployments = 0;
  #behind: { readonly name: string; readonly service: Service } | undefined;
  /** What becomes of a deployment that an update has started. */
  onRollout: (service: string) => void = () => undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  // --- what tests arrange -------------------------------------------------------------------------------------

  /** The nth call (from 1) of the operation meets the fault. */
  fault(operation: EcsOperation, nth: number, fault: Fault): void {
    this.#faults.set(`${operation} ${nth}`, fault);
  }

  addTaskDefinition(
    family: string,
    images: Containers,
    more: Partial<TaskDefinition> = {},
    tags: Tag[] = [],
  ): string {
    const containerDefinitions = Object.entries(images).map(([name, image]) => ({ name, image }));
    return this.#register({ containerDefinitions, ...more, family }, tags);
  }

  /** A service that runs the task definition, its deployment completed. */
  addService(name: string, taskDefinition: string, more: Partial<Service> = {}): void {
    const desiredCount = more.desiredCount ?? 2;
    this.#services.set(name, {
      serviceName: name,
      serviceArn: `${PLACE}:service/shop/${name}`,
      status: 'ACTIVE',
      taskDefinition,
      desiredCount,
      runningCount: desiredCount,
      createdAt: new Date(0),
      deployments: [this.#deployment(taskDefinition, desiredCount, 'COMPLETED')],
      events: [],
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
      ...more,
    });
  }

  change(name: string, change: Partial<Service>): void {
    this.#services.set(name, { ...this.service(name), ...change });
  }

  /** From now on reads show the service as it is at this moment, whatever is done to it. */
  fallBehind(name: string): void {
    this.#behind = { name, service: this.service(name) };
  }

  remove(name: string): void {
    this.#services.delete(name);
  }

  service(name: string): Service {
    const service = this.#services.get(name);
    if (!service) throw new Error(`the fake has no service ${name}`);
    return service;
  }

  primary(name: string): Deployment {
    const [primary] = this.service(name).deployments ?? [];
    if (!primary) throw new Error(`service ${name} has no deployment`);
    return primary;
  }

  /** The newest deployment becomes the only one, with all its tasks. */
  complete(name: string): void {
    const { desiredCount = 0 } = this.service(name);
    const primary: Deployment = {
      ...this.primary(name),
      rolloutState: 'COMPLETED',
      runningCount: desiredCount,
      pendingCount: 0,
    };
    this.change(name, { deployments: [primary], runningCount: desiredCount });
  }

  /** A task of the newest deployment has stopped. */
  stopTask(name: string, task: Partial<Task>): void {
    const { id } = this.primary(name);
    this.#tasks.push({
      taskArn: `${PLACE}:task/shop/${this.#tasks.length}`,
      group: `service:${name}`,
      ...(id === undefined ? {} : { startedBy: id }),
      lastStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      stoppedAt: new Date(this.#now()),
      ...task,
    });
  }

  /** A task of the newest deployment runs. */
  startTask(name: string, task: Partial<Task>): void {
    const { id } = this.primary(name);
    this.#runningTasks.push({
      taskArn: `${PLACE}:task/shop/running-${this.#runningTasks.length}`,
      group: `service:${name}`,
      ...(id === undefined ? {} : { startedBy: id }),
      lastStatus: 'RUNNING',
      createdAt: new Date(this.#now()),
      ...task,
    });
  }

  /** What ECS says of the deployment in its history; without it there is none. */
  recordDeployment(deploymentId: string, record: Partial<ServiceDeploymentView>): void {
    this.#records.set(deploymentId, {
      arn: `${PLACE}:service-deployment/shop/${deploymentId}`,
      status: 'SUCCESSFUL',
      reason: null,
      breaker: { triggered: false, failures: 0, threshold: 3 },
      alarms: { watched: false, triggered: [] },
      ...record,
    });
  }

  /** What ECS's history says of a service: by default that nothing has ever completed. */
  recordLastCompleted(service: string, last: LastCompleted): void {
    this.#lastCompleted.set(service, last);
  }

  /** ECS's circuit breaker: the newest deployment has failed, the one before is PRIMARY again, under a new id. */
  rollBack(name: string): void {
    const [failed, before] = this.service(name).deployments ?? [];
    const target = before?.taskDefinition;
    if (!failed || !target) throw new Error(`service ${name} has nothing to go back to`);
    const again: Deployment = {
      ...this.#deployment(target, this.service(name).desiredCount ?? 0, 'IN_PROGRESS'),
      rolloutStateReason: `ECS deployment circuit breaker: rolling back to deploymentId ${before.id}.`,
    };
    this.change(name, {
      taskDefinition: target,
      deployments: [again, { ...failed, status: 'ACTIVE', rolloutState: 'FAILED' }],
    });
  }

  /** Somebody else's UpdateService: not in the record of calls. */
  updateByOther(name: string, taskDefinition: string): void {
    this.#update(name, taskDefinition);
  }

  setDigests(taskDefinition: string, digests: Containers): void {
    this.#digests.set(taskDefinition, new Map(Object.entries(digests)));
  }

  /** DeregisterTaskDefinition: what runs of it runs on, but no service can be moved to it any more. */
  deregister(arn: string): void {
    const found = this.definition(arn);
    this.#definitions.set(arn, {
      ...found,
      taskDefinition: { ...found.taskDefinition, status: 'INACTIVE' },
    });
  }

  /** ARNs of the family's ACTIVE revisions, oldest first. */
  active(family: string): readonly string[] {
    return [...this.#definitions.values()]
      .map(({ taskDefinition }) => taskDefinition)
      .filter((definition) => definition.family === family && definition.status === 'ACTIVE')
      .map(({ taskDefinitionArn = '' }) => taskDefinitionArn);
  }

  callsOf(operation: EcsOperation): readonly unknown[] {
    return this.calls.filter((call) => call.operation === operation).map((call) => call.about);
  }

  definition(arn: string): FoundTaskDefinition {
    const found = this.#definitions.get(arn);
    if (!found) throw new RefusedByServiceError(`ecs:DescribeTaskDefinition: no ${arn}`);
    return found;
  }

  // --- the port -----------------------------------------------------------------------------------------------

  describeRawServices(cluster: string, services: readonly string[]) {
    return this.#call('describeRawServices', { cluster, services }, () => this.#found(services));
  }

  describeServices(cluster: string, services: readonly string[]) {
    return this.#call('describeServices', { cluster, services }, () => {
      return new Map(
        this.#found(services).map((service) => [service.serviceName ?? '', toServiceView(service)]),
      );
    });
  }

  stoppedTasks(cluster: string, service: string) {
    return this.#call('stoppedTasks', { cluster, service }, () =>
      this.#tasks
        .filter((task) => task.group === `service:${service}`)
        .map(toStoppedTask)
        .reverse(),
    );
  }

  runningTasks(cluster: string, service: string) {
    return this.#call('runningTasks', { cluster, service }, () =>
      this.#runningTasks
        .filter((task) => task.group === `service:${service}`)
        .map(toRunningTask)
        .reverse(),
    );
  }

  serviceDeployment(cluster: string, service: string, { deploymentId }: DeploymentIdentity) {
    return this.#call(
      'serviceDeployment',
      { cluster, service, deploymentId },
      () => this.#records.get(deploymentId) ?? null,
    );
  }

  lastCompleted(cluster: string, service: string) {
    return this.#call(
      'lastCompleted',
      { cluster, service },
      () => this.#lastCompleted.get(service) ?? ({ kind: 'none' } as const),
    );
  }

  describeTaskDefinition(arn: string) {
    return this.#call('describeTaskDefinition', arn, () => this.definition(arn));
  }

  newestRevisions(family: string, count: number) {
    return this.#call('newestRevisions', { family, count }, () =>
      this.active(family).toReversed().slice(0, count),
    );
  }

  registerTaskDefinition(input: RegisterTaskDefinitionCommandInput) {
    return this.#call('registerTaskDefinition', input, () => {
      const { tags = [], ...definition } = input;
      return this.#register(definition, tags);
    });
  }

  updateService(cluster: string, service: string, taskDefinition: string, force = false) {
    const about = { cluster, service, taskDefinition, ...(force ? { force } : {}) };
    return this.#call('updateService', about, () => {
      this.#update(service, taskDefinition, force);
      const answer = toServiceView(this.service(service));
      this.onRollout(service);
      return answer;
    });
  }

  runningDigests(cluster: string, service: Service, taskDefinition: string) {
    return this.#call(
      'runningDigests',
      { cluster, service: service.serviceName, taskDefinition },
      () => this.#digests.get(taskDefinition) ?? new Map<string, string>(),
    );
  }

  activeIn(family: string) {
    return this.#call('activeIn', family, () => this.active(family));
  }

  servicesOf(cluster: string) {
    return this.#call('servicesOf', cluster, () => [...this.#services.values()]);
  }

  runningIn(cluster: string) {
    return this.#call(
      'runningIn',
      cluster,
      () => new Set(this.#runningTasks.flatMap(({ taskDefinitionArn }) => taskDefinitionArn ?? [])),
    );
  }

  deregisterTaskDefinition(arn: string) {
    return this.#call('deregisterTaskDefinition', arn, () => this.deregister(arn));
  }

  // --- its inside ---------------------------------------------------------------------------------------------

  async #call<T>(operation: EcsOperation, about: unknown, effect: () => T): Promise<T> {
    this.calls.push({ operation, about });
    const fault = this.#faults.get(`${operation} ${this.callsOf(operation).length}`);
    if (fault === 'throttle') throw new TransientError(`${operation}: ThrottlingException`);
    if (fault === 'deny') throw new RefusedByServiceError(`${operation}: AccessDeniedException`);
    const answer = effect();
    if (fault === 'lose-answer') throw new TransientError(`${operation}: ECONNRESET`);
    return answer;
  }

  #found(names: readonly string[]): readonly Service[] {
    return names.flatMap((name) => {
      const seen = this.#behind?.name === name ? this.#behind.service : this.#services.get(name);
      return seen ?? [];
    });
  }

  #register(definition: Omit<TaskDefinition, 'tags'>, tags: readonly Tag[]): string {
    const family = definition.family ?? '';
    const revision =
      1 +
      [...this.#definitions.values()].filter(({ taskDefinition }) => taskDefinition.family === family).length;
    const arn = revisionArn(family, revision);
    const registered: TaskDefinition = {
      ...definition,
      taskDefinitionArn: arn,
      revision,
      status: 'ACTIVE',
      registeredAt: new Date(this.#now()),
    };
    this.#definitions.set(arn, { taskDefinition: registered, tags });
    return arn;
  }

  /** As ECS does: the same task definition starts no deployment; the one before stays until its tasks are gone. */
  #update(name: string, taskDefinition: string, force = false): void {
    const service = this.service(name);
    if (this.#definitions.get(taskDefinition)?.taskDefinition.status === 'INACTIVE') {
      throw new RefusedByServiceError('ecs:UpdateService: ClientException: TaskDefinition is inactive');
    }
    if (service.taskDefinition === taskDefinition && !force) return;
    const before = (service.deployments ?? []).map((deployment) => ({ ...deployment, status: 'ACTIVE' }));
    const fresh = this.#deployment(taskDefinition, service.desiredCount ?? 0, 'IN_PROGRESS');
    this.change(name, { taskDefinition, deployments: [fresh, ...before] });
  }

  #deployment(
    taskDefinition: string,
    desiredCount: number,
    rolloutState: 'COMPLETED' | 'IN_PROGRESS',
  ): Deployment {
    this.#deployments += 1;
    return {
      id: `ecs-svc/${this.#deployments}`,
      status: 'PRIMARY',
      taskDefinition,
      desiredCount,
      runningCount: rolloutState === 'COMPLETED' ? desiredCount : 0,
      pendingCount: rolloutState === 'COMPLETED' ? 0 : desiredCount,
      failedTasks: 0,
      rolloutState,
      createdAt: new Date(this.#now()),
    };
  }
}
