/**
 * Commits of a repository, from a bare copy that is kept per repository and fetched into when needed.
 * A commit counts only if a branch or tag of the repository leads to it: hosts such as GitHub also hand out
 * commits of forks by their SHA.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { ConfigurationError, TransientError } from '../errors.ts';
import { withFileLock } from '../process/file-lock.ts';
import { type ProcessResult, type RunOptions, runProcess } from '../process/run-process.ts';
import { lastLines } from '../process/tail.ts';
import type { CommitOrder } from '../release/environment/commit-order.ts';
import { ANCESTOR_DIGITS } from '../release/environment/state.ts';
import type { Commit } from '../release/plan.ts';
import { GIT_OPTIONS, gitEnvironment } from './git-environment.ts';
import { gitFetchError } from './git-errors.ts';
import { checkReference, checkRepositoryUrl, FULL_SHA, SHORT_SHA } from './reference.ts';

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

interface GitRunOptions extends Pick<RunOptions, 'stdoutTo' | 'onOutput'> {
  readonly stop?: AbortSignal;
}

const FETCH_TIMEOUT_MS = 15 * 60_000;
const LONGEST_FILE = 1024 * 1024;
const LONGEST_MESSAGE = 64 * 1024;
const REF_SPECS = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

export async function openRepository(options: RepositoryOptions): Promise<Repository> {
  const url = checkRepositoryUrl(options.url);
  const home = join(options.folder, createHash('sha256').update(url).digest('hex').slice(0, 16));
  const bare = join(home, 'repository.git');
  const env = await gitEnvironment(home, url);

  const run = (args: readonly string[], { stop, ...extra }: GitRunOptions = {}): Promise<ProcessResult> =>
    runProcess(['git', ...GIT_OPTIONS, ...args], {
      cwd: home,
      env,
      signal: AbortSignal.any([options.signal, stop].filter((signal) => signal !== undefined)),
      timeoutMs: FETCH_TIMEOUT_MS,
      ...extra,
    });

  /** Standard output of a git command on the bare copy; undefined if it failed. */
  const ask = async (...args: string[]): Promise<string | undefined> => {
    const stdoutTo = new PassThrough();
    const [output, result] = await Promise.all([
      text(stdoutTo),
      run(['--git-dir', bare, ...args], { stdoutTo }),
    ]);
    return result.exitCode === 0 ? output : undefined;
  };

  const create = async (): Promise<void> => {
    if (await exists(bare)) return;
    const fresh = `${bare}.${randomUUID()}`;
    const made = await run(['init', '--bare', '--quiet', '--', fresh]);
    if (made.exitCode !== 0)
      throw new TransientError(`git cannot make ${bare}`, { evidence: lastLines(made.tail, 20) });
    // Checks and builds see every file of the commit, whatever its .gitattributes leave out of archives.
    await mkdir(join(fresh, 'info'), { recursive: true });
    await writeFile(join(fresh, 'info', 'attributes'), '* -export-ignore -export-subst\n');
    await rename(fresh, bare).catch((error: unknown) => {
      if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    });
    await rm(fresh, { recursive: true, force: true });
  };

  const fetch = (): Promise<void> =>
    withFileLock(join(home, 'fetch.lock'), { signal: options.signal }, async () => {
      const result = await run(
        [
          '--git-dir',
          bare,
          'fetch',
          '--prune',
          '--force',
          '--no-tags',
          '--progress',
          '--no-recurse-submodules',
          '--end-of-options',
          url,
          ...REF_SPECS,
        ],
        { onOutput: (output) => options.onProgress?.(lastLines(output, 1)[0] ?? '') },
      );
      if (result.exitCode !== 0) throw gitFetchError(result.tail, url);
    });

  /** No ref is kept: whatever a ref leads to counts as the repository's own, and a pull request may be a fork's. */
  const fetchPullRequest = (number: number): Promise<string> =>
    withFileLock(join(home, 'fetch.lock'), { signal: options.signal }, async () => {
      const result = await run([
        ...['--git-dir', bare, 'fetch', '--no-tags', '--no-recurse-submodules', '--end-of-options'],
        ...[url, `refs/pull/${number}/head`],
      ]);
      if (/couldn't find remote ref/i.test(result.tail)) {
        throw new ConfigurationError(`${url} has no pull request ${number}`, {
          advice: 'its number is the one in its address on GitHub',
        });
      }
      if (result.exitCode !== 0) throw gitFetchError(result.tail, url);
      return (await commitOf('FETCH_HEAD')) ?? '';
    });

  const commitOf = async (name: string): Promise<string | undefined> =>
    (await ask('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`))?.trim();

  const isOurs = async (sha: string): Promise<boolean> =>
    ((await ask('for-each-ref', '--count=1', '--format=%(refname)', '--contains', sha)) ?? '') !== '';

  const contains = async (newer: string, older: string): Promise<boolean> =>
    (await ask('merge-base', '--is-ancestor', older, newer)) !== undefined;

  const candidates = async (reference: string): Promise<string[]> => {
    if (reference.startsWith('refs/')) return [(await commitOf(reference)) ?? ''];
    const found = [
      await commitOf(`refs/heads/${reference}`),
      await commitOf(`refs/tags/${reference}`),
      SHORT_SHA.test(reference) ? await commitOf(reference) : undefined,
    ];
    return [...new Set(found.map((sha) => sha ?? ''))];
  };

  const find = async (reference: string): Promise<string> => {
    if (FULL_SHA.test(reference) && (await commitOf(reference)) === reference && (await isOurs(reference))) {
      return reference;
    }
    await fetch();
    const found = (
      FULL_SHA.test(reference) ? [(await commitOf(reference)) ?? ''] : await candidates(reference)
    ).filter((sha) => sha !== '');
    const [sha, other] = found;
    if (other !== undefined) {
      throw new ConfigurationError(
        `${JSON.stringify(reference)} is ambiguous in ${url}: ${found.join(' or ')}`,
        { advice: 'give the full SHA, or refs/heads/… or refs/tags/…' },
      );
    }
    if (sha === undefined || !(await isOurs(sha))) {
      throw new ConfigurationError(`no branch or tag of ${url} leads to ${JSON.stringify(reference)}`, {
        advice: 'push the commit first; a commit of a fork or of a deleted branch does not count',
      });
    }
    return sha;
  };

  const describe = async (sha: string): Promise<Commit> => {
    const [subject = '', author = ''] = (
      (await ask('log', '-1', '--no-show-signature', '--format=%s%x00%an', '--end-of-options', sha)) ?? ''
    )
      .trimEnd()
      .split('\0');
    return { sha, subject: subject.slice(0, 200), author: author.slice(0, 100) };
  };

  /** What the repository says of a name itself; nothing is fetched. */
  const listRemote = async (name: string): Promise<string | undefined> => {
    await create();
    const output = new PassThrough();
    const [listed, result] = await Promise.all([
      text(output),
      run(['ls-remote', '--end-of-options', url, name], { stdoutTo: output }),
    ]);
    if (result.exitCode !== 0) throw gitFetchError(result.tail, url);
    // `refs/heads/main` also asks for `refs/anything/refs/heads/main`.
    const lines = listed.split('\n').map((line) => line.split('\t'));
    const sha = lines.find(([, found]) => found === name)?.[0];
    return sha !== undefined && FULL_SHA.test(sha) ? sha : undefined;
  };

  /** Whether it is here, if need be after a fetch. */
  const brings = async (sha: string): Promise<boolean> => {
    if ((await commitOf(sha)) === sha) return true;
    await fetch();
    return (await commitOf(sha)) === sha;
  };

  return {
    async resolve(reference) {
      checkReference(reference);
      await create();
      return describe(await find(reference));
    },

    async resolvePullRequest(number, sha) {
      checkReference(sha);
      await create();
      const head = await fetchPullRequest(number);
      const isIts = sha === head || ((await commitOf(sha)) === sha && (await contains(head, sha)));
      if (isIts) {
        if (!(await isOurs(sha))) await fetch();
        return { commit: await describe(sha), head, isPushed: await isOurs(sha) };
      }
      throw new ConfigurationError(`pull request ${number} of ${url} does not lead to ${sha} (any more)`, {
        advice: `its last commit is ${head}`,
      });
    },

    async tip() {
      const sha = await listRemote('HEAD');
      return sha === undefined || (await brings(sha)) ? sha : undefined;
    },

    endOf: (ref) => listRemote(checkReference(ref)),

    async isPartOf(sha, ref) {
      const end = await listRemote(checkReference(ref));
      return end !== undefined && (await brings(end)) && contains(end, sha);
    },

    async message(sha) {
      const said = await ask('log', '-1', '--no-show-signature', '--format=%B', '--end-of-options', sha);
      return (said ?? '').slice(0, LONGEST_MESSAGE);
    },

    async ancestors(sha, count) {
      const listed = await ask('rev-list', `--max-count=${count}`, '--skip=1', '--end-of-options', sha);
      return (listed ?? '')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.slice(0, ANCESTOR_DIGITS));
    },

    async compare(sha, other) {
      if (sha === other) return 'same';
      await create();
      if ((await commitOf(other)) !== other || (await commitOf(sha)) !== sha) {
        await fetch();
        if ((await commitOf(other)) !== other || (await commitOf(sha)) !== sha) return null;
      }
      if (await contains(other, sha)) return 'older';
      return (await contains(sha, other)) ? 'newer' : 'unrelated';
    },

    async readFile(sha, path) {
      const object = `${sha}:${path}`;
      const size = await ask('cat-file', '-s', object);
      if (size === undefined) return undefined;
      if (Number(size) > LONGEST_FILE) throw new ConfigurationError(`${path} is longer than 1 MiB`);
      return ask('cat-file', 'blob', object);
    },

    async archive(sha, take) {
      const tar = new PassThrough();
      const stop = new AbortController();
      const producing = run(['--git-dir', bare, 'archive', '--format=tar', '--end-of-options', sha], {
        stdoutTo: tar,
        stop: stop.signal,
      }).then((result) => {
        if (result.exitCode === 0) return;
        throw new TransientError(`git cannot archive ${sha}`, { evidence: lastLines(result.tail, 20) });
      });
      // Whichever side fails first ends the other: git would wait for ever for a reader that is gone.
      const zipped = createGzip();
      const zipping = pipeline(tar, zipped);
      const taking = take(zipped);
      try {
        const [taken] = await Promise.all([taking, zipping, producing]);
        return taken;
      } catch (error) {
        stop.abort(error);
        zipped.destroy();
        throw error;
      } finally {
        await Promise.allSettled([taking, zipping, producing]);
      }
    },
  };
}
