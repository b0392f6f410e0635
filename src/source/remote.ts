/** What the repository itself says and hands out, at the moment at which it is asked. */
import { ConfigurationError } from '../errors.ts';
import { lastLines } from '../process/tail.ts';
import { type BareCopy, outputOf } from './bare-copy.ts';
import { commitOf, isHere } from './commits.ts';
import { gitFetchError } from './git-errors.ts';
import { FULL_SHA } from './reference.ts';

export interface Remote {
  /** The commit that a name of the repository (`HEAD`, `refs/heads/main`) leads to; nothing is fetched. */
  endOf(name: string): Promise<string | undefined>;
  /** Brings all branches and tags, and forgets those that are gone. */
  fetch(): Promise<void>;
  /** Whether a commit is here, if need be after a fetch. */
  brings(sha: string): Promise<boolean>;
  /** Brings a pull request of GitHub, and returns the commit at its end. */
  fetchPullRequest(number: number): Promise<string>;
}

const REF_SPECS = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
const FETCH = ['fetch', '--no-tags', '--no-recurse-submodules'];

/** @param onProgress what git says of a fetch that is under way */
export function remoteOf(copy: BareCopy, onProgress?: (line: string) => void): Remote {
  const { url } = copy;

  const fetch = (): Promise<void> =>
    copy.alone(async () => {
      const result = await copy.run(
        [...FETCH, '--prune', '--force', '--progress', '--end-of-options', url, ...REF_SPECS],
        { onOutput: (output) => onProgress?.(lastLines(output, 1)[0] ?? '') },
      );
      if (result.exitCode !== 0) throw gitFetchError(result.tail, url);
    });

  return {
    fetch,

    async endOf(name) {
      await copy.create();
      const { output, result } = await outputOf((stdoutTo) =>
        copy.runBeside(['ls-remote', '--end-of-options', url, name], { stdoutTo }),
      );
      if (result.exitCode !== 0) throw gitFetchError(result.tail, url);
      // `refs/heads/main` also asks for `refs/anything/refs/heads/main`.
      const lines = output.split('\n').map((line) => line.split('\t'));
      const sha = lines.find(([, found]) => found === name)?.[0];
      return sha !== undefined && FULL_SHA.test(sha) ? sha : undefined;
    },

    async brings(sha) {
      if (await isHere(copy, sha)) return true;
      await fetch();
      return isHere(copy, sha);
    },

    // No ref is kept: whatever a ref leads to counts as the repository's own, and a pull request may be a fork's.
    fetchPullRequest: (number) =>
      copy.alone(async () => {
        const result = await copy.run([...FETCH, '--end-of-options', url, `refs/pull/${number}/head`]);
        if (/couldn't find remote ref/i.test(result.tail)) {
          throw new ConfigurationError(`${url} has no pull request ${number}`, {
            advice: 'its number is the one in its address on GitHub',
          });
        }
        if (result.exitCode !== 0) throw gitFetchError(result.tail, url);
        return (await commitOf(copy, 'FETCH_HEAD')) ?? '';
      }),
  };
}
