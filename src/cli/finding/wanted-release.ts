/** The release that somebody means who stands in a folder and says little: this app, this commit. */
import type { StartRequest } from '../../client/index.ts';
import type { ReleaseOptions } from '../commands/release-options.ts';
import type { CommandContext } from '../program.ts';
import { requireAppName } from './app-name.ts';
import { resolveCommit } from './git.ts';
import { whoAmI } from './who-am-i.ts';

/** @throws ConfigurationError where no app or no such commit is found */
export async function wantedRelease(
  environment: string,
  { app, sha, allowOlder, force, overrideFreeze }: ReleaseOptions,
  { terminal, cwd }: Pick<CommandContext, 'terminal' | 'cwd'>,
): Promise<StartRequest> {
  return {
    app: await requireAppName(app, cwd),
    environment,
    sha: await resolveCommit(sha, cwd),
    startedBy: whoAmI(terminal.env),
    ...(allowOlder && { allowOlder }),
    ...(force && { force }),
    ...(overrideFreeze !== undefined && { overrideFreeze }),
  };
}
