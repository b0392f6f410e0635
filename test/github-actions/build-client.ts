/** The one file, built anew out of the sources: what is tested is what a release tag would carry. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

export const TOP = fileURLToPath(new URL('../..', import.meta.url));

/** Resolves with what the build says: size and time. */
export const buildClient = async (folder: string): Promise<string> =>
  (await execa(process.execPath, [join(TOP, 'script/build-client.js'), folder])).stderr;
