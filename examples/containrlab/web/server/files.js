// Reads the built page into memory: it is small, and a path from outside never touches the disk.
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

export async function readFiles(folder) {
  const files = new Map();
  for (const name of await readdir(folder)) {
    const type = TYPES[extname(name)];
    if (type) files.set(`/${name}`, { type, body: await readFile(join(folder, name)) });
  }
  return files;
}
