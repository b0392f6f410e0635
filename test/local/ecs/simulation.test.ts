// The scheduler under thousands of random histories: crashes, slow starts, flapping health, updates in mid-rollout.
// A failing history prints its seed: run it alone with SLIPWAY_SEED=<seed>.

import type { DeploymentConfiguration } from '@aws-sdk/client-ecs';
import { describe, expect, it } from '@jest/globals';
import { applyDecision } from '../../../src/local/ecs/apply-decision.ts';
import {
  beginDeployment,
  noteWantedTasks,
  scaleOlderDeployments,
} from '../../../src/local/ecs/deployments.ts';
import {
  type EcsState,
  emptyState,
  isLive,
  type ServiceRecord,
  type TaskDefinitionRecord,
  type TaskRecord,
} from '../../../src/local/ecs/model.ts';
import { newTask } from '../../../src/local/ecs/new-task.ts';
import { schedule } from '../../../src/local/ecs/scheduler.ts';
import { wantedFromSource } from '../../../src/local/ecs/scheduler-scaling.ts';
import { schedulerInput } from '../../../src/local/ecs/service-view.ts';
import { localTiming } from '../../../src/local/ecs/timing.ts';
import { deploymentWindow } from '../../../src/local/ecs/window.ts';
import type { TargetHealth } from '../../../src/local/elb/target-groups.ts';

const histories = 2000;
const steps = 40;
const place = { accountId: '000000000000', region: 'us-east-1' };
const cluster = { arn: 'arn:aws:ecs:us-east-1:000000000000:cluster/default', name: 'default' };

