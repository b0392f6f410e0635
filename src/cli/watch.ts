/**
 * Work of `slipway watch`: find the release, then watch it.
 */
import { newestRelease } from '../client/index.ts';
import type { WatchOptions } from './commands/watch-options.ts';
import { connect } from './connect.ts';
import type { ExitCode } from './exit-codes.ts';
import { findByName } from './finding/find-by-name.ts';
import type { CommandContext } from './program.ts';
import { oneLine } from './render/sanitize.ts';
import { watchAndReport } from './watching/watch-and-report.ts';

export async function watch(
  name: string,
  options: WatchOptions,
  { terminal, cwd }: CommandContext,
): Promise<ExitCode> {
  const client = await connect();
  try {
    const release = await findByName(client, { name, app: options.app, cwd }, newestRelease);
    terminal.progress(`watching ${oneLine(release.workflowId)}`);
    return await watchAndReport(client, release, terminal, {
      output: options.output,
      live: options.live,
      ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout * 1_000 }),
    });
  } finally {
    await client.close();
  }
}
