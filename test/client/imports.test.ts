/** The tiny client stays tiny: whoever imports it installs `@temporalio/client`, and nothing else of ours or others'. */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import * as client from '../../src/client/index.ts';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** What runs at import: types are gone by then. `import { type A } from 'b'` still loads b, and so does `export … from`. */
const importsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^(?:import|export)\s(?!type\b)(?:[^'"]*?\sfrom\s)?\s*['"]([^'"]+)['"]/gm)]
    .concat([...text.matchAll(/\b(?:import|require)\(\s*['"]([^'"]+)['"]/g)])
    .map(([, name = '']) => name);

/** Every file that is loaded with those, and the packages that they load. */
async function reachable(files: readonly string[]) {
  const seen = new Set<string>();
  const packages = new Map<string, string>();
  const queue = [...files];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const name of importsOf(await readFile(file, 'utf8'))) {
      if (name.startsWith('.')) queue.push(join(dirname(file), name));
      else packages.set(name, relative(SRC, file));
    }
  }
  return { files: [...seen].map((file) => relative(SRC, file)), packages };
}

describe('slipway/client', () => {
  it('loads @temporalio/client, Node and the domain, and nothing else', async () => {
    const own = (await readdir(join(SRC, 'client'), { recursive: true })).filter((path) =>
      path.endsWith('.ts'),
    );
    const { files, packages } = await reachable(own.map((path) => join(SRC, 'client', path)));
    const foreign = [...packages].filter(
      ([name]) => name !== '@temporalio/client' && !name.startsWith('node:'),
    );
    expect(foreign).toEqual([]);
    expect(files.filter((path) => !/^(client|release)\/|^errors\.ts$/.test(path))).toEqual([]);
    expect(packages.has('@temporalio/client')).toBe(true);
    expect(files).toContain('release/names.ts');
  });

  it('is seen by this test where it would load more', () => {
    const text = [
      "import type { A } from 'types-only';",
      "import { type B, c } from '@temporalio/common';",
      "import {\n  d,\n} from 'several-lines';",
      "import 'for-its-effects';",
      "export { e } from 'again';",
      "const f = await import('when-needed');",
    ].join('\n');
    expect(importsOf(text)).toEqual([
      '@temporalio/common',
      'several-lines',
      'for-its-effects',
      'again',
      'when-needed',
    ]);
  });

  it('offers start, signal and wait', () => {
    expect(client).toMatchObject({
      connect: expect.any(Function),
      startRelease: expect.any(Function),
      operate: expect.any(Function),
      waitForRelease: expect.any(Function),
    });
  });
});
