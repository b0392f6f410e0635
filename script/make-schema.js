/**
 * Writes slipway.schema.json from the zod schema in src/config. Run it after a change there:
 *   node script/make-schema.js
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
// Inside the repository, so that the compiled files find node_modules.
mkdirSync(join(root, '.cache'), { recursive: true });
const folder = mkdtempSync(join(root, '.cache', 'schema-'));
try {
  const project = join(folder, 'tsconfig.json');
  writeFileSync(
    project,
    JSON.stringify({
      extends: '../../tsconfig.build.json',
      compilerOptions: { rootDir: '../../src', outDir: 'out', declaration: false, types: ['node'] },
      include: [],
      files: ['../../src/config/json-schema.ts'],
    }),
  );
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project], {
    stdio: 'inherit',
  });
  const { jsonSchemaText } = await import(pathToFileURL(join(folder, 'out/config/json-schema.js')).href);
  writeFileSync(join(root, 'slipway.schema.json'), jsonSchemaText());
  console.log('wrote slipway.schema.json');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
