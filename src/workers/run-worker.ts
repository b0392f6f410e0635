/**
 * One worker process: connects, makes the role's workers, runs them until SIGTERM or SIGINT, closes.
 * Temporal's runtime catches the signals; activities still running after the grace are retried elsewhere.
 */
import {
  NativeConnection,
  Runtime,
  type WorkerOptions as TemporalWorkerOptions,
  Worker,
} from '@temporalio/worker';
import { TransientError } from '../errors.ts';
import { temporalSettings } from '../temporal-settings.ts';
import { mapActivityErrors } from './activity-errors.ts';
import type { WorkerOptions, WorkerRole } from './options.ts';
import { prepareRole } from './roles.ts';

/** One Temporal worker of a role: its queue and what it offers there. */
export interface QueueWorker {
  readonly taskQueue: string;
  readonly activities?: object;
  readonly workflowBundle?: TemporalWorkerOptions['workflowBundle'];
  /** Activities at a time; how many make sense depends on what they burden. */
  readonly slots?: number;
}

const DEFAULT_GRACE_MS = 5_000;
const DEFAULT_THROTTLE_MS = 10_000;

export const runWorker = async (role: WorkerRole, options: WorkerOptions): Promise<void> => {
  const { queues, line, onConnected } = await prepareRole(role, options);
  const { connection, namespace } = await connect(options);
  try {
    const remark = await onConnected?.(connection, namespace);
    if (remark !== undefined) Runtime.instance().logger.warn(remark);
    const workers = await Promise.all(
      queues.map((queue) => Worker.create(toTemporalOptions(queue, connection, namespace, options))),
    );
    const running = workers.map((worker) => worker.run());
    options.onReady?.(line);
    // One worker that dies takes the process with it: a role that is half there is harder to notice.
    await Promise.race(running).finally(() => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    });
    await Promise.all(running);
  } finally {
    await connection.close();
  }
};

const toTemporalOptions = (
  queue: QueueWorker,
  connection: NativeConnection,
  namespace: string,
  options: WorkerOptions,
): TemporalWorkerOptions => ({
  connection,
  namespace,
  taskQueue: queue.taskQueue,
  ...(queue.activities ? { activities: queue.activities } : {}),
  ...(queue.workflowBundle ? { workflowBundle: queue.workflowBundle } : {}),
  ...(queue.slots ? { maxConcurrentActivityTaskExecutions: queue.slots } : {}),
  maxHeartbeatThrottleInterval: options.heartbeatThrottleMs ?? DEFAULT_THROTTLE_MS,
  defaultHeartbeatThrottleInterval: options.heartbeatThrottleMs ?? DEFAULT_THROTTLE_MS,
  shutdownGraceTime: options.shutdownGraceMs ?? DEFAULT_GRACE_MS,
  interceptors: { activity: [mapActivityErrors] },
});

const connect = async (
  options: WorkerOptions,
): Promise<{ connection: NativeConnection; namespace: string }> => {
  const settings = temporalSettings();
  const { apiKey, tls, metadata } = settings;
  const address = options.address ?? settings.address ?? 'localhost:7233';
  try {
    const connection = await NativeConnection.connect({
      address,
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(tls === undefined ? {} : { tls }),
      ...(metadata === undefined ? {} : { metadata }),
    });
    return { connection, namespace: options.namespace ?? settings.namespace ?? 'default' };
  } catch (error) {
    throw new TransientError(`cannot reach Temporal at ${address}`, {
      cause: error,
      advice: 'start it (`slipway local up`), or set TEMPORAL_ADDRESS',
    });
  }
};
