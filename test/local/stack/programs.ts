/** Small programs that behave like parts of the stack, and a folder for their logs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProcessSpec } from '../../../src/local/stack/spawn-detached.ts';

export const FOREVER = 'setInterval(() => {}, 1000);';
export const READY = `console.log('slipway-ready: at your service'); ${FOREVER}`;

export async function temporaryFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'slipway-stack-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

export const nodeProgram = (
  folder: string,
  name: string,
  script: string,
  readyTimeoutMs = 20_000,
): ProcessSpec => ({
  name,
  command: process.execPath,
  args: ['-e', script],
  env: { PATH: process.env.PATH ?? '' },
  cwd: folder,
  logFile: join(folder, 'logs', `${name}.log`),
  readyTimeoutMs,
});
