// One service in a random world, without containers and without a clock: tasks crash, start slowly or not at all,
// health flaps, people update, scale, stop and delete, alarms ring, machines are full or drained, the endpoint is
// killed.
// Same seed, same history.
import type { DeploymentConfiguration, ThresholdConfiguration } from '@aws-sdk/client-ecs';
import type { AlarmState } from '../../../../src/local/cloudwatch/alarms.ts';
import {
  type EcsState,
  emptyState,
  isLive,
  type ServiceRecord,
  type TaskDefinitionRecord,
  type TaskRecord,
} from '../../../../src/local/ecs/model.ts';
import { schedule } from '../../../../src/local/ecs/scheduler/schedule.ts';
import { requestRollback } from '../../../../src/local/ecs/scheduler/service-deployment-states.ts';
import type { Decision, SchedulerInput } from '../../../../src/local/ecs/scheduler/types.ts';
import { applyDecision } from '../../../../src/local/ecs/services/apply-decision.ts';
import {
  beginDeployment,
  followConfiguration,
  noteWantedTasks,
  scaleOlderDeployments,
} from '../../../../src/local/ecs/services/deployments.ts';
import { addEvent } from '../../../../src/local/ecs/services/service-events.ts';
import { schedulerInput } from '../../../../src/local/ecs/services/service-view.ts';
import type { EcsStore } from '../../../../src/local/ecs/store.ts';
import { newTask } from '../../../../src/local/ecs/tasks/new-task.ts';
import { unableToPlace } from '../../../../src/local/ecs/texts.ts';
import { localTiming } from '../../../../src/local/ecs/timing.ts';
import type { TargetHealth } from '../../../../src/local/elb/target-groups.ts';
import { randomFrom } from '../../../random.ts';

const place = { accountId: '000000000000', region: 'us-east-1' };
const cluster = { arn: 'arn:aws:ecs:us-east-1:000000000000:cluster/default', name: 'default' };
const alarmNames = ['errors', 'latency'];
const machines = ['one', 'two', 'three'].map(
  (name) => `arn:aws:ecs:us-east-1:000000000000:container-instance/default/${name}`,
);
/** What the tasks of a revision do: run, end at once, or never pass their checks. */
type Quality = 'good' | 'crashes' | 'unhealthy';

