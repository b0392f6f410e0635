/**
 * Who gives a command: a claim for the report, nothing more.
 */
import { userInfo } from 'node:os';

export function whoAmI(env: NodeJS.ProcessEnv): string {
  if (env.GITHUB_ACTOR) return env.GITHUB_ACTOR;
  try {
    return userInfo().username;
  } catch {
    // A container's user id need not have a name.
    return `uid ${process.getuid?.() ?? '?'}`;
  }
}
