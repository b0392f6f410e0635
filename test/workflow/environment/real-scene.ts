/**
 * The real `environment` and `deploy` workflows together, on a real server, over a real store. Control's part in the
 * turn is real, and so is the update of services, of an ECS in memory; the other steps are the fake pools'. The deploy
 * pool comes and goes as a test says.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { lastPollInTemporal, openTasksInTemporal } from '../../../src/activities/attendance-in-temporal.ts';
import type { DeployActivities } from '../../../src/activities/contracts/deploy.ts';
import type { UpdateServicesResult } from '../../../src/activities/contracts/rollout.ts';
import { createDeployActivities } from '../../../src/activities/deploy.ts';
import { createEnvironmentActivities } from '../../../src/activities/environment.ts';
import { endInTemporal } from '../../../src/activities/release-end.ts';
import { fateInTemporal } from '../../../src/activities/release-fate.ts';
import { createMarkActivities } from '../../../src/activities/release-marks.ts';
import { turnsIn } from '../../../src/activities/turns.ts';
import type { EnvironmentStatus } from '../../../src/release/environment/status.ts';
import {
  DEPLOY_WORKFLOW,
  deployWorkflowId,
  environmentWorkflowId,
  STATUS_QUERY,
  TASK_QUEUE,
} from '../../../src/release/names.ts';
import type { Plan } from '../../../src/release/plan.ts';
import { createFolderStore } from '../../../src/store/folder-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { mapActivityErrors } from '../../../src/workers/activity-errors.ts';
import { createWorld, type World } from '../../activities/world.ts';
import { baselineOf, FakePools, planFor, targetOf } from '../../fakes/activities.ts';
import { shaOf } from '../../release/environment/scenes.ts';
import { withPools } from '../harness.ts';

/** Patience of a test: what is not taken for a second lies about. */
const ATTENDANCE = { everyMs: 100, taskMs: 1_000, pollMs: 1_000 } as const;

let counter = 0;

export class RealScene {
  readonly app = 'shop';
  readonly environment = `production-${process.pid}-${++counter}`;
  readonly pools = new FakePools();
  readonly world: World = createWorld();
  readonly store: Store;
  /** What the environment asks for beyond the default. */
  asks: Partial<Plan> = {};
  readonly #server: TestWorkflowEnvironment;
  readonly #folder: string;
  readonly marks: ReturnType<typeof createMarkActivities>;
  readonly #stops = new Set<() => Promise<void>>();

  private constructor(server: TestWorkflowEnvironment, folder: string) {
    this.#server = server;
    this.#folder = folder;
    this.store = createFolderStore(folder);
    this.marks = createMarkActivities({ store: this.store, fateOf: fateInTemporal });
    const { ecs } = this.world;
    for (const name of ['worker', 'api']) ecs.addService(`shop-${name}`, baselineOf(name));
    ecs.onRollout = (service) => ecs.complete(service);
    this.#makeReal();
  }

  static async create(server: TestWorkflowEnvironment): Promise<RealScene> {
    return new RealScene(server, await mkdtemp(join(tmpdir(), 'slipway-real-')));
  }

  get handle(): WorkflowHandle {
    return this.#server.client.workflow.getHandle(environmentWorkflowId(this.app, this.environment));
  }

  async statusWhen(is: (status: EnvironmentStatus) => boolean): Promise<EnvironmentStatus> {
    for (;;) {
      // Before its first release there is none.
      const status = await this.handle.query<EnvironmentStatus>(STATUS_QUERY).catch(() => undefined);
      if (status && is(status)) return status;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** @param place of its commit on the main line */
  deploy(place: number): Promise<WorkflowHandle> {
    const { app, environment } = this;
    const sha = shaOf(place);
    return this.#server.client.workflow.start(DEPLOY_WORKFLOW, {
      taskQueue: TASK_QUEUE.control,
      workflowId: deployWorkflowId(app, environment, sha),
      args: [{ app, environment, sha }],
    });
  }

