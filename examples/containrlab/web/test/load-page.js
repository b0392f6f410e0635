// Node does not read JSX: bundles a component for Node and imports it.
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

export async function loadPage(file) {
  // Beside node_modules, so that the bundle finds React there.
  const folder = await mkdtemp(join(root, 'node_modules', '.page-'));
  try {
    const outfile = join(folder, 'page.js');
    await build({
      entryPoints: [join(root, 'src', file)],
      outfile,
      bundle: true,
      jsx: 'automatic',
      packages: 'external',
      format: 'esm',
      platform: 'node',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(folder, { recursive: true });
  }
}