/** mulberry32: small, and the same everywhere. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

class World {
  readonly random: () => number;
  readonly state: EcsState = emptyState();
  readonly service: ServiceRecord;
  readonly health = new Map<string, TargetHealth['state']>();
  readonly #balanced: boolean;
  nowMs = 1_000_000;
  /** Revisions whose tasks crash at start. */
  readonly broken = new Set<string>();

  constructor(seed: number) {
    this.random = randomFrom(seed);
    this.#balanced = this.chance(0.6);
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
      deploymentConfiguration: this.configuration(),
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
    this.update();
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  pick<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length)];
  }

  configuration(): DeploymentConfiguration {
    const enable = this.chance(0.6);
    return {
      minimumHealthyPercent: this.pick([0, 50, 75, 100, 100]) ?? 100,
      maximumPercent: this.pick([100, 125, 150, 200, 200]) ?? 200,
      deploymentCircuitBreaker: { enable, rollback: this.chance(0.7), resetOnHealthyTask: this.chance(0.8) },
    };
  }

  tasks(): TaskRecord[] {
    return Object.values(this.state.tasks);
  }

  update(): void {
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
    noteWantedTasks(this.service);
    if (this.chance(0.35)) this.broken.add(definition.arn);
    beginDeployment(
      this.state,
      place,
      this.service,
      definition,
      { launchType: 'EC2', loadBalancers: [], serviceRegistries: [] },
      this.nowMs,
    );
  }

  /** What the world does by itself or at someone's wish. */
  disturb(): void {
    if (this.chance(0.05)) this.update();
    if (this.chance(0.05)) {
      this.service.desiredCount = this.below(6);
      scaleOlderDeployments(this.service);
    }
    if (this.chance(0.02)) this.service.deploymentConfiguration = this.configuration();
    const task = this.pick(this.tasks().filter(isLive));
    if (task && this.chance(0.06)) this.end(task);
    if (task && this.chance(0.15))
      this.health.set(task.id, this.pick(['healthy', 'unhealthy', 'initial']) ?? 'healthy');
  }

  /** Time passes: tasks start, pass their checks, crash at start, and end when told to. */
  progress(eager: boolean): void {
    for (const task of this.tasks()) {
      if (task.lastStatus === 'STOPPED' && task.accounted) delete this.state.tasks[task.id];
      if (task.lastStatus === 'STOPPED' || (!eager && this.chance(0.5))) continue;
      if (task.desiredStatus === 'STOPPED') {
        task.lastStatus = 'STOPPED';
        this.health.delete(task.id);
      } else if (this.broken.has(task.taskDefinitionArn)) {
        this.end(task);
      } else if (task.lastStatus !== 'RUNNING') {
        task.lastStatus = 'RUNNING';
        task.startedAtMs = this.nowMs;
        if (this.#balanced) this.health.set(task.id, 'initial');
      } else if (this.#balanced && (eager || this.health.get(task.id) === 'initial')) {
        this.health.set(task.id, 'healthy');
      }
    }
    this.nowMs += 1 + this.below(eager ? 40_000 : 2000);
  }

  end(task: TaskRecord): void {
    task.desiredStatus = 'STOPPED';
    task.lastStatus = 'STOPPING';
    task.stopCause = this.chance(0.1) ? 'user' : 'itself';
  }

  view(): Parameters<typeof schedule>[0] {
    const own = new Set(this.tasks());
    const definitions = this.state.taskDefinitions;
    return schedulerInput({
      service: this.service,
      store: {
        tasksOf: () => own,
        taskDefinition: (arn) => {
          const record = definitions[arn.slice(arn.lastIndexOf('/') + 1)];
          if (!record) throw new Error(arn);
          return record;
        },
      },
      targetGroups: { health: (_group, id) => ({ state: this.health.get(id) ?? 'unused' }) },
      timing: localTiming,
      nowMs: this.nowMs,
    });
  }

  healthyIds(): Set<string> {
    const healthy = this.view().tasks.filter((task) => task.phase === 'running' && task.health === 'healthy');
    return new Set(healthy.map(({ id }) => id));
  }

  /** One pass, checked: the window is never left by the scheduler's own doing. */
  pass(): void {
    for (let round = 0; ; round += 1) {
      if (round > 20) throw new Error('the scheduler does not come to rest');
      const { decisions } = schedule(this.view(), this.nowMs);
      const { lower, upper } = deploymentWindow(
        this.service.desiredCount,
        this.service.deploymentConfiguration,
      );
      const healthyBefore = this.healthyIds();
      for (const decision of decisions) {
        if (decision.type === 'start-tasks') {
          for (let index = 0; index < decision.count; index += 1) this.start(decision.deploymentId);
          if (this.tasks().filter(isLive).length > upper) throw new Error(`more tasks than ${upper}`);
        } else if (decision.type === 'stop-task') {
          const task = this.state.tasks[decision.taskId];
          if (!task || !isLive(task)) throw new Error('stops a task twice');
          this.end(task);
          task.stopCause = decision.cause;
        } else {
          applyDecision(
            {
              state: this.state,
              service: this.service,
              task: (id) => this.state.tasks[id],
              nowMs: this.nowMs,
            },
            decision,
          );
        }
      }
      const healthyAfter = [...this.healthyIds()].filter((id) => healthyBefore.has(id)).length;
      if (healthyAfter < Math.min(lower, healthyBefore.size)) {
        throw new Error(`${healthyAfter} healthy tasks left, ${lower} must be`);
      }
      this.checkRecords();
      if (decisions.every(({ type }) => type === 'event')) return;
    }
  }

  start(deploymentId: string): void {
    const deployment = this.service.deployments.find(({ id }) => id === deploymentId);
    const definition = this.state.taskDefinitions[deployment?.taskDefinitionArn.split('/').at(-1) ?? ''];
    if (!deployment || !definition) throw new Error('starts a task of no deployment');
    if (deployment.rolloutState === 'FAILED') throw new Error('starts a task of a failed deployment');
    const task = newTask({
      place,
      cluster,
      definition,
      launchType: 'EC2',
      group: 'service:web',
      serviceArn: this.service.arn,
      deploymentId,
      enableExecuteCommand: false,
      targets: this.#balanced ? [{ groupArn: 'group', containerName: 'web', containerPort: 80 }] : [],
      nowMs: this.nowMs,
    });
    this.state.tasks[task.id] = task;
  }

  checkRecords(): void {
    const { deployments } = this.service;
    const primaries = deployments.filter(({ status }) => status === 'PRIMARY');
    if (primaries.length !== 1 || deployments[0] !== primaries[0]) throw new Error('not one PRIMARY, first');
    if (new Set(deployments.map(({ id }) => id)).size !== deployments.length) throw new Error('ids repeat');
    for (const task of this.tasks()) {
      if (task.lastStatus === 'STOPPED') continue;
      if (!deployments.some(({ id }) => id === task.deploymentId))
        throw new Error('a task without deployment');
    }
    const open = Object.values(this.state.serviceDeployments).filter((run) => run.finishedAtMs === undefined);
    if (open.length > 1) throw new Error('two service deployments in progress');
  }

  /** At rest as wanted, or it says why not. */
  converged(): string | undefined {
    const [primary, ...others] = this.service.deployments;
    const live = this.tasks().filter(isLive);
    const healthy = this.healthyIds().size;
    if (
      others.length === 0 &&
      primary?.rolloutState === 'COMPLETED' &&
      live.length === this.service.desiredCount &&
      healthy === live.length
    ) {
      return 'steady';
    }
    // A broken update must not wear the service down: what served before is kept up.
    const wanted = wantedFromSource(this.view());
    const serving = live.filter((task) => task.deploymentId !== primary?.id).length;
    const source = deploymentsById(this.service).get(wanted?.source.id ?? '');
    const able = source !== undefined && !this.broken.has(source.taskDefinitionArn);
    if (wanted && able && serving < wanted.count) return undefined;
    if (primary?.rolloutState === 'FAILED') return 'failed';
    if (this.service.events[0]?.message.includes('because of the service deployment configuration'))
      return 'stuck';
    if (this.broken.has(primary?.taskDefinitionArn ?? '') && (primary?.failedTasks ?? 0) > 0)
      return 'keeps failing';
    return undefined;
  }
}