  /** Runs `work` beside all pools but the one for deployments. */
  withoutDeployPool<T>(work: () => Promise<T>): Promise<T> {
    return withPools(this.#server, this.pools, work, [TASK_QUEUE.deploy]);
  }

  /** Returns what ends it again. */
  async startDeployPool(): Promise<() => Promise<void>> {
    const worker = await Worker.create({
      connection: this.#server.nativeConnection,
      taskQueue: TASK_QUEUE.deploy,
      activities: this.pools.activities(),
      interceptors: { activity: [mapActivityErrors] },
      maxHeartbeatThrottleInterval: 100,
      defaultHeartbeatThrottleInterval: 100,
    });
    const running = worker.run();
    const stop = async (): Promise<void> => {
      if (this.#stops.delete(stop)) worker.shutdown();
      await running;
    };
    this.#stops.add(stop);
    return stop;
  }

  /** What was changed in ECS, in order. */
  get changes(): readonly string[] {
    return this.world.ecs.callsOf('updateService').map((about) => {
      const { service, taskDefinition } = about as { service: string; taskDefinition: string };
      return `${service} ${taskDefinition.split('/')[1]}`;
    });
  }

  updateServices(input: Parameters<DeployActivities['updateServices']>[0]): Promise<UpdateServicesResult> {
    const ports = { ...this.world.ports, turns: turnsIn(this.store) };
    return createDeployActivities(ports).updateServices(input);
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) await stop();
    await this.handle.terminate().catch(() => undefined);
    await rm(this.#folder, { recursive: true, force: true });
  }

  #makeReal(): void {
    const { store, pools } = this;
    const environment = createEnvironmentActivities({
      store,
      fateOf: fateInTemporal,
      endOf: endInTemporal,
      attendance: { ...ATTENDANCE, openTasks: openTasksInTemporal, lastPollMs: lastPollInTemporal },
    });
    const { marks } = this;
    pools
      .on('tellEnvironment', (input) => environment.tellEnvironment(input))
      .on('recallEnvironment', (input) => environment.recallEnvironment(input))
      .on('awaitRelease', (input) => environment.awaitRelease(input))
      .on('keepEntry', (input) => environment.keepEntry(input))
      .on('readLedger', (input) => environment.readLedger(input))
      .on('foreseeTurn', (input) => environment.foreseeTurn(input))
      .on('takeTurn', (input) => marks.takeTurn(input))
      .on('openRelease', (input) => marks.openRelease(input))
      .on('closeRelease', (input) => marks.closeRelease(input))
      .on('updateServices', (input) => this.updateServices(input))
      .on('readSource', async (request) => ({
        spec: planOf(request.environment, request.sha),
        ancestors: Array.from({ length: placeOf(request.sha) - 1 }, (_, index) =>
          shaOf(index + 1).slice(0, 12),
        ),
        rules: { policy: 'queue' as const, freezes: [] },
      }))
      .on('inspect', async ({ spec }) => ({ ...planOf(spec.environment, spec.commit.sha), ...this.asks }))
      // Each release brings task definitions of its own.
      .on('prepareRollout', async ({ number, plan }) => ({
        targets: plan.services.map(({ name, service }) => {
          const found = this.world.ecs.service(service).taskDefinition ?? '';
          const baseline = { taskDefinition: found, restoreTo: found };
          return {
            ...targetOf(name),
            found,
            baseline,
            taskDefinition: `arn:task-definition/${name}:${number + 1}`,
          };
        }),
        latest: [],
      }));
  }
}

const placeOf = (sha: string): number => Number(sha.slice(0, 12));

const planOf = (environment: string, sha: string): Plan => {
  const plan = planFor({ environment, sha });
  return { ...plan, commit: { ...plan.commit, sha } };
};

/**
 * Inside an activity: beats until it is let go, as one does whose worker is well. That its workflow is gone does not wake
 * it; that its worker goes does, so that a test that has failed ends.
 */
export const heldUntil = async (free: Promise<void>): Promise<void> => {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), 100);
  const shutdown = new Promise<never>((_resolve, reject) => {
    context.cancelled.catch((reason: Error) => {
      if (reason.message === 'WORKER_SHUTDOWN') reject(reason);
    });
  });
  try {
    await Promise.race([free, shutdown]);
  } finally {
    clearInterval(beat);
  }
};

/** A promise and what resolves it. */
export const gate = (): { readonly passed: Promise<void>; readonly open: () => void } => {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
};
