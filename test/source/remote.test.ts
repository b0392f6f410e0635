/** What a repository says of its branches now, whatever was fetched before. */
import { rm } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { freshScene } from './scene.ts';

const scene = freshScene();

describe('tip', () => {
  it('is the end of the default branch as it is now, whatever was fetched before', async () => {
    const repository = await scene.open();
    const first = scene.origin.commit('one', { a: '1' });
    expect(await repository.tip()).toBe(first);
    const second = scene.origin.commit('two', { a: '2' });
    expect(await repository.tip()).toBe(second);
    expect(await repository.readFile(second, 'a')).toBe('2');
    scene.origin.git('branch', 'other');
    scene.origin.git('symbolic-ref', 'HEAD', 'refs/heads/other');
    scene.origin.git('update-ref', 'refs/heads/other', first);
    expect(await repository.tip()).toBe(first);
  });

  it('is nothing in a repository without commits', async () => {
    expect(await (await scene.open()).tip()).toBeUndefined();
  });

  it('is not guessed when the repository does not answer', async () => {
    const repository = await scene.open();
    await rm(scene.origin.folder, { recursive: true });
    await expect(repository.tip()).rejects.toThrow('git cannot fetch');
  });
});

describe('the end of a branch', () => {
  it('is that of the very name, as it is now, and nothing is fetched for it', async () => {
    const first = scene.origin.commit('one', { a: '1' });
    scene.origin.git('branch', 'main2');
    scene.origin.git('tag', 'v1');
    const repository = await scene.open();
    expect(await repository.endOf('refs/heads/main')).toBe(first);
    const second = scene.origin.commit('two', { a: '2' });
    expect(await repository.endOf('refs/heads/main')).toBe(second);
    expect(await repository.endOf('refs/heads/main2')).toBe(first);
    expect(await repository.readFile(second, 'a')).toBeUndefined();
  });

  it('is none where only others are called alike', async () => {
    scene.origin.commit('one', { a: '1' });
    scene.origin.git('update-ref', 'refs/other/refs/heads/next', 'HEAD');
    scene.origin.git('tag', 'next');
    scene.origin.git('branch', 'a/next');
    const repository = await scene.open();
    for (const name of ['refs/heads/next', 'next', 'heads/next', 'refs/heads/Main'])
      expect(await repository.endOf(name)).toBeUndefined();
  });

  it('is not asked for by what git takes for something else', async () => {
    const repository = await scene.open();
    for (const name of ['--upload-pack=x', 'refs/heads/*', 'refs/heads/a..b'])
      expect(() => repository.endOf(name)).toThrow('not a commit, branch or tag');
  });

  it('is not guessed when the repository does not answer', async () => {
    const repository = await scene.open();
    await rm(scene.origin.folder, { recursive: true });
    await expect(repository.endOf('refs/heads/main')).rejects.toThrow('git cannot fetch');
    await expect(repository.isPartOf('a'.repeat(40), 'refs/heads/main')).rejects.toThrow('git cannot fetch');
  });

  it('tells whether a commit is part of it, as it is now', async () => {
    const first = scene.origin.commit('one', { a: '1' });
    const repository = await scene.open();
    await repository.resolve(first);
    const second = scene.origin.commit('two', { a: '2' });
    scene.origin.git('switch', '--quiet', '--create', 'feature');
    const other = scene.origin.commit('three', { a: '3' });
    scene.origin.git('tag', 'main');
    await repository.resolve(other);
    expect(await repository.isPartOf(first, 'refs/heads/main')).toBe(true);
    expect(await repository.isPartOf(second, 'refs/heads/main')).toBe(true);
    expect(await repository.isPartOf(other, 'refs/heads/main')).toBe(false);
    expect(await repository.isPartOf(other, 'refs/tags/main')).toBe(true);
    expect(await repository.isPartOf(first, 'refs/heads/gone')).toBe(false);
    scene.origin.git('update-ref', 'refs/heads/main', first);
    expect(await repository.isPartOf(second, 'refs/heads/main')).toBe(false);
  });
});
