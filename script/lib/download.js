// Downloads one file and keeps it only when its SHA-256 is the expected one.
// Usage: node script/lib/download.js <address> <sha256> <file>; gives up after 5 s without an answer.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

const [address, expected, file] = process.argv.slice(2);
const partial = `${file}.${process.pid}.part`;

/** curl first, as it knows about proxies; Node's own fetch does not. */
async function fetchInto(path) {
  const curl = spawnSync('curl', ['-fsSL', '--connect-timeout', '5', '-o', path, address], {
    stdio: 'ignore',
  });
  if (curl.error === undefined) {
    if (curl.status !== 0) throw new Error(`curl ended with ${curl.status}`);
    return;
  }
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(new Error('no answer in 5 s')), 5000);
  const response = await fetch(address, { signal: patience.signal });
  clearTimeout(timer);
  if (!response.ok) throw new Error(`the answer was ${response.status}`);
  writeFileSync(path, Buffer.from(await response.arrayBuffer()));
}

try {
  await fetchInto(partial);
  const actual = createHash('sha256').update(readFileSync(partial)).digest('hex');
  if (actual !== expected) throw new Error(`its SHA-256 is ${actual}, not ${expected}; it was thrown away`);
  renameSync(partial, file);
} catch (error) {
  rmSync(partial, { force: true });
  console.error(`${address} could not be downloaded: ${error.message}`);
  process.exitCode = 1;
}
