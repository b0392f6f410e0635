/**
 * One `up` or `down` at a time in a folder. A lock whose holder is gone is taken over.
 */
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ConfigurationError } from '../../errors.ts';
import { isSameProcess, processIdentity } from './process-identity.ts';

export async function withLock<T>(path: string, run: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  await take(path);
  try {
    return await run();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path: string, triesLeft = 2): Promise<void> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(`${process.pid} ${await processIdentity(process.pid)}`);
    await file.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || triesLeft === 0) throw error;
    const [pid, identity] = (await readFile(path, 'utf8').catch(() => '')).split(' ');
    if (pid && identity && (await isSameProcess(Number(pid), identity))) {
      throw new ConfigurationError(
        `another \`slipway local\` command (pid ${pid}) is at work in ${dirname(path)}`,
        {
          advice: 'Wait until it has ended.',
        },
      );
    }
    await rm(path, { force: true });
    await take(path, triesLeft - 1);
  }
}
