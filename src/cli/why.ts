/**
 * Work of `slipway why`: the report out of Temporal; of a release that runs, or was terminated, its last status. Of one
 * that Temporal has forgotten, the report as control has kept it.
 */
import {
  describeRelease,
  type FoundRelease,
  NoControlWorkerError,
  NoVerdictError,
  newestEndedRelease,
  newestRelease,
  type ReleaseClient,
  ReleaseNotFoundError,
  releaseInLedger,
  releaseStatus,
  runningReleases,
  waitForRelease,
} from '../client/index.ts';
import { RELEASE_WORKFLOWS } from '../release/names.ts';
import type { ReleaseReport, ReleaseStatus } from '../release/verdict.ts';
import type { WhyOptions } from './commands/why.ts';
import { connect } from './connect.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { requireAppName } from './finding/app-name.ts';
import { findByName } from './finding/find-by-name.ts';
import { findInLedger } from './finding/find-in-ledger.ts';
import type { CommandContext } from './program.ts';
import { environmentCommand } from './render/command.ts';
import { renderReport } from './render/report.ts';
import { inert, jsonText, oneLine } from './render/sanitize.ts';
import { renderStatus } from './render/status.ts';

export async function why(
  name: string,
  options: WhyOptions,
  { terminal, cwd }: CommandContext,
): Promise<ExitCode> {
  const client = await connect();
  const { resultStyle } = terminal;
  const tell = (told: unknown, text: string): void =>
    terminal.result(options.output === 'json' ? jsonText(told, 2) : text);
  try {
    const found = await findOrKept(client, name, () =>
      findByName(client, { name, app: options.app, cwd }, mostInTrouble),
    );
    if (found.report) {
      tell(found.report, renderReport(found.report, resultStyle, name));
      return EXIT.ok;
    }
    const { release } = found;
    const { workflowId } = release;
    if (workflowId !== name) terminal.progress(inert(oneLine(workflowId)));
    const { running, pending, startedAtMs } = await describeRelease(client, release);
    if (running) {
      const status = await releaseStatus(client, release).catch((error: unknown) => {
        throw nobodyAnswers(workflowId, error);
      });
      tell({ ...status, pending }, renderStatus(status, workflowId, 'running', resultStyle, pending));
      return EXIT.ok;
    }
    // What last went wrong may be long ago: nobody should take it for how things stand.
    if (!name.includes('/')) {
      const newest = await findByName(client, { name, app: options.app, cwd }, newestRelease);
      // What Temporal lists lags behind: only one that was really started later is spoken of.
      if ((await describeRelease(client, newest)).startedAtMs > startedAtMs) {
        terminal.progress(
          inert(`! not the newest release: ${oneLine(newest.workflowId)} was started after it`),
        );
      }
    }
    try {
      const report = await waitForRelease(client, release);
      tell(report, renderReport(report, resultStyle));
      return EXIT.ok;
    } catch (error) {
      if (!(error instanceof NoVerdictError)) throw error;
      const status = await lastWords(client, release);
      const { end } = error;
      if (status) tell({ ...status, ...end }, renderStatus(status, workflowId, end, resultStyle));
      throw error;
    }
  } finally {
    await client.close();
  }
}

/** A release of any time: what was kept of it. @throws NoVerdictError where it has ended without a report */
export async function whyThen(
  environment: string,
  release: number | string,
  options: WhyOptions,
  { terminal, cwd }: CommandContext,
): Promise<ExitCode> {
  const name = { app: await requireAppName(options.app, cwd), environment };
  const client = await connect();
  try {
    const reader = terminal.resultStyle;
    const { entry, report } = await findInLedger(client, name, release, { report: true, reader });
    const advice = `What is known of it: ${environmentCommand('show', name, reader, { rest: [String(entry.number)] })}`;
    if (report) {
      terminal.result(
        options.output === 'json' ? jsonText(report, 2) : renderReport(report, terminal.resultStyle),
      );
      return EXIT.ok;
    }
    if (entry.verdict === 'broken-off') {
      const end = { endedAtMs: entry.endedAtMs, aftermath: null };
      throw new NoVerdictError(`release ${entry.number} of ${environment} ended without a report`, end, {
        advice,
      });
    }
    throw new ReleaseNotFoundError(`the report of release ${entry.number} of ${environment} was not kept`, {
      advice,
    });
  } finally {
    await client.close();
  }
}

type FoundOrKept =
  | { readonly release: FoundRelease; readonly report: null }
  | { readonly report: ReleaseReport };

/** Temporal forgets what has ended after a while (the retention of its namespace); the store does not. */
async function findOrKept(
  client: ReleaseClient,
  name: string,
  find: () => Promise<FoundRelease>,
): Promise<FoundOrKept> {
  try {
    return { release: await find(), report: null };
  } catch (error) {
    const [type, app, environment, ...rest] = name.split('/');
    const isOurs = RELEASE_WORKFLOWS.some((each) => each === type) && rest.length > 0;
    if (!(error instanceof ReleaseNotFoundError && isOurs && app && environment)) throw error;
    const { report } = await releaseInLedger(client, { app, environment }, { workflowId: name }, true);
    if (report) return { report };
    throw error;
  }
}

/** People ask why about what holds them up now, or about what last went wrong. */
async function mostInTrouble(
  client: ReleaseClient,
  app: string | undefined,
  environment: string,
): Promise<FoundRelease> {
  const [running] = await runningReleases(client, app, environment);
  if (running) return running;
  const ended = await newestEndedRelease(client, app, environment);
  return ended ? orItsAftermath(client, ended) : newestRelease(client, app, environment);
}

/** One that was broken off is no trouble any more once a later one has looked back at it: that one tells of both. */
async function orItsAftermath(client: ReleaseClient, ended: FoundRelease): Promise<FoundRelease> {
  try {
    await waitForRelease(client, ended);
    return ended;
  } catch (error) {
    if (!(error instanceof NoVerdictError)) throw error;
    return error.end.aftermath ?? ended;
  }
}

/** How it stood when it was broken off: a control worker knows it from the history. */
const lastWords = (client: ReleaseClient, release: FoundRelease): Promise<ReleaseStatus | undefined> =>
  releaseStatus(client, release).catch(() => undefined);

const nobodyAnswers = (workflowId: string, cause: unknown): NoControlWorkerError =>
  new NoControlWorkerError(`${workflowId} runs, but no control worker is there to say how it stands`, {
    cause,
    advice: 'Start one (slipway worker control): the release waits until one is there.',
  });