function live(seed: number): string {
  const world = new World(seed);
  world.pass();
  for (let step = 0; step < steps; step += 1) {
    world.disturb();
    world.progress(false);
    world.pass();
  }
  for (let step = 0; step < 60; step += 1) {
    world.progress(true);
    world.pass();
    if (world.converged() === 'steady') break;
  }
  const end = world.converged();
  if (end === undefined) {
    const { deployments, desiredCount, deploymentConfiguration, events } = world.service;
    const left = world.tasks().filter((task) => task.lastStatus !== 'STOPPED');
    const facts = { deployments, desiredCount, deploymentConfiguration, events: events.slice(0, 5), left };
    throw new Error(`does not converge: ${JSON.stringify(facts, null, 1)}`);
  }
  return end;
}

describe('the scheduler', () => {
  it(`keeps the window, counts truly and converges in ${histories} random histories`, () => {
    const only = process.env.SLIPWAY_SEED;
    const first = only === undefined ? Date.now() % 1_000_000_000 : Number(only);
    const ends: Record<string, number> = {};
    for (let seed = first; seed < first + (only === undefined ? histories : 1); seed += 1) {
      try {
        const end = live(seed);
        ends[end] = (ends[end] ?? 0) + 1;
      } catch (error) {
        throw new Error(`SLIPWAY_SEED=${seed}: ${(error as Error).message}`, { cause: error });
      }
    }
    process.stdout.write(`scheduler simulation: seeds ${first}.. ended ${JSON.stringify(ends)}\n`);
    if (only === undefined) {
      expect(Object.keys(ends).sort()).toEqual(['failed', 'keeps failing', 'steady', 'stuck']);
    }
  }, 180_000);
});

function deploymentsById(service: ServiceRecord): Map<string, ServiceRecord['deployments'][number]> {
  return new Map(service.deployments.map((deployment) => [deployment.id, deployment]));
}
