/** A real Temporal dev server, real workers on all queues, and fake pools behind them. */
import { fileURLToPath } from 'node:url';
import { WorkflowFailedError, type WorkflowHandle, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  DefaultLogger,
  Runtime,
  Worker,
  type WorkerOptions,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { buildQueue, DEPLOY_WORKFLOW, TASK_QUEUE } from '../../src/release/names.ts';
import type { OperatorAction } from '../../src/release/operator.ts';
import type { ReleaseRequest } from '../../src/release/plan.ts';
import type { ReleaseReport, ReleaseStatus } from '../../src/release/verdict.ts';
import { findTool } from '../../src/tools.ts';
import { mapActivityErrors } from '../../src/workers/activity-errors.ts';
import { ENGINE_QUEUE, type FakePools, SHA } from '../fakes/activities.ts';
import { bundleOnce } from '../workflow-bundle.ts';

// Failing activities are the point of these tests: their warnings would bury a real failure.
Runtime.install({ logger: new DefaultLogger('ERROR') });

/** @param settings of Temporal's dynamic configuration, as `key=value` */
export const startServer = async (settings: readonly string[] = []): Promise<TestWorkflowEnvironment> =>
  TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: await findTool('temporal') },
      extraArgs: settings.flatMap((setting) => ['--dynamic-config-value', setting]),
    },
  });

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;

export const workflowBundle = (): Promise<WorkflowBundleWithSourceMap> => {
  bundle ??= bundleOnce(fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url)));
  return bundle;
};

const QUEUES = [
  TASK_QUEUE.control,
  TASK_QUEUE.telling,
  TASK_QUEUE.proposals,
  TASK_QUEUE.deploy,
  TASK_QUEUE.checks,
  buildQueue('arm64'),
  buildQueue('amd64'),
  ENGINE_QUEUE,
];

/** Runs `work` while all pools are served; the queues in `without` have nobody. */
export const withPools = async <T>(
  env: TestWorkflowEnvironment,
  pools: Pick<FakePools, 'activities'>,
  work: () => Promise<T>,
  without: readonly string[] = [],
  more: Pick<WorkerOptions, 'maxCachedWorkflows'> = {},
): Promise<T> => {
  const code = await workflowBundle();
  const workers = await Promise.all(
    QUEUES.filter((queue) => !without.includes(queue)).map((taskQueue) =>
      Worker.create({
        connection: env.nativeConnection,
        taskQueue,
        activities: pools.activities(),
        ...(taskQueue === TASK_QUEUE.control ? { workflowBundle: code, ...more } : {}),
        // What was meant for a worker that has gone goes to the next one after a second, not after ten.
        stickyQueueScheduleToStartTimeout: 1_000,
        interceptors: { activity: [mapActivityErrors] },
        maxHeartbeatThrottleInterval: 100,
        defaultHeartbeatThrottleInterval: 100,
      }),
    ),
  );
  const nested = workers.reduceRight<() => Promise<T>>(
    (inner, worker) => () => worker.runUntil(inner()),
    work,
  );
  return nested();
};

/** Runs `work` while somebody else serves one queue more. */
export const withPoolOn = async <T>(
  env: TestWorkflowEnvironment,
  taskQueue: string,
  pools: FakePools,
  work: () => Promise<T>,
): Promise<T> => {
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue,
    activities: pools.activities(),
    interceptors: { activity: [mapActivityErrors] },
    maxHeartbeatThrottleInterval: 100,
    defaultHeartbeatThrottleInterval: 100,
  });
  return worker.runUntil(work());
};

let counter = 0;

export const startDeploy = (
  env: TestWorkflowEnvironment,
  request: Partial<ReleaseRequest> = {},
): Promise<WorkflowHandle> => {
  counter += 1;
  return env.client.workflow.start(DEPLOY_WORKFLOW, {
    taskQueue: TASK_QUEUE.control,
    workflowId: `test-${process.pid}-${counter}`,
    args: [{ environment: 'production', sha: SHA, ...request }],
  });
};

/** The report of a release, however it ended. */
export const reportOf = async (handle: WorkflowHandle): Promise<ReleaseReport> => {
  try {
    return (await handle.result()) as ReleaseReport;
  } catch (error) {
    if (error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure) {
      const report = error.cause.details?.[0] as ReleaseReport | undefined;
      if (report) return report;
    }
    throw error;
  }
};

/** The first status for which `is` holds. */
export const statusWhen = async (
  handle: WorkflowHandle,
  is: (status: ReleaseStatus) => boolean,
): Promise<ReleaseStatus> => {
  for (;;) {
    const status = await handle.query<ReleaseStatus>('status');
    if (is(status)) return status;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

/** What an update answers: its result, or the words with which it was refused. */
export const tell = async (
  handle: WorkflowHandle,
  action: OperatorAction,
  note?: unknown,
): Promise<string> => {
  try {
    return await handle.executeUpdate<string, [unknown]>(action, { args: [note] });
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
      return `${error.cause.type}: ${error.cause.message}`;
    }
    throw error;
  }
};
