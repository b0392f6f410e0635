import { describe, expect, it } from '@jest/globals';
import { createImageStore } from '../../../src/local/ecr/image-store.ts';
import { type EcrState, emptyEcrState, type RepositoryRecord } from '../../../src/local/ecr/state.ts';
import type { Upstream } from '../../../src/local/ecr/upstream.ts';
import { memoryStateFile } from '../memory-state-file.ts';
import { imageManifest, manifestType, sha256 } from './start-ecr.ts';

function repository(mutability: RepositoryRecord['mutability']): RepositoryRecord {
  return {
    name: 'api',
    createdAtMs: 0,
    mutability,
    exclusions: [],
    scanOnPush: false,
    encryption: { encryptionType: 'AES256' },
    resourceTags: {},
    images: {},
    tags: {},
  };
}

/** A registry that takes its time: it answers when `release` is called. */
function slowUpstream() {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const upstream: Upstream = {
    url: '',
    putManifest: async () => {
      await released;
      return undefined;
    },
    getManifest: async () => undefined,
    hasBlob: async () => true,
    uploadStatus: async () => undefined,
  };
  return { upstream, release };
}

function storeOver(state: EcrState) {
  const { upstream, release } = slowUpstream();
  const store = createImageStore(memoryStateFile(state), upstream, '000000000000');
  const push = (content: string) => {
    const part = { digest: sha256(content), size: 1 };
    const bytes = Buffer.from(imageManifest(part, part));
    return store.put('api', { bytes, mediaType: manifestType, tag: 'v1' });
  };
  return { push, release };
}

describe('while the registry stores a manifest', () => {
  it('another push may take the immutable tag; then this one is refused', async () => {
    const state = { ...emptyEcrState(), repositories: { api: repository('IMMUTABLE') } };
    const { push, release } = storeOver(state);
    const pushes = [push('one'), push('two')];
    release();
    const [first, second] = await Promise.allSettled(pushes);
    expect(first).toMatchObject({ status: 'fulfilled' });
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'ImageTagAlreadyExistsException' } });
    expect(Object.keys(state.repositories.api.images)).toHaveLength(1);
  });

  it('the repository may be deleted; then nothing of it comes back', async () => {
    const state: EcrState = { ...emptyEcrState(), repositories: { api: repository('MUTABLE') } };
    const { push, release } = storeOver(state);
    const pushed = push('one');
    delete state.repositories.api;
    release();
    await expect(pushed).rejects.toMatchObject({ code: 'RepositoryNotFoundException' });
    expect(state.repositories).toEqual({});
  });

  it('the repository may be made anew; what went into the old one is not in the new one', async () => {
    const old = { ...repository('MUTABLE'), storedAs: 'old' };
    const state: EcrState = { ...emptyEcrState(), repositories: { api: old } };
    const { push, release } = storeOver(state);
    const pushed = push('one');
    state.repositories.api = { ...repository('MUTABLE'), storedAs: 'new' };
    release();
    await expect(pushed).rejects.toMatchObject({ code: 'RepositoryNotFoundException' });
    expect(state.repositories.api).toMatchObject({ images: {}, tags: {} });
  });
});
