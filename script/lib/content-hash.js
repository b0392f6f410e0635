// One hash over the names and contents of files and folders: the key of anything that a script makes from them.
// Usage: node script/lib/content-hash.js <path...>; a missing path counts as missing, not as an error.
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

const hash = createHash('sha256');

function add(path) {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  hash.update(`\0${path}\0`);
  if (stat === undefined) hash.update('missing');
  else if (stat.isSymbolicLink()) hash.update(readlinkSync(path));
  else if (stat.isDirectory()) for (const name of readdirSync(path).sort()) add(join(path, name));
  else hash.update(`${stat.mode & 0o111}\0`).update(readFileSync(path));
}

for (const path of process.argv.slice(2)) add(path);
process.stdout.write(hash.digest('hex').slice(0, 32));
