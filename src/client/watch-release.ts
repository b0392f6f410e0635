/**
 * Reads a release without touching it: its status (a query), what its pending activities last said
 * (`describe()`, free of Temporal actions), and its report once it has ended.
 */
import {
  defaultPayloadConverter,
  TerminatedFailure,
  type WorkflowExecutionDescription,
  WorkflowFailedError,
} from '@temporalio/client';
import type { Aftermath } from '../release/broken-off.ts';
import { reportFromFailure } from '../release/ended-report.ts';
import { STATUS_QUERY } from '../release/names.ts';
import type { ReleaseReport, ReleaseStatus } from '../release/verdict.ts';
import { aftermathOf } from './aftermath.ts';
import type { ReleaseClient } from './connect.ts';
import { NoVerdictError } from './errors.ts';
import type { FoundRelease } from './find-release.ts';

export interface PendingActivity {
  readonly activityId: string;
  readonly type: string;
  readonly attempt: number;
  /** Which worker runs it; empty while it waits for one. */
  readonly worker: string;
  /** Where it waits for one; absent where an older Temporal does not say. */
  readonly taskQueue?: string;
  /** Of one that waits: whether anybody has asked that queue for work in the last minutes. */
  readonly isPolled?: boolean;
  readonly lastFailure?: string;
  /** First element of the heartbeat details, decoded; undefined before the first heartbeat. */
  readonly heartbeat?: unknown;
}

export interface ReleaseSnapshot {
  readonly running: boolean;
  readonly startedAtMs: number;
  readonly historyLength: number;
  readonly pending: readonly PendingActivity[];
}

const handleOf = (client: ReleaseClient, release: FoundRelease) =>
  client.temporal.workflow.getHandle(release.workflowId, release.runId);

/** Answered by a control worker; fails where none is there within `timeoutMs`. */
export async function releaseStatus(
  client: ReleaseClient,
  release: FoundRelease,
  timeoutMs = 5_000,
): Promise<ReleaseStatus> {
  return client.temporal.withDeadline(Date.now() + timeoutMs, () =>
    handleOf(client, release).query<ReleaseStatus>(STATUS_QUERY),
  );
}

export async function describeRelease(
  client: ReleaseClient,
  release: FoundRelease,
): Promise<ReleaseSnapshot> {
  const description = await handleOf(client, release).describe();
  const pending = description.raw.pendingActivities ?? [];
  const isPolled = oncePer((taskQueue: string) => whetherPolled(client, taskQueue));
  return {
    running: description.status.name === 'RUNNING',
    startedAtMs: description.startTime.getTime(),
    historyLength: description.historyLength,
    pending: await Promise.all(
      pending.map(async (activity) => {
        const failure = activity.lastFailure?.message;
        const heartbeat = decodeFirst(activity.heartbeatDetails?.payloads);
        const worker = activity.lastWorkerIdentity ?? '';
        const taskQueue = activity.activityOptions?.taskQueue?.name || undefined;
        return {
          activityId: activity.activityId ?? '',
          type: activity.activityType?.name ?? '',
          attempt: activity.attempt ?? 1,
          worker,
          ...(taskQueue === undefined ? {} : { taskQueue }),
          ...(taskQueue !== undefined && worker === '' ? await isPolled(taskQueue) : {}),
          ...(failure ? { lastFailure: failure } : {}),
          ...(heartbeat === undefined ? {} : { heartbeat }),
        };
      }),
    ),
  };
}

/** A hundred steps that wait for the same queue are one question. */
const oncePer = <T>(ask: (about: string) => Promise<T>): ((about: string) => Promise<T>) => {
  const asked = new Map<string, Promise<T>>();
  return (about) => {
    const answer = asked.get(about) ?? ask(about);
    asked.set(about, answer);
    return answer;
  };
};

const ACTIVITY_TASKS = 2;

/** Temporal remembers who has asked for five minutes. A hint, which nobody waits for: trouble leaves it out. */
async function whetherPolled(
  { temporal }: ReleaseClient,
  taskQueue: string,
): Promise<Pick<PendingActivity, 'isPolled'>> {
  try {
    const { pollers } = await temporal.workflowService.describeTaskQueue({
      namespace: temporal.options.namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: ACTIVITY_TASKS,
    });
    return { isPolled: (pollers ?? []).length > 0 };
  } catch {
    return {};
  }
}

type Payloads = readonly Parameters<typeof defaultPayloadConverter.fromPayload>[0][] | null | undefined;

/** Heartbeats are for show: one that a codec has encrypted is left out, not an error. */
function decodeFirst(payloads: Payloads): unknown {
  try {
    const [first] = payloads ?? [];
    return first && defaultPayloadConverter.fromPayload(first);
  } catch {
    return undefined;
  }
}

/**
 * The run in which a release goes on: another one after a reset in Temporal, which ends the run as terminated. A later
 * release of the same commit is none of its runs.
 */
export async function newestRun(client: ReleaseClient, release: FoundRelease): Promise<FoundRelease> {
  const { workflowId } = release;
  const [own, newest] = await Promise.all([
    handleOf(client, release).describe(),
    client.temporal.workflow.getHandle(workflowId).describe(),
  ]);
  const isSame = firstRunOf(own) === firstRunOf(newest);
  return isSame ? { workflowId, runId: newest.runId } : release;
}

const firstRunOf = ({ raw, runId }: WorkflowExecutionDescription): string =>
  raw.workflowExecutionInfo?.firstRunId || runId;

/**
 * Resolves with the report when the release ends, whatever its verdict and in whichever run.
 * @throws NoVerdictError where it ended in another way (terminated, for example)
 */
export async function waitForRelease(client: ReleaseClient, release: FoundRelease): Promise<ReleaseReport> {
  try {
    return (await handleOf(client, release).result()) as ReleaseReport;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const report = reportFromFailure(error.cause);
    if (report) return report;
    const newest = await newestRun(client, release);
    return newest.runId === release.runId ? fail(client, release, error) : waitForRelease(client, newest);
  }
}

async function fail(
  client: ReleaseClient,
  release: FoundRelease,
  error: WorkflowFailedError,
): Promise<never> {
  const { workflowId } = release;
  const description = await handleOf(client, release).describe();
  const endedAtMs = description.closeTime?.getTime() ?? Date.now();
  const releaseId = `${workflowId}/${firstRunOf(description)}`;
  const aftermath = await aftermathOf(client, workflowId, { releaseId, endedAtMs });
  // Temporal puts the reason that was given into the message.
  const how =
    error.cause instanceof TerminatedFailure
      ? `was terminated (${error.cause.message})`
      : (error.cause?.message ?? error.message);
  throw new NoVerdictError(
    `${workflowId} ended without a verdict: ${how}`,
    { endedAtMs, aftermath },
    { cause: error, advice: adviceOn(endedAtMs, aftermath) },
  );
}

const adviceOn = (endedAtMs: number, aftermath: Aftermath | null): string =>
  aftermath
    ? `Since then ${aftermath.workflowId} (${aftermath.verdict}) has looked back at it: ${aftermath.did}.`
    : `When it ended (${new Date(endedAtMs).toISOString()}), what it had changed was still in place. The next release of this environment finds that, puts it back to where it was, and then begins: slipway deploy <environment>.`;
