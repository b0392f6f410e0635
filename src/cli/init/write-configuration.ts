/**
 * Puts the file where it belongs, and nothing that is there out of the way unless somebody says so.
 */
import { randomUUID } from 'node:crypto';
import { lstat, rename, rm, writeFile } from 'node:fs/promises';
import { ConfigurationError } from '../../errors.ts';

const anExisting = (file: string): ConfigurationError =>
  new ConfigurationError(`${file} is there already`, {
    advice: 'Look at what would be written with --stdout, or overwrite it with --force.',
  });

/** Before anybody is asked anything. @throws ConfigurationError */
export async function assertNone(file: string): Promise<void> {
  const there = await lstat(file).catch(() => undefined);
  if (there !== undefined) throw anExisting(file);
}

/** Never through a link: what is there is replaced, not what it leads to. */
export async function writeConfiguration(file: string, text: string, isForced: boolean): Promise<void> {
  if (!isForced) {
    await writeFile(file, text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? anExisting(file) : cannotWrite(file, error);
    });
    return;
  }
  const fresh = `${file}.${randomUUID()}`;
  try {
    await writeFile(fresh, text, { flag: 'wx' });
    await rename(fresh, file);
  } catch (error) {
    await rm(fresh, { force: true });
    throw cannotWrite(file, error as Error);
  }
}

const cannotWrite = (file: string, cause: Error): ConfigurationError =>
  new ConfigurationError(`${file} cannot be written: ${cause.message}`, {
    cause,
    advice: 'Make it possible, or take the text from `slipway init --stdout`.',
  });
