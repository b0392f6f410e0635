/**
 * One Temporal server for many runs at once: each lane has a namespace and workers of its own, and runs one seed at a
 * time, so that a worker that is restarted disturbs nobody else.
 */
import { fileURLToPath } from 'node:url';
import { CompleteAsyncError, Context } from '@temporalio/activity';
import { Client } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  type ActivityInterceptorsFactory,
  DefaultLogger,
  Runtime,
  type RuntimeOptions,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { buildQueue, TASK_QUEUE } from '../../src/release/names.ts';
import { findTool } from '../../src/tools.ts';
import { mapActivityErrors } from '../../src/workers/activity-errors.ts';
import { bundleOnce } from '../workflow-bundle.ts';
import type { AllActivities } from './activities.ts';
import { attemptOf } from './cloud/call-gate.ts';
import type { Attempt } from './record.ts';

/** What a run does with its activities; a lane knows them by the workflow's id. */
export interface Guest {
  readonly activities: AllActivities;
  /** Called when an attempt begins; what it waits for holds the attempt up. */
  onAttempt(attempt: Attempt): Promise<void>;
  /** Its worker has died in the meantime: nobody hears of it any more. */
  isDead(attempt: Attempt): boolean;
}

export type RestartableWorker = 'control' | 'deploy';

export interface Lane {
  readonly client: Client;
  readonly guests: Map<string, Guest>;
  /** Shuts the worker down in the middle of whatever it does, and starts another. */
  restart(worker: RestartableWorker): Promise<void>;
}

export interface Lanes {
  readonly lanes: readonly Lane[];
  readonly bundle: WorkflowBundleWithSourceMap;
  close(): Promise<void>;
}

/** Failing activities and lost workers are the point: their warnings would bury what matters. */
const QUIET: RuntimeOptions = {
  logger: new DefaultLogger('ERROR', () => undefined),
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
  // A stopped simulation ends at once, and its server with it (script/simulate.js).
  shutdownSignals: [],
};

let installed = false;

export const bundleOf = () =>
  bundleOnce(fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url)));

export const openLanes = async (count: number, bundle: WorkflowBundleWithSourceMap): Promise<Lanes> => {
  if (!installed) Runtime.install(QUIET);
  installed = true;
  const names = Array.from({ length: count }, (_, index) => `lane-${index}`);
  const env = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: await findTool('temporal') },
      log: { format: 'pretty', level: 'never' },
      extraArgs: names.flatMap((name) => ['--namespace', name]),
    },
  });
  const opened = await Promise.all(names.map((name) => openLane(env, name, bundle)));
  return {
    lanes: opened,
    bundle,
    async close() {
      await Promise.all(opened.map((lane) => lane.close()));
      await env.teardown();
    },
  };
};

const openLane = async (
  env: TestWorkflowEnvironment,
  namespace: string,
  workflowBundle: WorkflowBundleWithSourceMap,
): Promise<Lane & { close(): Promise<void> }> => {
  const guests = new Map<string, Guest>();
  const options = {
    connection: env.nativeConnection,
    namespace,
    activities: activitiesOf(guests),
    interceptors: { activity: [lifeOf(guests), mapActivityErrors] },
    maxHeartbeatThrottleInterval: 50,
    defaultHeartbeatThrottleInterval: 50,
    maxConcurrentActivityTaskPolls: 2,
    maxConcurrentWorkflowTaskPolls: 2,
    stickyQueueScheduleToStartTimeout: 1_000,
    shutdownGraceTime: 0,
  };
  const start = async (taskQueue: string): Promise<() => Promise<void>> => {
    const runsWorkflows = taskQueue === TASK_QUEUE.control;
    const worker = await Worker.create({
      ...options,
      taskQueue,
      ...(runsWorkflows ? { workflowBundle } : {}),
    });
    const running = worker.run();
    return async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
    };
  };
  const stops = new Map<string, Promise<() => Promise<void>>>();
  for (const queue of [TASK_QUEUE.control, TASK_QUEUE.deploy, TASK_QUEUE.checks, buildQueue('arm64')]) {
    stops.set(queue, start(queue));
  }
  const stopAll = async (): Promise<void> => {
    await Promise.all([...stops.values()].map(async (stop) => (await stop)()));
  };
  await Promise.all(stops.values());
  return {
    client: new Client({ connection: env.connection, namespace }),
    guests,
    async restart(worker) {
      const queue = TASK_QUEUE[worker];
      const before = stops.get(queue);
      const next = (async () => {
        await (await before)?.();
        return start(queue);
      })();
      stops.set(queue, next);
      await next;
    },
    close: stopAll,
  };
};

const guestOf = (guests: ReadonlyMap<string, Guest>): Guest => {
  const guest = guests.get(Context.current().info.workflowExecution?.workflowId ?? '');
  if (!guest) throw new Error('the run is over');
  return guest;
};

/** Temporal calls it for every name: the run that asks has the activity. */
const activitiesOf = (guests: ReadonlyMap<string, Guest>): object => ({
  default: (input: unknown): Promise<unknown> => {
    const { activityType } = Context.current().info;
    const { activities } = guestOf(guests);
    const byName = activities as unknown as Readonly<Record<string, (given: unknown) => Promise<unknown>>>;
    const activity = byName[activityType];
    if (!activity) throw new Error(`there is no activity ${activityType}`);
    return activity(input);
  },
});

/** The life of an attempt: it may be held up at its start, and its worker may die under it. */
const lifeOf =
  (guests: ReadonlyMap<string, Guest>): ActivityInterceptorsFactory =>
  (context) => ({
    inbound: {
      async execute(input, next) {
        const guest = guestOf(guests);
        const attempt = attemptOf(context);
        const beat = context.heartbeat.bind(context);
        // The dead have no heartbeat.
        Object.assign(context, {
          heartbeat: (details: unknown) => {
            if (!guest.isDead(attempt)) beat(details);
          },
        });
        await guest.onAttempt(attempt);
        try {
          const answer = await next(input);
          if (!guest.isDead(attempt)) return answer;
        } catch (error) {
          if (!guest.isDead(attempt)) throw error;
        }
        // Temporal is told nothing; it finds out by the heartbeat that is missing.
        throw new CompleteAsyncError();
      },
    },
  });
