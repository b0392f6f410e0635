// Builds dist/: TypeScript to JavaScript, then the workflows into the one file that control workers load.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const top = fileURLToPath(new URL('..', import.meta.url));
const inTop = (...parts) => join(top, ...parts);

/** Into a folder beside dist/, so that a failed build leaves the old one usable. */
const fresh = inTop('.cache', `dist-${process.pid}`);

try {
  const startedAtMs = Date.now();
  await execa(
    'node',
    [inTop('node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', fresh],
    {
      cwd: top,
      stdio: 'inherit',
    },
  );
  await bundleWorkflows();
  await rm(inTop('dist'), { recursive: true, force: true });
  await rename(fresh, inTop('dist'));
  console.error(`built dist/ in ${((Date.now() - startedAtMs) / 1000).toFixed(1)} s`);
} catch (error) {
  await rm(fresh, { recursive: true, force: true });
  console.error(`the build failed: ${error.shortMessage ?? error.message}`);
  process.exitCode = 1;
}

/** Once, here: a worker that bundles at its start needs seconds and webpack. */
async function bundleWorkflows() {
  const workflows = inTop('src/workflows/index.ts');
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({ workflowsPath: workflows });
  await mkdir(fresh, { recursive: true });
  await writeFile(join(fresh, 'workflow-bundle.js'), code);
}
