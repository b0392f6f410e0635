import { describe, expect, it } from '@jest/globals';
import { freshScene } from './scene.ts';

const scene = freshScene();

describe('the message of a commit', () => {
  it('is the whole of it', async () => {
    const sha = scene.origin.commit('subject\n\nbody [skip deploy]\nGrüße', { a: '1' });
    const repository = await scene.open();
    await repository.resolve(sha);
    expect(await repository.message(sha)).toContain('subject\n\nbody [skip deploy]\nGrüße');
  });
});

describe('readFile', () => {
  it('reads a file of the commit, not of the working tree', async () => {
    const sha = scene.origin.commit('one', { 'infra/a.json': '{"ü":1}' });
    scene.origin.commit('two', { 'infra/a.json': 'changed' });
    const repository = await scene.open();
    await repository.resolve(sha);
    expect(await repository.readFile(sha, 'infra/a.json')).toBe('{"ü":1}');
    expect(await repository.readFile(sha, 'infra/none.json')).toBeUndefined();
    expect(await repository.readFile(sha, 'infra')).toBeUndefined();
  });
});
