// The real registry (distribution) on a free loopback port, over a temporary folder.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { findTool } from '../../../src/tools.ts';

export interface RealRegistry {
  readonly url: string;
  readonly folder: string;
  /** Ends it; what it has stored stays. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export async function startRealRegistry(): Promise<RealRegistry> {
  const program = await findTool('registry');
  const folder = await mkdtemp(join(tmpdir(), 'slipway-registry-'));
  const config = join(folder, 'config.yml');
  await writeFile(
    config,
    [
      'version: 0.1',
      'log: { level: info }',
      `storage: { filesystem: { rootdirectory: ${JSON.stringify(join(folder, 'data'))} } }`,
      'http: { addr: "127.0.0.1:0" }',
      // Layers that only a vendor may distribute (Windows) are named by address and not pushed.
      'validation: { manifests: { urls: { allow: ["^https?://"] } } }',
      '',
    ].join('\n'),
  );
  const child = execa(program, ['serve', config], {
    all: true,
    reject: false,
    env: { OTEL_TRACES_EXPORTER: 'none' },
  });
  const port = await new Promise<string>((resolve, reject) => {
    let seen = '';
    child.all.on('data', (chunk: Buffer) => {
      seen += chunk.toString('utf8');
      const match = /listening on 127\.0\.0\.1:(\d+)/.exec(seen);
      if (match?.[1] !== undefined) resolve(match[1]);
    });
    child.all.on('end', () => reject(new Error(`the registry ended at once: ${seen}`)));
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await child;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    folder,
    stop,
    close: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
