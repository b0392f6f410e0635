/**
 * Workflow code, bundled once for all test files: each of them would need webpack, and seconds. What has changed since
 * is bundled anew.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleWithSourceMap } from '@temporalio/worker';

const top = fileURLToPath(new URL('../', import.meta.url));

export const bundle = (workflowsPath: string): Promise<WorkflowBundleWithSourceMap> =>
  bundleWorkflowCode({
    workflowsPath,
    payloadConverterPath: join(top, 'src/workflows/payload-converter.ts'),
    failureConverterPath: join(top, 'src/workflows/failure-converter.ts'),
    logger: new DefaultLogger('ERROR'),
  });

/** @param workflowsPath of a file of this repository; what it imports lies below src/, beside it, or in a package */
export const bundleOnce = async (workflowsPath: string): Promise<WorkflowBundleWithSourceMap> => {
  const name = relative(top, workflowsPath).replaceAll(/\W+/g, '-');
  const kept = join(top, '.cache', 'test-bundles', `${name}.json`);
  const key = await keyOf([join(top, 'src'), dirname(workflowsPath)]);
  const found = await readFile(kept, 'utf8').then(JSON.parse, () => null);
  if (found?.key === key) return found.bundle;
  const made = await bundle(workflowsPath);
  await mkdir(dirname(kept), { recursive: true });
  // Other test files may do the same at this moment: each sees a whole one.
  const fresh = `${kept}.${process.pid}`;
  await writeFile(fresh, JSON.stringify({ key, bundle: made }));
  await rename(fresh, kept);
  return made;
};

/** Of all that may go into it; packages are those of the lock file. */
const keyOf = async (folders: readonly string[]): Promise<string> => {
  const listed = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(folder, { recursive: true })).map((path) => join(folder, path)),
    ),
  );
  const sources = [...new Set(listed.flat())].filter((path) => path.endsWith('.ts')).toSorted();
  const hash = createHash('sha256');
  for (const path of [join(top, 'package-lock.json'), ...sources])
    hash.update(`${relative(top, path)}\0`).update(await readFile(path));
  return hash.digest('hex');
};
