/**
 * A commit's files from the store into a folder.
 */
import { mkdir, rm } from 'node:fs/promises';
import { TransientError } from '../errors.ts';
import { runProcess } from '../process/run-process.ts';
import { lastLines } from '../process/tail.ts';
import type { Store } from '../store/store.ts';

const EXTRACT_TIMEOUT_MS = 10 * 60_000;

/**
 * `folder` is made; what was in it stays. GNU and BSD tar refuse members that lead out of the folder, by
 * `..`, absolute names or links, unless told otherwise.
 * Errors: `NotInStore`, `StoreDamaged`, TransientError.
 */
export async function extractArchive(
  store: Store,
  hash: string,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const archive = `${folder}.tar.gz`;
  await mkdir(folder, { recursive: true });
  try {
    await store.fetchArchive(hash, archive);
    const result = await runProcess(['tar', '-xzf', archive, '-C', folder, '--no-same-owner'], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C' },
      signal,
      timeoutMs: EXTRACT_TIMEOUT_MS,
    });
    if (result.exitCode !== 0) {
      const evidence = lastLines(result.tail, 10);
      throw new TransientError(
        `cannot unpack the source: ${evidence.at(-1) ?? `exit code ${result.exitCode}`}`,
        {
          evidence,
          advice: 'if its disk is full, free some space on the worker: the step is tried again',
        },
      );
    }
  } finally {
    await rm(archive, { force: true });
  }
}
