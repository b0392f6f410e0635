/**
 * Work of `slipway watch`: find the release, then watch it.
 */
import {
  connect,
  type FoundRelease,
  findRelease,
  newestRelease,
  type ReleaseClient,
} from '../client/index.ts';
import { findAppName } from './app-name.ts';
import type { WatchOptions } from './commands/watch-options.ts';
import { showLink } from './deploy.ts';
import type { ExitCode } from './exit-codes.ts';
import type { CommandContext } from './program.ts';
import { watchAndReport } from './watch-and-report.ts';

export async function watch(
  name: string,
  options: WatchOptions,
  { terminal, cwd }: CommandContext,
): Promise<ExitCode> {
  const client = await connect();
  try {
    const release = await find(client, name, options.app, cwd);
    terminal.progress(`watching ${release.workflowId}`);
    showLink(terminal, client, release.workflowId, release.runId);
    return await watchAndReport(client, release, terminal, {
      output: options.output,
      ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout * 1_000 }),
    });
  } finally {
    await client.close();
  }
}

/** Our workflow ids hold slashes, names of environments do not; an id that somebody else chose may be anything. */
async function find(
  client: ReleaseClient,
  name: string,
  app: string | undefined,
  cwd: string,
): Promise<FoundRelease> {
  if (name.includes('/')) return findRelease(client, name);
  try {
    return await newestRelease(client, app ?? (await findAppName(cwd)), name);
  } catch (error) {
    return findRelease(client, name).catch(() => Promise.reject(error));
  }
}
