// What must hold of a service at every moment, whatever happens to it. Each rule throws with what is wrong.
import type { ServiceDeploymentStatus } from '@aws-sdk/client-ecs';
import { isLive } from '../../../../src/local/ecs/model.ts';
import type { Decision } from '../../../../src/local/ecs/scheduler/types.ts';
import { deploymentWindow, failureThreshold } from '../../../../src/local/ecs/scheduler/window.ts';
import { renderServiceDeployment } from '../../../../src/local/ecs/services/render-deployments.ts';
import { renderService } from '../../../../src/local/ecs/services/render-service.ts';
import type { World } from './simulated-world.ts';

function must(holds: boolean, rule: string): void {
  if (!holds) throw new Error(rule);
}

/** From each status, in one step of the world and one pass of the scheduler. */
const ways: Record<ServiceDeploymentStatus, readonly ServiceDeploymentStatus[]> = {
  PENDING: [
    'STOP_REQUESTED',
    'IN_PROGRESS',
    'SUCCESSFUL',
    'STOPPED',
    'ROLLBACK_IN_PROGRESS',
    'ROLLBACK_SUCCESSFUL',
    'ROLLBACK_FAILED',
  ],
  IN_PROGRESS: [
    'SUCCESSFUL',
    'STOPPED',
    'ROLLBACK_IN_PROGRESS',
    'ROLLBACK_SUCCESSFUL',
    'ROLLBACK_FAILED',
    'STOP_REQUESTED',
  ],
  ROLLBACK_REQUESTED: [],
  ROLLBACK_IN_PROGRESS: ['ROLLBACK_SUCCESSFUL', 'ROLLBACK_FAILED', 'STOPPED', 'STOP_REQUESTED'],
  STOP_REQUESTED: ['STOPPED'],
  SUCCESSFUL: [],
  STOPPED: [],
  ROLLBACK_SUCCESSFUL: [],
  ROLLBACK_FAILED: [],
};
const final: readonly ServiceDeploymentStatus[] = [
  'SUCCESSFUL',
  'STOPPED',
  'ROLLBACK_SUCCESSFUL',
  'ROLLBACK_FAILED',
];

export class Rules {
  readonly #world: World;
  readonly #statuses = new Map<string, ServiceDeploymentStatus>();
  readonly #deploymentIds = new Map<string, string>();
  #passes = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** One pass of the scheduler, until it has nothing more to decide. Returns when it wants to be called again. */
  pass(): number | undefined {
    const world = this.#world;
    for (let round = 0; ; round += 1) {
      must(round <= 20, 'the scheduler comes to rest');
      const { decisions, wakeAtMs } = world.decide();
      this.#passes += 1;
      // Not each time: it takes long.
      if (this.#passes % 8 === 0) {
        const again = JSON.stringify(world.decide().decisions);
        must(again === JSON.stringify(decisions), 'it decides the same twice');
      }
      this.#carryOut(decisions);
      this.#deployments();
      if (!decisions.every(({ type }) => type === 'event')) continue;
      this.#serviceDeployments();
      this.#failures();
      return wakeAtMs;
    }
  }

