/**
 * Notices that a folder was removed, or another one put in its place: whoever works for it is of no use any more.
 */
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when the folder is gone. Rejects when the signal is aborted, or there is no such folder to begin with. */
export async function folderGone(folder: string, everyMs: number, signal: AbortSignal): Promise<void> {
  const { dev, ino } = await stat(folder);
  for (;;) {
    await sleep(everyMs, undefined, { signal });
    try {
      const now = await stat(folder);
      if (now.ino !== ino || now.dev !== dev) return;
    } catch (error) {
      // Anything else may pass.
      if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return;
    }
  }
}
