/** What comes after the start of a release: say which one it is, then watch it, or let it go. */
import type { EnvironmentName, ReleaseClient, StartedRelease } from '../client/index.ts';
import type { WatchOptions } from './commands/watch-options.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { inert, jsonText, oneLine } from './render/sanitize.ts';
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
  showLink(terminal, client, release.workflowId, release.runId);
  if (!options.detach) {
    return await watchAndReport(client, release, terminal, {
      output: options.output,
      ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout * 1_000 }),
    });
  }
  if (options.output === 'json') terminal.result(jsonText(release));
  else for (const line of howToComeBack(release)) terminal.progress(line);
  return EXIT.ok;
}

/** `slipway local env` sets the address of Temporal's UI. */
export function showLink(terminal: Terminal, client: ReleaseClient, workflowId: string, runId: string): void {
  const ui = terminal.env.SLIPWAY_TEMPORAL_UI;
  if (!ui) return;
  const path = [client.namespace, 'workflows', workflowId, runId, 'history']
    .map(encodeURIComponent)
    .join('/');
  terminal.progress(`  ${ui}/namespaces/${path}`);
}
