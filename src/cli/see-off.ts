/** What comes after the start of a release: say which one it is, then watch it, or let it go. */
import type { EnvironmentName, ReleaseClient, StartedRelease } from '../client/index.ts';
import type { WatchOptions } from './commands/watch-options.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { gitHubJob } from './github-actions/github-job.ts';
import { inert, jsonText, oneLine } from './render/sanitize.ts';
import { temporalLink } from './temporal-link.ts';
import type { Terminal } from './terminal.ts';
import {
  HEARTBEAT_MS,
  howToComeBack,
  type WatchOptions as ReportOptions,
  watchAndReport,
} from './watch-and-report.ts';

export type SeeOffOptions = WatchOptions &
  Pick<ReportOptions, 'service' | 'letGo'> & { readonly detach?: boolean };

export async function seeOff(
  client: ReleaseClient,
  release: StartedRelease,
  { app, environment }: EnvironmentName,
  options: SeeOffOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const verb = release.attached ? 'attached to the running release' : 'started';
  const said = `${oneLine(app)} → ${oneLine(environment)}  ${verb} ${oneLine(release.workflowId)}`;
  terminal.progress(inert(said));
  showLink(terminal, client, release.workflowId, release.runId);
  const { output, timeout, service, letGo } = options;
  if (!options.detach) {
    return await watchAndReport(client, release, terminal, {
      output,
      ...(timeout === undefined ? {} : { timeoutMs: timeout * 1_000 }),
      ...(service === undefined ? {} : { service }),
      ...(letGo === undefined ? {} : { letGo }),
    });
  }
  const lines = howToComeBack(release);
  if (output === 'json') terminal.result(jsonText(release));
  else for (const line of lines) terminal.progress(line);
  const url = temporalLink(terminal.env, client, release);
  const job = gitHubJob(terminal, { ...release, url }, HEARTBEAT_MS);
  await job?.begun();
  await job?.left({ level: 'notice', title: 'Not waited for', message: said }, lines);
  return EXIT.ok;
}

export function showLink(terminal: Terminal, client: ReleaseClient, workflowId: string, runId: string): void {
  const link = temporalLink(terminal.env, client, { workflowId, runId });
  if (link !== undefined) terminal.progress(`  ${oneLine(link)}`);
}
