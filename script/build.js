// Builds dist/: TypeScript to JavaScript, the workflows into the one file that control workers load, and the tiny client
// into the one file that starters need.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { execa } from 'execa';
import { buildClient, CLIENT_FILE } from './build-client.js';

const top = fileURLToPath(new URL('..', import.meta.url));
const inTop = (...parts) => join(top, ...parts);

/** Beside dist/, which is replaced only when all is built: a failed build leaves the old one usable. */
const fresh = inTop('.cache', `dist-${process.pid}`);

const startedAtMs = Date.now();
try {
  await mkdir(fresh, { recursive: true });
  const [client] = await Promise.all([buildClient(fresh), compile(), bundleWorkflows()]);
  await rm(inTop('dist'), { recursive: true, force: true });
  await rename(fresh, inTop('dist'));
  console.error(`${CLIENT_FILE}: ${(client.size / 1024 ** 2).toFixed(2)} MiB`);
  console.error(`built dist/ in ${((Date.now() - startedAtMs) / 1000).toFixed(1)} s`);
} catch (error) {
  await rm(fresh, { recursive: true, force: true });
  console.error(`the build failed: ${error.shortMessage ?? error.message}`);
  process.exitCode = 1;
}

async function compile() {
  const tsc = inTop('node_modules/typescript/bin/tsc');
  await execa(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', fresh], {
    cwd: top,
    stdout: 2,
    stderr: 'inherit',
  });
}

/** Once, here: a worker that bundles at its start needs seconds and webpack. */
async function bundleWorkflows() {
  const { code } = await bundleWorkflowCode({
    workflowsPath: inTop('src/workflows/index.ts'),
    payloadConverterPath: inTop('src/workflows/payload-converter.ts'),
    failureConverterPath: inTop('src/workflows/failure-converter.ts'),
    logger: new DefaultLogger('WARN'),
  });
  await writeFile(join(fresh, 'workflow-bundle.js'), code);
}
