#!/usr/bin/env node
// Launcher of the built CLI (script/build.js puts it into dist/).
import { access } from 'node:fs/promises';

const entry = new URL('../dist/cli/main.js', import.meta.url);
try {
  await access(entry);
} catch {
  console.error('error: Slipway is not built yet\n  Run `npm run build` (or script/setup) first.');
  process.exit(70);
}
const { main } = await import(entry.href);
process.exitCode = await main(process.argv);
