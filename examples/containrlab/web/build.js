// Bundles the page into dist/: one script, one style sheet, one HTML file.
import { copyFile } from 'node:fs/promises';
import { build } from 'esbuild';

await build({
  entryPoints: ['src/page.jsx', 'src/page.css'],
  outdir: 'dist',
  bundle: true,
  minify: true,
  jsx: 'automatic',
  target: 'es2022',
  define: { 'process.env.NODE_ENV': '"production"' },
});
await copyFile('src/index.html', 'dist/index.html');
