/**
 * Work of `slipway deploy`: which commit of which app, start (or attach), watch.
 */
import { startRelease } from '../client/index.ts';
import type { DeployOptions } from './commands/deploy.ts';
import { connect } from './connect.ts';
import type { ExitCode } from './exit-codes.ts';
import { wantedRelease } from './finding/wanted-release.ts';
import type { CommandContext } from './program.ts';
import { seeOff } from './watching/see-off.ts';

export async function deploy(
  environment: string,
  options: DeployOptions,
  { terminal, cwd }: CommandContext,
): Promise<ExitCode> {
  const request = await wantedRelease(environment, options, { terminal, cwd });
  const client = await connect();
  try {
    const release = await startRelease(client, request);
    return await seeOff(client, release, request, options, terminal);
  } finally {
    await client.close();
  }
}
