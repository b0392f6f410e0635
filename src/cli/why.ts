/**
 * Work of `slipway why`: the report out of Temporal; of a release that runs, or was terminated, its last status.
 */
import {
  connect,
  describeRelease,
  type FoundRelease,
  NoControlWorkerError,
  NoVerdictError,
  newestEndedRelease,
  newestRelease,
  type ReleaseClient,
  releaseStatus,
  runningReleases,
  waitForRelease,
} from '../client/index.ts';
import type { ReleaseStatus } from '../release/verdict.ts';
import type { WhyOptions } from './commands/why.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { findByName } from './find-by-name.ts';
import type { CommandContext } from './program.ts';
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
    terminal.result(options.json ? jsonText(told, 2) : text);
  try {
    const release = await findByName(client, { name, app: options.app, cwd }, mostInTrouble);
    const { workflowId } = release;
    if (workflowId !== name) terminal.progress(inert(oneLine(workflowId)));
    const { running, pending } = await describeRelease(client, release);
    if (running) {
      const status = await releaseStatus(client, release).catch((error: unknown) => {
        throw nobodyAnswers(workflowId, error);
      });
      tell({ ...status, pending }, renderStatus(status, workflowId, 'running', resultStyle, pending));
      return EXIT.ok;
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
    advice: 'Start one: slipway worker control. The release waits until one is there.',
  });
