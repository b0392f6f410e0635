/** What comes after the start of a release: say which one it is, then watch it, or let it go. */
import type { EnvironmentName, ReleaseClient, StartedRelease } from '../client/index.ts';
import type { WatchOptions } from './commands/watch-options.ts';
import { EventWriter } from './event-view.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { inert, jsonText, oneLine } from './render/sanitize.ts';
import { releaseLink } from './temporal-link.ts';
import type { Terminal } from './terminal.ts';
import { howToComeBack, watchAndReport } from './watch-and-report.ts';

export async function seeOff(
  client: ReleaseClient,
  release: StartedRelease,
  { app, environment }: EnvironmentName,
  options: WatchOptions & { readonly detach?: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  const verb = release.attached ? 'attached to the running release' : 'started';
  terminal.progress(
    inert(`${oneLine(app)} → ${oneLine(environment)}  ${verb} ${oneLine(release.workflowId)}`),
  );
  if (!options.detach) {
    return await watchAndReport(client, release, terminal, {
      output: options.output,
      live: options.live,
      ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout * 1_000 }),
    });
  }
  const link = releaseLink(client, release, terminal.env);
  if (link !== null) terminal.progress(`  ${link}`);
  if (options.output === 'json') terminal.result(jsonText(release));
  else if (options.output === 'ndjson') {
    new EventWriter(terminal.result).write({ type: 'started', app, environment, ...release });
  } else for (const line of howToComeBack(release)) terminal.progress(line);
  return EXIT.ok;
}
