import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openRepository, type Repository } from '../../src/source/git.ts';
import { gitFetchError } from '../../src/source/git-errors.ts';
import { checkReference, checkRepositoryUrl } from '../../src/source/reference.ts';
import { createGitFixture, type GitFixture } from './git-fixture.ts';

let root: string;
let origin: GitFixture;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-git-'));
  origin = createGitFixture(join(root, 'origin'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const open = (url = origin.folder): Promise<Repository> =>
  openRepository({ url, folder: join(root, 'cache') });

async function filesOf(repository: Repository, sha: string): Promise<{ hash: string; files: string[] }> {
  const bytes = await repository.archive(sha, buffer);
  const names = execFileSync('tar', ['-tzf', '-'], { input: bytes, encoding: 'utf8' });
  return {
    hash: createHash('sha256').update(bytes).digest('hex'),
    files: names.split('\n').filter((name) => name !== '' && !name.endsWith('/')),
  };
}

describe('tip', () => {
  it('is the end of the default branch as it is now, whatever was fetched before', async () => {
    const repository = await open();
    const first = origin.commit('one', { a: '1' });
    expect(await repository.tip()).toBe(first);
    const second = origin.commit('two', { a: '2' });
    expect(await repository.tip()).toBe(second);
    expect(await repository.readFile(second, 'a')).toBe('2');
    origin.git('branch', 'other');
    origin.git('symbolic-ref', 'HEAD', 'refs/heads/other');
    origin.git('update-ref', 'refs/heads/other', first);
    expect(await repository.tip()).toBe(first);
  });

  it('is nothing in a repository without commits', async () => {
    expect(await (await open()).tip()).toBeUndefined();
  });

  it('is not guessed when the repository does not answer', async () => {
    const repository = await open();
    await rm(origin.folder, { recursive: true });
    await expect(repository.tip()).rejects.toThrow('git cannot fetch');
  });
});

describe('the end of a branch', () => {
  it('is that of the very name, as it is now, and nothing is fetched for it', async () => {
    const first = origin.commit('one', { a: '1' });
    origin.git('branch', 'main2');
    origin.git('tag', 'v1');
    const repository = await open();
    expect(await repository.endOf('refs/heads/main')).toBe(first);
    const second = origin.commit('two', { a: '2' });
    expect(await repository.endOf('refs/heads/main')).toBe(second);
    expect(await repository.endOf('refs/heads/main2')).toBe(first);
    expect(await repository.readFile(second, 'a')).toBeUndefined();
  });

  it('is none where only others are called alike', async () => {
    origin.commit('one', { a: '1' });
    origin.git('update-ref', 'refs/other/refs/heads/next', 'HEAD');
    origin.git('tag', 'next');
    origin.git('branch', 'a/next');
    const repository = await open();
    for (const name of ['refs/heads/next', 'next', 'heads/next', 'refs/heads/Main'])
      expect(await repository.endOf(name)).toBeUndefined();
  });

  it('is not asked for by what git takes for something else', async () => {
    const repository = await open();
    for (const name of ['--upload-pack=x', 'refs/heads/*', 'refs/heads/a..b'])
      expect(() => repository.endOf(name)).toThrow('not a commit, branch or tag');
  });

  it('is not guessed when the repository does not answer', async () => {
    const repository = await open();
    await rm(origin.folder, { recursive: true });
    await expect(repository.endOf('refs/heads/main')).rejects.toThrow('git cannot fetch');
    await expect(repository.isPartOf('a'.repeat(40), 'refs/heads/main')).rejects.toThrow('git cannot fetch');
  });

  it('tells whether a commit is part of it, as it is now', async () => {
    const first = origin.commit('one', { a: '1' });
    const repository = await open();
    await repository.resolve(first);
    const second = origin.commit('two', { a: '2' });
    origin.git('switch', '--quiet', '--create', 'feature');
    const other = origin.commit('three', { a: '3' });
    origin.git('tag', 'main');
    await repository.resolve(other);
    expect(await repository.isPartOf(first, 'refs/heads/main')).toBe(true);
    expect(await repository.isPartOf(second, 'refs/heads/main')).toBe(true);
    expect(await repository.isPartOf(other, 'refs/heads/main')).toBe(false);
    expect(await repository.isPartOf(other, 'refs/tags/main')).toBe(true);
    expect(await repository.isPartOf(first, 'refs/heads/gone')).toBe(false);
    origin.git('update-ref', 'refs/heads/main', first);
    expect(await repository.isPartOf(second, 'refs/heads/main')).toBe(false);
  });
});

describe('the message of a commit', () => {
  it('is the whole of it', async () => {
    const sha = origin.commit('subject\n\nbody [skip deploy]\nGrüße', { a: '1' });
    const repository = await open();
    await repository.resolve(sha);
    expect(await repository.message(sha)).toContain('subject\n\nbody [skip deploy]\nGrüße');
  });
});

describe('resolve', () => {
  it('finds a commit by branch, tag, full and short SHA', async () => {
    const sha = origin.commit('Add *everything*', { 'a.txt': '1' });
    origin.git('tag', '--annotate', '--message', 'x', 'v1');
    origin.git('branch', 'feature/a-b');
    const repository = await open();
    const commit = { sha, subject: 'Add *everything*', author: 'Ada Lovelace' };
    for (const name of ['main', 'v1', 'feature/a-b', 'refs/heads/main', sha, sha.slice(0, 7)]) {
      expect(await repository.resolve(name)).toEqual(commit);
    }
  });

  it('sees a new commit of a moved branch, also one that was rewritten', async () => {
    const repository = await open();
    const first = origin.commit('one', { a: '1' });
    expect((await repository.resolve('main')).sha).toBe(first);
    origin.git('commit', '--quiet', '--amend', '--message', 'other');
    const second = origin.git('rev-parse', 'HEAD');
    expect((await repository.resolve('main')).sha).toBe(second);
    expect((await repository.resolve(second)).subject).toBe('other');
    // The rewritten one is still in our copy, but no branch leads to it any more.
    await expect(repository.resolve(first)).rejects.toThrow('no branch or tag');
  });

  it('does not ask the repository again for a SHA that it has', async () => {
    const sha = origin.commit('one', { a: '1' });
    const repository = await open();
    await repository.resolve('main');
    await rm(origin.folder, { recursive: true });
    expect((await repository.resolve(sha)).subject).toBe('one');
  });

  it('does not take a commit that no branch or tag leads to', async () => {
    origin.commit('one', { a: '1' });
    const orphan = origin.commit('two', { a: '2' });
    origin.git('reset', '--quiet', '--hard', 'HEAD~1');
    origin.git('update-ref', 'refs/pull/7/head', orphan);
    const repository = await open();
    await expect(repository.resolve(orphan)).rejects.toMatchObject({
      type: 'ConfigurationError',
      message: expect.stringContaining('no branch or tag'),
    });
  });

  it('says what is ambiguous', async () => {
    const first = origin.commit('one', { a: '1' });
    origin.git('tag', 'x');
    const second = origin.commit('two', { a: '2' });
    origin.git('branch', 'x');
    await expect((await open()).resolve('x')).rejects.toMatchObject({
      type: 'ConfigurationError',
      message: expect.stringContaining(`ambiguous in ${origin.folder}: ${second} or ${first}`),
    });
  });

  it('takes a full SHA as a commit, also when somebody gave a branch that name', async () => {
    const first = origin.commit('one', { a: '1' });
    const second = origin.commit('two', { a: '2' });
    origin.git('update-ref', `refs/heads/${first}`, second);
    expect((await (await open()).resolve(first)).subject).toBe('one');
  });

  it.each(['nothing', '0'.repeat(40), 'abcd123'])('says that %s is not there', async (name) => {
    origin.commit('one', { a: '1' });
    await expect((await open()).resolve(name)).rejects.toMatchObject({
      type: 'ConfigurationError',
      retryable: false,
    });
  });

  it('is safe for several at once', async () => {
    const sha = origin.commit('one', { a: '1' });
    const results = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const repository = await open();
        const commit = await repository.resolve('main');
        return filesOf(repository, commit.sha);
      }),
    );
    expect(new Set(results.map(({ hash }) => hash)).size).toBe(1);
    expect((await (await open()).resolve(sha)).sha).toBe(sha);
  });

  it('says that a repository is missing', async () => {
    await expect((await open(join(root, 'none'))).resolve('main')).rejects.toMatchObject({
      type: 'ConfigurationError',
      advice: expect.stringContaining('correct the repository'),
    });
  });

  it('calls a network failure transient', async () => {
    await expect((await open('http://127.0.0.1:1/x.git')).resolve('main')).rejects.toMatchObject({
      type: 'Transient',
      message: expect.stringContaining('git cannot fetch http://127.0.0.1:1/x.git: fatal: '),
    });
  });

  it('runs no hook and no program that a repository names', async () => {
    origin.commit('one', { a: '1' });
    const marker = join(root, 'ran');
    for (const hook of ['post-upload-pack', 'pre-receive', 'reference-transaction', 'post-checkout']) {
      await writeFile(join(origin.folder, '.git', 'hooks', hook), `#!/bin/sh\ntouch ${marker}\n`, {
        mode: 0o755,
      });
    }
    origin.git('config', 'core.fsmonitor', `touch ${marker}`);
    await (await open()).resolve('main');
    await expect(readFile(marker)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('archive', () => {
  it('is the same bytes every time and holds every file', async () => {
    const sha = origin.commit('one', {
      'a.txt': 'a',
      'tests/b.txt': 'b',
      '.gitattributes': 'tests export-ignore\na.txt export-subst\n',
    });
    const repository = await open();
    await repository.resolve('main');
    const first = await filesOf(repository, sha);
    const second = await filesOf(repository, sha);
    expect(first).toEqual(second);
    expect(first.files.sort()).toEqual(['.gitattributes', 'a.txt', 'tests/b.txt']);
  });

  it('ends with the error of whoever takes it', async () => {
    const sha = origin.commit('one', {
      'big.bin': Buffer.alloc(3_000_000, Math.random().toString()).toString('base64'),
    });
    const repository = await open();
    await repository.resolve('main');
    await expect(repository.archive(sha, () => Promise.reject(new Error('disk full')))).rejects.toThrow(
      'disk full',
    );
  });
});

describe('readFile', () => {
  it('reads a file of the commit, not of the working tree', async () => {
    const sha = origin.commit('one', { 'infra/a.json': '{"ü":1}' });
    origin.commit('two', { 'infra/a.json': 'changed' });
    const repository = await open();
    await repository.resolve(sha);
    expect(await repository.readFile(sha, 'infra/a.json')).toBe('{"ü":1}');
    expect(await repository.readFile(sha, 'infra/none.json')).toBeUndefined();
    expect(await repository.readFile(sha, 'infra')).toBeUndefined();
  });
});

describe('checkReference', () => {
  it.each(['main', 'v1.2.3', 'feature/a-b', 'renovate/x@1.x', 'fix#12', 'grün', 'a'.repeat(40)])(
    'takes %s',
    (name) => {
      expect(checkReference(name)).toBe(name);
    },
  );
  it.each([
    '',
    '-x',
    '--upload-pack=touch x',
    'a..b',
    'a b',
    'a~1',
    'a^',
    'a:b',
    'x@{1}',
    'a\n',
    '/a',
    'a/',
    'a//b',
    'a/.b',
    'x.lock',
    'a*',
    'a'.repeat(251),
  ])('refuses %j', (name) => {
    expect(() => checkReference(name)).toThrow('not a commit, branch or tag');
  });
});

describe('checkRepositoryUrl', () => {
  it.each([
    '/srv/app.git',
    'file:///srv/app.git',
    'https://example.org/a/b.git',
    'https://deploy@example.org/a/b.git',
    'ssh://git@example.org:22/a/b.git',
    'git@example.org:a/b.git',
  ])('takes %s', (url) => {
    expect(checkRepositoryUrl(url)).toBe(url);
  });
  it.each([
    'ext::sh -c "touch x"',
    '--upload-pack=touch x',
    '-oProxyCommand=x:y',
    'ssh://-oProxyCommand=x/y',
    'https://user:password@example.org/a',
    'relative/path',
    'git://example.org/a',
    'git@-host:x',
    'host:-x',
    '',
  ])('refuses %s', (url) => {
    expect(() => checkRepositoryUrl(url)).toThrow('the repository is not');
  });
});

describe('gitFetchError', () => {
  it.each([
    ["fatal: unable to access 'https://x/': Could not resolve host: x", 'Transient'],
    ['error: RPC failed; HTTP 503\nfatal: the remote end hung up unexpectedly', 'Transient'],
    ["fatal: Authentication failed for 'https://x/'", 'RefusedByService'],
    ["fatal: could not read Username for 'https://x': terminal prompts disabled", 'RefusedByService'],
    [
      'git@x: Permission denied (publickey).\nfatal: Could not read from remote repository.',
      'RefusedByService',
    ],
    ["remote: Repository not found.\nfatal: repository 'https://x/' not found", 'ConfigurationError'],
    ["fatal: '/x' does not appear to be a git repository", 'ConfigurationError'],
  ])('says of %j: %s', (output, type) => {
    expect(gitFetchError(output, 'https://x/')).toMatchObject({ type });
  });
});
