/**
 * Commits of a repository, from a bare copy that is kept per repository and fetched into when needed.
 * A commit counts only if a branch or tag of the repository leads to it: hosts such as GitHub also hand out
 * commits of forks by their SHA.
 */
import type { Readable } from 'node:stream';
import { ConfigurationError } from '../errors.ts';
import type { CommitOrder } from '../release/environment/commit-order.ts';
import type { Commit } from '../release/plan.ts';
import { archiveCommit } from './archive-commit.ts';
import { type BareCopy, openBareCopy } from './bare-copy.ts';
import { ancestorsOf, contains, describeCommit, fileOf, isHere, isOurs, messageOf } from './commits.ts';
import { findCommit } from './find-commit.ts';
import { checkReference, checkRepositoryUrl } from './reference.ts';
import { type Remote, remoteOf } from './remote.ts';

export interface Repository {
  /**
   * The commit that a full or short SHA, branch or tag names; fetches unless the full SHA is here already.
   * Errors: ConfigurationError (no such commit, ambiguous), TransientError, RefusedByService.
   */
  resolve(reference: string): Promise<Commit>;
  /**
   * A commit that a pull request of GitHub leads to, and the one at its end now. It counts for this question only: no
   * other one takes it for a commit of the repository. Errors as of `resolve`.
   */
  resolvePullRequest(number: number, sha: string): Promise<ProposedCommit>;
  /**
   * The commit at the end of the default branch, as the repository says now (never as it was fetched once);
   * undefined where it has none.
   * Errors: TransientError, RefusedByService, ConfigurationError.
   */
  tip(): Promise<string | undefined>;
  /**
   * The commit at the end of a branch or tag (`refs/heads/main`), as the repository says now; fetches nothing. Undefined
   * where there is none of that very name. Errors: as `tip`.
   */
  endOf(ref: string): Promise<string | undefined>;
  /** Whether a branch or tag, as it is now, leads to the commit. Fetches what is not here. Errors: as `tip`. */
  isPartOf(sha: string, ref: string): Promise<boolean>;
  /** The whole message of a commit that `resolve` has found, at most 64 KiB of it; untrusted text. */
  message(sha: string): Promise<string>;
  /** The first 12 digits of the commits that it contains, newest first, at most `count`; itself is not among them. */
  ancestors(sha: string, count: number): Promise<readonly string[]>;
  /** How the one stands to the other, by what each contains; null where the other one is not there any more. */
  compare(sha: string, other: string): Promise<CommitOrder | null>;
  /** Text of a file of the commit, undefined if there is none; at most 1 MiB. */
  readFile(sha: string, path: string): Promise<string | undefined>;
  /** The commit's files as a gzipped tar, the same bytes every time; `take` consumes the stream. */
  archive<T>(sha: string, take: (content: Readable) => Promise<T>): Promise<T>;
}

export interface ProposedCommit {
  readonly commit: Commit;
  readonly head: string;
  /** A branch or tag of the repository leads to it, so that it is by somebody who may push; else by a fork, perhaps. */
  readonly isPushed: boolean;
}

export interface RepositoryOptions {
  /** Absolute path, https or ssh URL. */
  readonly url: string;
  /** Where the bare copies are kept. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
  /** What is going on, for people. */
  readonly onProgress?: (line: string) => void;
}

export async function openRepository(options: RepositoryOptions): Promise<Repository> {
  const copy = await openBareCopy({ ...options, url: checkRepositoryUrl(options.url) });
  const remote = remoteOf(copy, options.onProgress);
  return {
    async resolve(reference) {
      checkReference(reference);
      await copy.create();
      return describeCommit(copy, await findCommit(copy, remote, reference));
    },

    async resolvePullRequest(number, sha) {
      checkReference(sha);
      await copy.create();
      return proposedCommit(copy, remote, number, sha);
    },

    async tip() {
      const sha = await remote.endOf('HEAD');
      return sha === undefined || (await remote.brings(sha)) ? sha : undefined;
    },

    endOf: (ref) => remote.endOf(checkReference(ref)),

    async isPartOf(sha, ref) {
      const end = await remote.endOf(checkReference(ref));
      return end !== undefined && (await remote.brings(end)) && contains(copy, end, sha);
    },

    async compare(sha, other) {
      if (sha === other) return 'same';
      await copy.create();
      return compareCommits(copy, remote, sha, other);
    },

    message: (sha) => messageOf(copy, sha),
    ancestors: (sha, count) => ancestorsOf(copy, sha, count),
    readFile: (sha, path) => fileOf(copy, sha, path),
    archive: (sha, take) => archiveCommit(copy, sha, take),
  };
}

const proposedCommit = async (
  copy: BareCopy,
  remote: Remote,
  number: number,
  sha: string,
): Promise<ProposedCommit> => {
  const head = await remote.fetchPullRequest(number);
  if (sha !== head && !((await isHere(copy, sha)) && (await contains(copy, head, sha)))) {
    throw new ConfigurationError(`pull request ${number} of ${copy.url} does not lead to ${sha} (any more)`, {
      advice: `its last commit is ${head}`,
    });
  }
  if (!(await isOurs(copy, sha))) await remote.fetch();
  return { commit: await describeCommit(copy, sha), head, isPushed: await isOurs(copy, sha) };
};

const compareCommits = async (
  copy: BareCopy,
  remote: Remote,
  sha: string,
  other: string,
): Promise<CommitOrder | null> => {
  const areHere = async (): Promise<boolean> => (await isHere(copy, other)) && isHere(copy, sha);
  if (!(await areHere())) {
    await remote.fetch();
    if (!(await areHere())) return null;
  }
  if (await contains(copy, other, sha)) return 'older';
  return (await contains(copy, sha, other)) ? 'newer' : 'unrelated';
};
