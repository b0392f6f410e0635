/**
 * Reads a release without touching it: its status (a query), what its pending activities last said
 * (`describe()`, free of Temporal actions), and its report once it has ended.
 */
import { WorkflowFailedError } from '@temporalio/client';
import {
  ApplicationFailure,
  arrayFromPayloads,
  defaultPayloadConverter,
  TerminatedFailure,
} from '@temporalio/common';
import { STATUS_QUERY } from '../release/names.ts';
import { type ReleaseReport, type ReleaseStatus, VERDICTS } from '../release/verdict.ts';
import type { ReleaseClient } from './connect.ts';
import { NoVerdictError } from './errors.ts';
import type { FoundRelease } from './release-handle.ts';

export interface PendingActivity {
  readonly activityId: string;
  readonly type: string;
  readonly attempt: number;
  /** Which worker runs it; empty while it waits for one. */
  readonly worker: string;
  readonly lastFailure?: string;
  /** First element of the heartbeat details, decoded; undefined before the first heartbeat. */
  readonly heartbeat?: unknown;
}

export interface ReleaseSnapshot {
  readonly running: boolean;
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
  return {
    running: description.status.name === 'RUNNING',
    historyLength: description.historyLength,
    pending: pending.map((activity) => {
      const failure = activity.lastFailure?.message;
      const heartbeat = decodeFirst(activity.heartbeatDetails?.payloads);
      return {
        activityId: activity.activityId ?? '',
        type: activity.activityType?.name ?? '',
        attempt: activity.attempt ?? 1,
        worker: activity.lastWorkerIdentity ?? '',
        ...(failure ? { lastFailure: failure } : {}),
        ...(heartbeat === undefined ? {} : { heartbeat }),
      };
    }),
  };
}

type Payloads = Parameters<typeof arrayFromPayloads>[1];

/** Heartbeats are for show: one that a codec has encrypted is left out, not an error. */
function decodeFirst(payloads: Payloads): unknown {
  try {
    return arrayFromPayloads(defaultPayloadConverter, payloads)[0];
  } catch {
    return undefined;
  }
}

/**
 * Resolves with the report when the release ends, whatever its verdict.
 * @throws NoVerdictError where the run ended in another way (terminated, for example)
 */
export async function waitForRelease(client: ReleaseClient, release: FoundRelease): Promise<ReleaseReport> {
  try {
    return (await handleOf(client, release).result()) as ReleaseReport;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return reportOf(error.cause) ?? fail(release, error);
  }
}

function reportOf(failure: Error | undefined): ReleaseReport | undefined {
  if (!(failure instanceof ApplicationFailure)) return undefined;
  const isVerdict = VERDICTS.some((verdict) => verdict === failure.type);
  return isVerdict ? (failure.details?.[0] as ReleaseReport | undefined) : undefined;
}

function fail(release: FoundRelease, error: WorkflowFailedError): never {
  const how =
    error.cause instanceof TerminatedFailure ? 'was terminated' : (error.cause?.message ?? error.message);
  throw new NoVerdictError(`${release.workflowId} ended without a verdict: ${how}`, {
    cause: error,
    advice: 'What it had changed may still be in place: compare the services with `slipway status`.',
  });
}
