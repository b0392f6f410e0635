/**
 * Work of `slipway deploy`: which commit of which app, start (or attach), watch.
 */
import { startRelease } from '../client/index.ts';
import type { DeployOptions } from './commands/deploy.ts';
import { connect } from './connect.ts';
import type { ExitCode } from './exit-codes.ts';
import { requireAppName } from './finding/app-name.ts';
import { resolveCommit } from './finding/git.ts';
import { whoAmI } from './finding/who-am-i.ts';
import type { CommandContext } from './program.ts';
import { seeOff } from './watching/see-off.ts';

export async function deploy(
  environment: string,
  options: DeployOptions,
  { terminal, cwd }: CommandContext,
): Promise<ExitCode> {
  const app = await requireAppName(options.app, cwd);
  const sha = await resolveCommit(options.sha, cwd);
  const client = await connect();
  try {
    const { allowOlder, force, overrideFreeze } = options;
    const release = await startRelease(client, {
      app,
      environment,
      sha,
      startedBy: whoAmI(terminal.env),
      ...(allowOlder ? { allowOlder } : {}),
      ...(force ? { force } : {}),
      ...(overrideFreeze === undefined ? {} : { overrideFreeze }),
    });
    return await seeOff(client, release, { app, environment }, options, terminal);
  } finally {
    await client.close();
  }
}