export class World {
  state: EcsState = emptyState();
  service: ServiceRecord;
  readonly health = new Map<string, TargetHealth['state']>();
  readonly alarms = new Map<string, AlarmState>();
  readonly qualities = new Map<string, Quality>();
  readonly #random: () => number;
  readonly #balanced: boolean;
  /** How many tasks the machines have room for. */
  readonly #capacity: number;
  #blockedUntilMs: number | undefined;
  nowMs = 1_000_000;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
    this.#balanced = this.chance(0.6);
    this.#capacity = this.chance(0.3) ? 1 + this.below(8) : Number.POSITIVE_INFINITY;
    for (const name of alarmNames) this.alarms.set(name, 'OK');
    this.service = {
      arn: 'arn:aws:ecs:us-east-1:000000000000:service/default/web',
      name: 'web',
      clusterArn: cluster.arn,
      clusterName: cluster.name,
      createdAtMs: this.nowMs,
      status: 'ACTIVE',
      schedulingStrategy: 'REPLICA',
      deploymentController: { type: 'ECS' },
      desiredCount: this.below(6),
      deploymentConfiguration: this.#configuration(),
      healthCheckGracePeriodSeconds: 0,
      placementConstraints: [],
      placementStrategy: [],
      enableExecuteCommand: false,
      enableECSManagedTags: false,
      propagateTags: 'NONE',
      availabilityZoneRebalancing: 'DISABLED',
      deployments: [],
      events: [],
      steady: false,
    };
    this.state.services[this.service.arn] = this.service;
    this.#update();
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  pick<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length)];
  }

  tasks(): TaskRecord[] {
    return Object.values(this.state.tasks);
  }

  live(): TaskRecord[] {
    return this.tasks().filter(isLive);
  }

  /** Legal all of them, though some leave no way. */
  #configuration(): DeploymentConfiguration {
    const [minimumHealthyPercent, maximumPercent] = this.pick(windows) ?? [100, 200];
    const threshold: ThresholdConfiguration | undefined = this.pick([
      undefined,
      undefined,
      { type: 'COUNT' as const, value: 1 + this.below(5) },
      { type: 'BOUNDED_PERCENT' as const, value: 1 + this.below(100) },
      { type: 'UNBOUNDED_PERCENT' as const, value: 1 + this.below(100) },
    ]);
    return {
      minimumHealthyPercent,
      maximumPercent,
      deploymentCircuitBreaker: {
        enable: this.chance(0.6),
        rollback: this.chance(0.7),
        resetOnHealthyTask: this.chance(0.8),
        ...(threshold && { thresholdConfiguration: threshold }),
      },
      ...(this.chance(0.4) && {
        alarms: {
          alarmNames: alarmNames.slice(0, 1 + this.below(2)),
          enable: this.chance(0.8),
          rollback: this.chance(0.7),
        },
      }),
    };
  }

  #update(): void {
    const revision = (this.state.lastRevisions.web ?? 0) + 1;
    this.state.lastRevisions.web = revision;
    const definition: TaskDefinitionRecord = {
      arn: `arn:aws:ecs:us-east-1:000000000000:task-definition/web:${revision}`,
      family: 'web',
      revision,
      status: 'ACTIVE',
      registeredAtMs: this.nowMs,
      definition: { family: 'web', containerDefinitions: [{ name: 'web', image: `web:${revision}` }] },
    };
    this.state.taskDefinitions[`web:${revision}`] = definition;
    this.qualities.set(definition.arn, this.pick(['good', 'good', 'good', 'crashes', 'unhealthy']) ?? 'good');
    this.#deploy(definition);
  }

  #deploy(definition: TaskDefinitionRecord): void {
    noteWantedTasks(this.service);
    beginDeployment(
      this.state,
      place,
      this.service,
      definition,
      { launchType: 'EC2', loadBalancers: [], serviceRegistries: [] },
      { stateOf: (name) => this.alarms.get(name) },
      this.nowMs,
    );
  }

  /** kill -9: what is written down is all that is left; targets are checked anew. */
  #restart(): void {
    this.state = JSON.parse(JSON.stringify(this.state)) as EcsState;
    const service = this.state.services[this.service.arn];
    if (!service) throw new Error('the service is lost');
    this.service = service;
    this.#blockedUntilMs = undefined;
    for (const id of this.health.keys()) this.health.set(id, 'initial');
  }

  /** What people do, and what befalls tasks and machines. */
  disturb(): void {
    if (this.chance(0.02)) this.#restart();
    if (this.service.status === 'ACTIVE') this.#interfere();
    for (const name of alarmNames) {
      if (this.chance(0.04))
        this.alarms.set(name, this.pick(['OK', 'OK', 'ALARM', 'INSUFFICIENT_DATA']) ?? 'OK');
    }
    if (this.chance(0.03)) this.#drain();
    const task = this.pick(this.live());
    if (task && this.chance(0.06)) this.#end(task, this.pick(['user', 'lost', ...Array(8).fill('itself')]));
    if (task && this.chance(0.15)) {
      this.health.set(task.id, this.pick(['healthy', 'unhealthy', 'initial']) ?? 'healthy');
    }
  }

  /** One machine begins to be drained, or all are in use again; one is always left. */
  #drain(): void {
    const { draining } = this.state;
    const free = machines.filter((machine) => !draining[machine]);
    const [machine] = free;
    this.state.draining =
      free.length > 1 && machine && this.chance(0.6) ? { ...draining, [machine]: true } : {};
  }

  #interfere(): void {
    const { service } = this;
    if (this.chance(0.05)) this.#update();
    if (this.chance(0.02)) {
      const name = service.deployments[0]?.taskDefinitionArn.split('/').at(-1) ?? '';
      const same = this.state.taskDefinitions[name];
      if (same) this.#deploy(same);
    }
    if (this.chance(0.05)) {
      service.desiredCount = this.below(6);
      scaleOlderDeployments(service);
    }
    if (this.chance(0.02)) service.deploymentConfiguration = this.#configuration();
    followConfiguration(this.state, service);
    const run = this.pick(Object.values(this.state.serviceDeployments));
    if (run && this.chance(0.04)) requestRollback(run, this.nowMs);
    if (this.chance(0.003)) {
      service.status = 'DRAINING';
      service.desiredCount = 0;
    }
  }

  /** Time passes: tasks start, pass their checks or do not, and end when told to. Says whether anything happened. */
  progress(eager: boolean): boolean {
    let happened = false;
    for (const task of this.tasks()) {
      if (task.lastStatus === 'STOPPED' && task.accounted) delete this.state.tasks[task.id];
      if (task.lastStatus === 'STOPPED' || (!eager && this.chance(0.5))) continue;
      happened = this.#advance(task, eager) || happened;
    }
    this.nowMs += 1 + this.below(2000);
    return happened;
  }

  #advance(task: TaskRecord, eager: boolean): boolean {
    const quality = this.qualities.get(task.taskDefinitionArn);
    if (task.desiredStatus === 'STOPPED') {
      task.lastStatus = 'STOPPED';
      this.health.delete(task.id);
      if (this.#blockedUntilMs !== undefined) this.#blockedUntilMs = 0;
      return true;
    }
    if (quality === 'crashes') {
      // Some get as far as RUNNING.
      if (this.chance(0.5)) task.startedAtMs = this.nowMs;
      this.#end(task, 'itself');
      return true;
    }
    if (task.lastStatus !== 'RUNNING') {
      task.lastStatus = 'RUNNING';
      task.startedAtMs = this.nowMs;
      if (this.#balanced) this.health.set(task.id, 'initial');
      return true;
    }
    const health = this.health.get(task.id);
    const next = quality === 'unhealthy' ? 'unhealthy' : 'healthy';
    if (!this.#balanced || health === next || (!eager && health !== 'initial')) return false;
    this.health.set(task.id, next);
    return true;
  }

  #end(task: TaskRecord, cause: TaskRecord['stopCause']): void {
    task.desiredStatus = 'STOPPED';
    task.lastStatus = 'STOPPING';
    if (cause) task.stopCause = cause;
  }

  view(): SchedulerInput {
    return schedulerInput({
      service: this.service,
      store: this.store(),
      targetGroups: { health: (_group, id) => ({ state: this.health.get(id) ?? 'unused' }) },
      alarms: { stateOf: (name) => this.alarms.get(name), evaluationMs: () => 20_000 },
      timing: localTiming,
      nowMs: this.nowMs,
      placementBlockedUntilMs: this.#blockedUntilMs,
    });
  }

  /** As much of the store as views and renderers use. */
  store(): EcsStore {
    const own = new Set(this.tasks());
    const named = <T>(records: Record<string, T>, key: string): T => {
      const record = records[key];
      if (!record) throw new Error(`no ${key}`);
      return record;
    };
    const store: Pick<EcsStore, 'state' | 'tasksOf' | 'taskDefinition' | 'revision'> = {
      state: this.state,
      tasksOf: () => own,
      taskDefinition: (arn) => named(this.state.taskDefinitions, arn.slice(arn.lastIndexOf('/') + 1)),
      revision: (arn) => named(this.state.serviceRevisions, arn),
    };
    return store as EcsStore;
  }

  healthyIds(): Set<string> {
    const healthy = this.view().tasks.filter((task) => task.phase === 'running' && task.health === 'healthy');
    return new Set(healthy.map(({ id }) => id));
  }

  decide(): ReturnType<typeof schedule> {
    return schedule(this.view(), this.nowMs);
  }

  carryOut(decision: Decision): void {
    if (decision.type === 'start-tasks') {
      this.#start(decision.deploymentId, decision.count);
    } else if (decision.type === 'stop-task') {
      const task = this.state.tasks[decision.taskId];
      if (!task || !isLive(task)) throw new Error('stops a task twice');
      this.#end(task, decision.cause);
    } else {
      const { state, service, nowMs } = this;
      applyDecision({ state, service, task: (id) => state.tasks[id], nowMs }, decision);
    }
  }

  #start(deploymentId: string, count: number): void {
    const deployment = this.service.deployments.find(({ id }) => id === deploymentId);
    const definition = this.state.taskDefinitions[deployment?.taskDefinitionArn.split('/').at(-1) ?? ''];
    if (!deployment || !definition) throw new Error('starts a task of no deployment');
    if (deployment.rolloutState === 'FAILED') throw new Error('starts a task of a failed deployment');
    this.#blockedUntilMs = undefined;
    for (let index = 0; index < count; index += 1) {
      if (this.tasks().filter(({ lastStatus }) => lastStatus !== 'STOPPED').length >= this.#capacity) {
        addEvent(this.service, unableToPlace('web', 'No room.'), this.nowMs);
        this.#blockedUntilMs = this.nowMs + localTiming.placementRetryMs;
        return;
      }
      const task = newTask({
        place,
        cluster,
        definition,
        launchType: 'EC2',
        group: 'service:web',
        serviceArn: this.service.arn,
        deploymentId,
        revisionArn: deployment.revisionArn,
        enableExecuteCommand: false,
        targets: this.#balanced ? [{ groupArn: 'group', containerName: 'web', containerPort: 80 }] : [],
        instance: this.#machine(),
        nowMs: this.nowMs,
      });
      this.state.tasks[task.id] = task;
    }
  }

  #machine(): NonNullable<Parameters<typeof newTask>[0]['instance']> {
    const arn = this.pick(machines.filter((machine) => !this.state.draining[machine])) ?? '';
    return { arn, cpuArchitecture: 'X86_64' };
  }

  isFull(): boolean {
    return this.#blockedUntilMs !== undefined;
  }
}

const windows: readonly (readonly [number, number])[] = [
  [0, 100],
  [50, 100],
  [75, 100],
  [100, 100],
  [100, 125],
  [0, 150],
  [50, 150],
  [100, 150],
  [50, 200],
  [100, 200],
  [100, 200],
  [100, 200],
];
