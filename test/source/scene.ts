/** A real repository, and the bare copies of it, in a folder that is gone after the test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import { openRepository, type Repository } from '../../src/source/repository.ts';
import { createGitFixture, type GitFixture } from './git-fixture.ts';

export interface Scene {
  readonly root: string;
  readonly origin: GitFixture;
  open(url?: string): Promise<Repository>;
}

/** A fresh one for each test of the file. */
export function freshScene(): Scene {
  let root = '';
  let origin: GitFixture;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'slipway-git-'));
    origin = createGitFixture(join(root, 'origin'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));
  return {
    get root() {
      return root;
    },
    get origin() {
      return origin;
    },
    open: (url = origin.folder) => openRepository({ url, folder: join(root, 'cache') }),
  };
}
