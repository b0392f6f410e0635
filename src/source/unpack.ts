/** Unpacks a commit's archive from the store into a folder. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TransientError } from '../errors.ts';
import { cleanEnvironment } from '../process/clean-environment.ts';
import { runProcess } from '../process/run-process.ts';
import type { Store } from '../store/store.ts';

/**
 * The archive was made by `git archive`, which never writes through a symbolic link of its own; tar itself
 * refuses member names that lead out of the folder.
 * @throws TransientError (disk full, killed); `NotInStore`, `StoreDamaged`
 */
export const unpackArchive = async (
  store: Store,
  hash: string,
  folder: string,
  signal?: AbortSignal,
): Promise<void> => {
  await mkdir(folder, { recursive: true });
  const file = join(folder, `.${hash}.tar.gz`);
  try {
    await store.fetchArchive(hash, file);
    const argv = [
      'tar',
      '--extract',
      '--gzip',
      '--file',
      file,
      '--directory',
      folder,
      '--no-same-owner',
    ] as const;
    const result = await runProcess(argv, {
      cwd: folder,
      env: cleanEnvironment({ home: folder, temporary: folder }),
      signal,
    });
    if (result.exitCode === 0) return;
    throw new TransientError(
      `the source could not be unpacked: ${result.tail.trim().split('\n').at(-1) ?? ''}`,
    );
  } finally {
    await rm(file, { force: true });
  }
};
