// Builds dist/slipway-client.mjs (or that file in the folder that is named): what starts a release and waits for it, in one file that needs Node and nothing else.
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const top = fileURLToPath(new URL('..', import.meta.url));
export const CLIENT_FILE = 'slipway-client.mjs';

/** @param {string} folder where the file is put; resolves with its path and size */
export async function buildClient(folder) {
  const file = join(folder, CLIENT_FILE);
  const { metafile, outputFiles } = await build({
    entryPoints: [join(top, 'src/cli/tiny/entry.ts')],
    outfile: file,
    absWorkingDir: top,
    bundle: true,
    platform: 'node',
    // What package.json asks for; a newer syntax would be a file that does not even say why it does not run.
    target: 'node20.5',
    format: 'esm',
    minify: true,
    // Errors are told apart by name.
    keepNames: true,
    // The licences are in the notices below, once and whole.
    legalComments: 'none',
    // CommonJS packages ask for Node's own modules by `require`, which an ES module does not have.
    banner: {
      js: "#!/usr/bin/env node\nimport { createRequire as slipwayCreateRequire } from 'node:module';\nconst require = slipwayCreateRequire(import.meta.url);",
    },
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  refuseForeignImports(metafile);
  const code = outputFiles[0].text;
  await mkdir(folder, { recursive: true });
  await writeFile(file, `${code}\n${await notices(metafile)}`);
  await chmod(file, 0o755);
  const { size } = await stat(file);
  return { file, size };
}

/** The one file is all there is: an import that is left in it would fail on somebody else's machine. */
function refuseForeignImports(metafile) {
  const left = Object.values(metafile.outputs)
    .flatMap(({ imports }) => imports)
    .map(({ path }) => path)
    .filter((path) => !path.startsWith('node:') && !BUILT_IN.has(path));
  if (left.length > 0) throw new Error(`the client would still import ${[...new Set(left)].join(', ')}`);
}

const BUILT_IN = new Set(builtinModules);

/** Names and licences of the packages whose code is in the file; a text that several share stands there once. */
async function notices(metafile) {
  const folders = new Set(
    Object.keys(metafile.inputs).flatMap(
      (path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [],
    ),
  );
  const byText = new Map();
  for (const folder of [...folders].sort()) {
    const { name, version, license } = JSON.parse(await readFile(join(top, folder, 'package.json'), 'utf8'));
    const text = (await licenceText(join(top, folder))) ?? `(${license}; the package brings no text of it)`;
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  const parts = [...byText].map(([text, names]) => `${names.join('\n')}\n\n${text.trim()}`);
  const own = await readFile(join(top, 'LICENSE'), 'utf8');
  const all = [`Slipway (Apache-2.0)\n\n${own.trim()}`, ...parts].join(`\n\n${'-'.repeat(80)}\n\n`);
  return `/*\nThis file holds code of Slipway and of the packages below, under these licences.\n\n${all.replaceAll('*/', '* /')}\n*/\n`;
}

async function licenceText(folder) {
  const files = await readdir(folder);
  const found = files.filter((file) => /^(licen[cs]e|notice|copying)([.-]|$)/i.test(file)).sort();
  const texts = await Promise.all(found.map((file) => readFile(join(folder, file), 'utf8')));
  return texts.length > 0 ? texts.join('\n\n') : undefined;
}

if (argv[1] !== undefined && import.meta.url === pathToFileURL(argv[1]).href) {
  const startedAtMs = Date.now();
  const { file, size } = await buildClient(resolve(argv[2] ?? join(top, 'dist')));
  const took = ((Date.now() - startedAtMs) / 1000).toFixed(1);
  console.error(`built ${relative(process.cwd(), file)}, ${(size / 1024 ** 2).toFixed(2)} MiB, in ${took} s`);
}
