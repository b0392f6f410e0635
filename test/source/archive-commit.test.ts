import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import type { Repository } from '../../src/source/repository.ts';
import { freshScene } from './scene.ts';

const scene = freshScene();

async function filesOf(repository: Repository, sha: string): Promise<{ hash: string; files: string[] }> {
  const bytes = await repository.archive(sha, buffer);
  const names = execFileSync('tar', ['-tzf', '-'], { input: bytes, encoding: 'utf8' });
  return {
    hash: createHash('sha256').update(bytes).digest('hex'),
    files: names.split('\n').filter((name) => name !== '' && !name.endsWith('/')),
  };
}

describe('archive', () => {
  it('is the same bytes every time and holds every file', async () => {
    const sha = scene.origin.commit('one', {
      'a.txt': 'a',
      'tests/b.txt': 'b',
      '.gitattributes': 'tests export-ignore\na.txt export-subst\n',
    });
    const repository = await scene.open();
    await repository.resolve('main');
    const first = await filesOf(repository, sha);
    const second = await filesOf(repository, sha);
    expect(first).toEqual(second);
    expect(first.files.sort()).toEqual(['.gitattributes', 'a.txt', 'tests/b.txt']);
  });

  it('ends with the error of whoever takes it', async () => {
    const sha = scene.origin.commit('one', {
      'big.bin': Buffer.alloc(3_000_000, Math.random().toString()).toString('base64'),
    });
    const repository = await scene.open();
    await repository.resolve('main');
    await expect(repository.archive(sha, () => Promise.reject(new Error('disk full')))).rejects.toThrow(
      'disk full',
    );
  });
});
