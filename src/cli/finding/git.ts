/**
 * What git in the current folder knows: the full SHA of a ref, the top of the repository.
 */
import { execa } from 'execa';
import { ConfigurationError } from '../../errors.ts';

const git = (cwd: string, args: readonly string[]) => execa('git', args, { cwd, reject: false });

/** Undefined outside a repository, or without git. */
export async function repositoryTop(cwd: string): Promise<string | undefined> {
  const { exitCode, stdout } = await git(cwd, ['rev-parse', '--show-toplevel']);
  return exitCode === 0 ? stdout.trim() : undefined;
}

/**
 * The commit that a ref names here. Outside a repository the ref is passed through: the plan resolves it.
 * @throws ConfigurationError for a ref that this repository does not know
 */
export async function resolveCommit(ref: string, cwd: string): Promise<string> {
  if (/^[0-9a-f]{40}$/i.test(ref)) return ref.toLowerCase();
  if (!(await repositoryTop(cwd))) {
    if (ref !== 'HEAD') return ref;
    throw new ConfigurationError('which commit? There is no git repository here', {
      advice: 'Name one with --sha, or run the command inside the repository.',
    });
  }
  const { exitCode, stdout } = await git(cwd, [
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${ref}^{commit}`,
  ]);
  if (exitCode === 0) return stdout.trim();
  throw new ConfigurationError(`${ref} names no commit of this repository`, {
    advice: 'Fetch it, or give the full SHA.',
  });
}

/** Address of the remote `origin`; it may hold a password, so it is not for printing. */
export async function originUrl(cwd: string): Promise<string | undefined> {
  const { exitCode, stdout } = await git(cwd, ['remote', 'get-url', 'origin']);
  return exitCode === 0 ? stdout.trim() : undefined;
}
