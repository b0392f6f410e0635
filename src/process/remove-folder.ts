/**
 * Removes a folder whatever repository code made of it.
 */
import { rm } from 'node:fs/promises';
import { runProcess } from './run-process.ts';

/** Tools such as Go make read-only folders, which cannot be emptied before they are writable again. */
export async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    if (!['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await runProcess(['chmod', '-R', 'u+rwX', folder], {
      cwd: '/',
      env: { PATH: process.env.PATH ?? '/bin' },
    });
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
