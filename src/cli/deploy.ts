/**
 * Work of `slipway deploy`: which commit of which app, start (or attach), watch.
 */
import { connect, type ReleaseClient, startRelease } from '../client/index.ts';
import { requireAppName } from './app-name.ts';
import type { DeployOptions } from './commands/deploy.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { resolveCommit } from './git.ts';
import type { CommandContext } from './program.ts';
import { inert, jsonText, oneLine } from './render/sanitize.ts';
import type { Terminal } from './terminal.ts';
import { howToComeBack, watchAndReport } from './watch-and-report.ts';
import { whoAmI } from './who-am-i.ts';

export async function deploy(
  environment: string,
  options: DeployOptions,
  { terminal, cwd }: CommandContext,
): Promise<ExitCode> {
  const app = await requireAppName(options.app, cwd);
  const sha = await resolveCommit(options.sha, cwd);
  const client = await connect();
  try {
    const release = await startRelease(client, { app, environment, sha, startedBy: whoAmI(terminal.env) });
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
  } finally {
    await client.close();
  }
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
