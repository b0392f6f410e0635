/** What comes after the start of a release: say which one it is, then watch it, or let it go. */
import type { EnvironmentName, ReleaseClient, StartedRelease } from '../../client/index.ts';
import type { WatchOptions } from '../commands/watch-options.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { gitHubJob } from '../github-actions/github-job.ts';
import { inert, jsonText, oneLine } from '../render/sanitize.ts';
import { fitted } from '../render/wrap.ts';
import type { Terminal } from '../terminal.ts';
import { SIGN_OF_LIFE_MS } from './choose-view.ts';
import { EventWriter } from './event-view.ts';
import { temporalLink } from './temporal-link.ts';
import { howToComeBack, type ReportOptions, watchAndReport } from './watch-and-report.ts';

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
  terminal.progress(fitted(said, terminal.progressStyle));
  const { output, live, timeout, service, letGo } = options;
  if (!options.detach) {
    return await watchAndReport(client, release, terminal, {
      output,
      live,
      ...(timeout === undefined ? {} : { timeoutMs: timeout * 1_000 }),
      ...(service === undefined ? {} : { service }),
      ...(letGo === undefined ? {} : { letGo }),
    });
  }
  const url = temporalLink(terminal.env, client, release);
  if (url !== undefined) terminal.progress(inert(`  ${url}`));
  const lines = howToComeBack(release, terminal.progressStyle);
  if (output === 'json') terminal.result(jsonText(release));
  else if (output === 'ndjson') {
    new EventWriter(terminal.result).write({ type: 'started', app, environment, ...release });
  } else for (const line of lines) terminal.progress(line);
  const job = gitHubJob(terminal, { ...release, url }, SIGN_OF_LIFE_MS);
  await job?.begun();
  await job?.left({ level: 'notice', title: 'Not waited for', message: said }, lines);
  return EXIT.ok;
}
