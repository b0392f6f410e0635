import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { freshScene } from './scene.ts';

const scene = freshScene();

describe('resolve', () => {
  it('finds a commit by branch, tag, full and short SHA', async () => {
    const sha = scene.origin.commit('Add *everything*', { 'a.txt': '1' });
    scene.origin.git('tag', '--annotate', '--message', 'x', 'v1');
    scene.origin.git('branch', 'feature/a-b');
    const repository = await scene.open();
    const commit = { sha, subject: 'Add *everything*', author: 'Ada Lovelace' };
    for (const name of ['main', 'v1', 'feature/a-b', 'refs/heads/main', sha, sha.slice(0, 7)]) {
      expect(await repository.resolve(name)).toEqual(commit);
    }
  });

  it('sees a new commit of a moved branch, also one that was rewritten', async () => {
    const repository = await scene.open();
    const first = scene.origin.commit('one', { a: '1' });
    expect((await repository.resolve('main')).sha).toBe(first);
    scene.origin.git('commit', '--quiet', '--amend', '--message', 'other');
    const second = scene.origin.git('rev-parse', 'HEAD');
    expect((await repository.resolve('main')).sha).toBe(second);
    expect((await repository.resolve(second)).subject).toBe('other');
    // The rewritten one is still in our copy, but no branch leads to it any more.
    await expect(repository.resolve(first)).rejects.toThrow('no branch or tag');
  });

  it('does not ask the repository again for a SHA that it has', async () => {
    const sha = scene.origin.commit('one', { a: '1' });
    const repository = await scene.open();
    await repository.resolve('main');
    await rm(scene.origin.folder, { recursive: true });
    expect((await repository.resolve(sha)).subject).toBe('one');
  });

  it('does not take a commit that no branch or tag leads to', async () => {
    scene.origin.commit('one', { a: '1' });
    const orphan = scene.origin.commit('two', { a: '2' });
    scene.origin.git('reset', '--quiet', '--hard', 'HEAD~1');
    scene.origin.git('update-ref', 'refs/pull/7/head', orphan);
    const repository = await scene.open();
    await expect(repository.resolve(orphan)).rejects.toMatchObject({
      type: 'ConfigurationError',
      message: expect.stringContaining('no branch or tag'),
    });
  });

  it('says what is ambiguous', async () => {
    const first = scene.origin.commit('one', { a: '1' });
    scene.origin.git('tag', 'x');
    const second = scene.origin.commit('two', { a: '2' });
    scene.origin.git('branch', 'x');
    await expect((await scene.open()).resolve('x')).rejects.toMatchObject({
      type: 'ConfigurationError',
      message: expect.stringContaining(`ambiguous in ${scene.origin.folder}: ${second} or ${first}`),
    });
  });

  it('takes a full SHA as a commit, also when somebody gave a branch that name', async () => {
    const first = scene.origin.commit('one', { a: '1' });
    const second = scene.origin.commit('two', { a: '2' });
    scene.origin.git('update-ref', `refs/heads/${first}`, second);
    expect((await (await scene.open()).resolve(first)).subject).toBe('one');
  });

  it.each(['nothing', '0'.repeat(40), 'abcd123'])('says that %s is not there', async (name) => {
    scene.origin.commit('one', { a: '1' });
    await expect((await scene.open()).resolve(name)).rejects.toMatchObject({
      type: 'ConfigurationError',
      retryable: false,
    });
  });

  it('is safe for several at once', async () => {
    const sha = scene.origin.commit('one', { a: '1' });
    const results = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const repository = await scene.open();
        const commit = await repository.resolve('main');
        return repository.archive(commit.sha, buffer);
      }),
    );
    expect(new Set(results.map((bytes) => bytes.toString('base64'))).size).toBe(1);
    expect((await (await scene.open()).resolve(sha)).sha).toBe(sha);
  });

  it('says that a repository is missing', async () => {
    await expect((await scene.open(join(scene.root, 'none'))).resolve('main')).rejects.toMatchObject({
      type: 'ConfigurationError',
      advice: expect.stringContaining('correct the repository'),
    });
  });

  it('calls a network failure transient', async () => {
    await expect((await scene.open('http://127.0.0.1:1/x.git')).resolve('main')).rejects.toMatchObject({
      type: 'Transient',
      message: expect.stringContaining('git cannot fetch http://127.0.0.1:1/x.git: fatal: '),
    });
  });

  it('runs no hook and no program that a repository names', async () => {
    scene.origin.commit('one', { a: '1' });
    const marker = join(scene.root, 'ran');
    for (const hook of ['post-upload-pack', 'pre-receive', 'reference-transaction', 'post-checkout']) {
      await writeFile(join(scene.origin.folder, '.git', 'hooks', hook), `#!/bin/sh\ntouch ${marker}\n`, {
        mode: 0o755,
      });
    }
    scene.origin.git('config', 'core.fsmonitor', `touch ${marker}`);
    await (await scene.open()).resolve('main');
    await expect(readFile(marker)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
