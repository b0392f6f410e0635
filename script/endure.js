// Runs test/workflow/environment/endure.test.ts for as many releases as asked for, and shows what it has measured.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execa } from 'execa';

const top = fileURLToPath(new URL('..', import.meta.url));

const releases = readOptions();
const folder = await mkdtemp(join(tmpdir(), 'slipway-endure-'));
try {
  const file = join(folder, 'results.json');
  const jest = execa(
    join(top, 'node_modules/.bin/jest'),
    ['test/workflow/environment/endure', '--selectProjects', 'workflow', '--runInBand'],
    {
      cwd: top,
      env: {
        NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
        SLIPWAY_ENDURE_RELEASES: releases,
        SLIPWAY_ENDURE_RESULTS: file,
      },
      reject: false,
      // A process group of its own: the Temporal server that jest starts has to end with it.
      detached: true,
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'inherit',
    },
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => endGroup(jest.pid));
  const { exitCode } = await jest;
  const results = await readFile(file, 'utf8').then(JSON.parse, () => null);
  if (results === null) console.error('script/endure: it did not come to its end; see above');
  else show(results);
  process.exitCode = exitCode === 0 && results !== null ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // It has ended already.
  }
}

function readOptions() {
  try {
    const { values } = parseArgs({ options: { releases: { type: 'string' } } });
    const { releases: wanted = '5000' } = values;
    if (!/^\d+$/.test(wanted) || Number(wanted) < 150)
      throw new Error(`${wanted} is no number of 150 or more`);
    return wanted;
  } catch (error) {
    console.error(`script/endure: ${error.message}; see script/endure --help`);
    process.exit(2);
  }
}

function show({ seconds, verdicts, runs, samples, stored }) {
  const row = (...cells) => console.log(cells.map((cell) => String(cell).padStart(12)).join(''));
  console.log('');
  row('released', 'seconds', 'control MiB', 'status KiB', 'query ms');
  for (const { released, seconds: at, controlMiB, statusBytes, queryMs } of samples) {
    row(released, at.toFixed(0), controlMiB.toFixed(0), (statusBytes / 1024).toFixed(1), queryMs.toFixed(0));
  }
  console.log('');
  row('run', 'events', 'history KiB', 'carried KiB');
  for (const [index, { events, historyBytes, carriedBytes }] of runs.entries()) {
    row(index + 1, events, (historyBytes / 1024).toFixed(0), (carriedBytes / 1024).toFixed(1));
  }
  const counts = Object.entries(verdicts).map(([verdict, count]) => `${count} ${verdict}`);
  console.log(
    `\n${stored} releases in ${seconds.toFixed(0)} s, ${(stored / seconds).toFixed(1)} a second: ${counts.join(', ')}`,
  );
}