  /** The window is never left by the scheduler's own doing. */
  #carryOut(decisions: readonly Decision[]): void {
    const world = this.#world;
    const { status, desiredCount, deploymentConfiguration } = world.service;
    const { lower, upper } = deploymentWindow(desiredCount, deploymentConfiguration);
    const stops = decisions.some(({ type }) => type === 'stop-task');
    const healthyBefore = stops ? world.healthyIds() : undefined;
    for (const decision of decisions) {
      world.carryOut(decision);
      if (decision.type !== 'start-tasks') continue;
      must(world.live().length <= upper, `at most ${upper} tasks are live`);
    }
    if (!healthyBefore || status !== 'ACTIVE') return;
    const healthyAfter = [...world.healthyIds()].filter((id) => healthyBefore.has(id)).length;
    must(healthyAfter >= Math.min(lower, healthyBefore.size), `at least ${lower} tasks stay healthy`);
  }

  #deployments(): void {
    const { service } = this.#world;
    const { deployments } = service;
    if (service.status === 'INACTIVE') {
      must(deployments.length === 0, 'an INACTIVE service has no deployment');
      return;
    }
    must(deployments[0]?.status === 'PRIMARY', 'the first deployment is PRIMARY');
    must(
      deployments.slice(1).every(({ status }) => status === 'ACTIVE'),
      'no other deployment is PRIMARY',
    );
    must(
      new Set(deployments.map(({ id }) => id)).size === deployments.length,
      'ids of deployments are distinct',
    );
    for (const { id, revisionArn } of deployments) {
      must(
        (this.#deploymentIds.get(id) ?? revisionArn) === revisionArn,
        'an id is never used for another revision',
      );
      this.#deploymentIds.set(id, revisionArn);
    }
    for (const task of this.#world.tasks()) {
      if (task.lastStatus === 'STOPPED') continue;
      must(
        deployments.some(({ id }) => id === task.deploymentId),
        'a deployment stays until its last task has stopped',
      );
    }
  }

  /** After a pass: what DescribeServices and DescribeServiceDeployments say agrees. */
  #serviceDeployments(): void {
    const { service, state } = this.#world;
    const runs = Object.values(state.serviceDeployments);
    if (service.status === 'INACTIVE') {
      must(runs.length === 0, 'service deployments go with their service');
      return;
    }
    for (const run of runs) {
      const before = this.#statuses.get(run.arn) ?? 'PENDING';
      must(
        run.status === before || ways[before].includes(run.status),
        `no way from ${before} to ${run.status}`,
      );
      this.#statuses.set(run.arn, run.status);
      must((run.finishedAtMs !== undefined) === final.includes(run.status), `${run.status} with finishedAt`);
      must(
        run.status !== 'PENDING' && run.status !== 'ROLLBACK_REQUESTED',
        `${run.status} is taken up at once`,
      );
      const monitors = [run.breaker.status, run.alarms?.status];
      must(
        run.finishedAtMs === undefined || !monitors.includes('MONITORING'),
        'what is over is not monitored',
      );
    }
    if (service.status === 'DRAINING') {
      must(
        runs.every(({ status }) => final.includes(status) || status === 'STOP_REQUESTED'),
        'deleting stops it',
      );
      return;
    }
    const [primary] = service.deployments;
    const run = state.serviceDeployments[primary?.serviceDeploymentArn ?? ''];
    const expected = {
      IN_PROGRESS: primary?.rollback ? ['ROLLBACK_IN_PROGRESS'] : ['IN_PROGRESS'],
      COMPLETED: primary?.rollback ? ['ROLLBACK_SUCCESSFUL'] : ['SUCCESSFUL'],
      FAILED: primary?.rollback ? ['ROLLBACK_FAILED'] : ['STOPPED', 'ROLLBACK_FAILED'],
    }[primary?.rolloutState ?? 'FAILED'];
    must(run !== undefined && expected.includes(run.status), `${primary?.rolloutState} with ${run?.status}`);
    const enabled = service.deploymentConfiguration.deploymentCircuitBreaker?.enable ?? false;
    must(
      run?.status !== 'IN_PROGRESS' || run.breaker.status === (enabled ? 'MONITORING' : 'DISABLED'),
      'breaker',
    );
    const ongoing = runs.filter(({ finishedAtMs }) => finishedAtMs === undefined);
    must(
      ongoing.every((each) => each === run),
      'only the newest is in progress',
    );
  }

  /** No failure is left unseen, and none is invented. */
  #failures(): void {
    const { service } = this.#world;
    const [primary] = service.deployments;
    const breaker = service.deploymentConfiguration.deploymentCircuitBreaker;
    if (service.status !== 'ACTIVE' || primary?.rolloutState !== 'IN_PROGRESS') return;
    const threshold = failureThreshold(service.desiredCount, breaker?.thresholdConfiguration);
    must(!breaker?.enable || primary.failedTasks < threshold, 'the breaker trips at its threshold');
    const [view] = this.#world.view().deployments;
    must((view?.alarms?.inAlarm ?? []).length === 0, 'an alarm fails what it watches');
  }

  /** What clients are shown, against a plain count of the tasks. */
  answers(): void {
    const world = this.#world;
    if (world.service.status === 'INACTIVE') return;
    const shown = renderService(world.service, world.store());
    const running = world.live().filter(({ lastStatus }) => lastStatus === 'RUNNING').length;
    must(shown.runningCount === running, 'runningCount');
    must(shown.pendingCount === world.live().length - running, 'pendingCount');
    const sum = (member: 'runningCount' | 'pendingCount'): number =>
      (shown.deployments ?? []).reduce((total, deployment) => total + (deployment[member] ?? 0), 0);
    must(
      sum('runningCount') === running && sum('pendingCount') === shown.pendingCount,
      'counts of deployments',
    );
    for (const run of Object.values(world.state.serviceDeployments)) {
      const { targetServiceRevision } = renderServiceDeployment(run, world.store());
      const own = world
        .tasks()
        .filter((task) => isLive(task) && task.revisionArn === targetServiceRevision?.arn);
      must(
        (targetServiceRevision?.runningTaskCount ?? 0) + (targetServiceRevision?.pendingTaskCount ?? 0) ===
          own.length,
        'counts of service deployments',
      );
    }
  }
}
