/** Stopping exactly one process, and nobody else's. */
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { processIdentity } from '../../../src/local/stack/process-identity.ts';
import { spawnDetached, waitUntilReady } from '../../../src/local/stack/spawn-detached.ts';
import { stopProcess } from '../../../src/local/stack/stop-process.ts';
import { FOREVER, nodeProgram, READY, temporaryFolder } from './programs.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

async function start(script: string) {
  const spec = nodeProgram(folder.path, 'program', script);
  const record = await spawnDetached(spec);
  await waitUntilReady(spec, record);
  return record;
}

describe('stopping', () => {
  it('asks first', async () => {
    const record = await start(
      `process.on('SIGTERM', () => { console.log('bye'); process.exit(0); }); ${READY}`,
    );
    expect(await stopProcess(record, 10_000)).toBe('stopped');
    expect(await processIdentity(record.pid)).toBeUndefined();
    expect(await readFile(record.logFile, 'utf8')).toContain('bye');
  });

  it('kills what does not listen', async () => {
    const record = await start(`process.on('SIGTERM', () => {}); ${READY}`);
    expect(await stopProcess(record, 200)).toBe('killed');
    expect(await processIdentity(record.pid)).toBeUndefined();
  });

  it('takes along the children that a process leaves behind', async () => {
    const script = `
      const child = require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(FOREVER)}]);
      console.log('slipway-ready: ' + child.pid);
      ${FOREVER}`;
    const record = await start(script);
    const child = Number(/slipway-ready: (\d+)/.exec(await readFile(record.logFile, 'utf8'))?.[1]);
    expect(await processIdentity(child)).toBeDefined();
    await stopProcess(record, 10_000);
    await expect(gone(child)).resolves.toBe(true);
  });

  it('leaves a later process with the same pid alone', async () => {
    const record = await start(READY);
    expect(await stopProcess({ ...record, identity: 'of an earlier life' }, 1_000)).toBe('was-gone');
    expect(await processIdentity(record.pid)).toBe(record.identity);
    await stopProcess(record, 10_000);
  });

  it('of what has ended already does nothing', async () => {
    const record = await start(READY);
    process.kill(record.pid, 'SIGKILL');
    await gone(record.pid);
    expect(await stopProcess(record, 1_000)).toBe('was-gone');
  });
});

/** A killed process stays for a moment, until the kernel has cleaned up. */
async function gone(pid: number): Promise<boolean> {
  const deadline = Date.now() + 5_000;
  while (Date.now() < deadline) {
    if ((await processIdentity(pid)) === undefined) return true;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return false;
}
