/**
 * The release whose logs people want, and what is known of it: while it runs from itself, then from its report, and
 * when Temporal has forgotten it from control's ledger.
 */
import {
  describeRelease,
  environmentStatus,
  type FoundRelease,
  logRunsOf,
  NoControlWorkerError,
  NoVerdictError,
  newestRelease,
  type ReleaseClient,
  ReleaseNotFoundError,
  releaseInLedger,
  releaseStatus,
  slipwayCommand,
  waitForRelease,
} from '../../client/index.ts';
import type { LogOwner } from '../../release/logs/log-question.ts';
import { workflowIdOf } from '../../release/names.ts';
import type { ReleaseReport, ReleaseStatus } from '../../release/verdict.ts';
import { DEFAULT_ENVIRONMENT } from '../commands/parse-options.ts';
import { requireAppName } from '../finding/app-name.ts';
import { findByName } from '../finding/find-by-name.ts';
import { findInLedger } from '../finding/find-in-ledger.ts';
import type { Reader } from '../render/command.ts';
import { howItEnded, type Known } from './log-target.ts';

export type KnownRelease = Known & Pick<ReleaseReport, 'cluster' | 'number'>;

export interface LogSource {
  readonly known: KnownRelease;
  readonly owner: LogOwner;
  /** Null: Temporal knows nothing of it any more. */
  readonly release: FoundRelease | null;
  readonly isRunning: boolean;
}

export interface SourceWish {
  /** Environment, or workflow id; absent: the default environment. */
  readonly name: string | undefined;
  readonly app: string | undefined;
  /** An earlier release of the environment. */
  readonly earlier: number | string | undefined;
  readonly cwd: string;
  readonly reader: Reader;
}

/** @throws ReleaseNotFoundError, NoControlWorkerError */
export async function findLogSource(client: ReleaseClient, wish: SourceWish): Promise<LogSource> {
  const { name = DEFAULT_ENVIRONMENT, app, earlier, cwd, reader } = wish;
  if (earlier !== undefined) {
    const place = { app: await requireAppName(app, cwd), environment: name };
    return earlierOne(client, place, earlier, reader);
  }
  return sourceOf(client, await findByName(client, { name, app, cwd }, newestRelease));
}

export async function sourceOf(client: ReleaseClient, release: FoundRelease): Promise<LogSource> {
  const { running } = await describeRelease(client, release);
  const known = running ? await statusOf(client, release) : await afterItsEnd(client, release);
  const runIds = await logRunsOf(client, release);
  const owner = { workflowId: release.workflowId, runIds };
  const end = running ? null : howItEnded(known);
  return { known: { ...known, end }, owner, release, isRunning: running };
}

/**
 * A release knows its services only when it is about to change them: until then those of the one that serves are meant.
 * None where that is not known either.
 */
export async function withServices(client: ReleaseClient, source: LogSource): Promise<LogSource> {
  const { known } = source;
  if (known.services.length > 0) return source;
  const { serving } = await environmentStatus(client, known).catch(() => ({ serving: null }));
  if (!serving) return source;
  const { entry } = await releaseInLedger(client, known, { number: serving.number });
  const services = (entry?.services ?? []).map(({ name }) => ({ name, service: null }));
  return { ...source, known: { ...known, services } };
}

/** One that was terminated has no report: how it stood then is known from its history. */
async function afterItsEnd(
  client: ReleaseClient,
  release: FoundRelease,
): Promise<ReleaseReport | ReleaseStatus> {
  try {
    return await waitForRelease(client, release);
  } catch (error) {
    if (!(error instanceof NoVerdictError)) throw error;
    return statusOf(client, release);
  }
}

const statusOf = (client: ReleaseClient, release: FoundRelease): Promise<ReleaseStatus> =>
  releaseStatus(client, release).catch((error: unknown) => {
    throw new NoControlWorkerError(
      `no control worker is there to say which steps ${release.workflowId} has`,
      { cause: error, advice: 'Start one (slipway worker control) and ask again.' },
    );
  });

async function earlierOne(
  client: ReleaseClient,
  place: { readonly app: string; readonly environment: string },
  earlier: number | string,
  reader: Reader,
): Promise<LogSource> {
  const { entry, report } = await findInLedger(client, place, earlier, { report: true, reader });
  const workflowId = workflowIdOf(entry.releaseId);
  if (!report) {
    throw new ReleaseNotFoundError(
      `what release ${entry.number} of ${place.environment} had for steps was not kept`,
      { advice: `Where Temporal still knows it: ${slipwayCommand('logs', [workflowId])}` },
    );
  }
  const runId = entry.releaseId.slice(workflowId.length + 1);
  const known = { ...report, end: howItEnded(report) };
  return { known, owner: { workflowId, runIds: [runId] }, release: null, isRunning: false };
}
