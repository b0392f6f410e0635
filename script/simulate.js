// Runs test/simulation/seeds.test.ts for as many seeds as asked for, and shows what came of them; or as many days, which
// jest itself shows.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execa } from 'execa';

const top = fileURLToPath(new URL('..', import.meta.url));

const { seeds, from, lanes, days } = readOptions();
const folder = await mkdtemp(join(tmpdir(), 'slipway-simulate-'));
try {
  if (days === undefined) await simulateSeeds();
  else
    process.exitCode = await runJest(['test/simulation/days/days', '--testNamePattern', '^days '], {
      SLIPWAY_SIMULATION_DAYS: days,
    });
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function simulateSeeds() {
  const file = join(folder, 'results.json');
  const startedAtMs = Date.now();
  const exitCode = await runJest(['test/simulation/seeds'], {
    SLIPWAY_SIMULATION_SEEDS: seeds,
    SLIPWAY_SIMULATION_LANES: lanes,
    SLIPWAY_SIMULATION_RESULTS: file,
  });
  const results = await readFile(file, 'utf8').then(JSON.parse, () => null);
  if (results === null) console.error('script/simulate: the simulation itself did not run; see above');
  else show(results, (Date.now() - startedAtMs) / 1000);
  process.exitCode = exitCode === 0 && results !== null ? 0 : 1;
}

async function runJest(args, env) {
  const jest = execa(
    join(top, 'node_modules/.bin/jest'),
    [...args, '--selectProjects', 'simulation', '--runInBand'],
    {
      cwd: top,
      env: {
        NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
        SLIPWAY_SIMULATION_FROM: from,
        ...env,
      },
      reject: false,
      // A process group of its own: the Temporal server that jest starts has to end with it.
      detached: true,
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: ['pipe', 'inherit'],
    },
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => endGroup(jest.pid));
  return (await jest).exitCode ?? 1;
}

function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // It has ended already.
  }
}

function readOptions() {
  const number = { type: 'string' };
  try {
    const { values } = parseArgs({ options: { seeds: number, from: number, lanes: number, days: number } });
    const { seeds = '300', from = '0', lanes = '12', days } = values;
    for (const value of [seeds, from, lanes, days ?? '0']) {
      if (!/^\d+$/.test(value)) throw new Error(`${value} is no number`);
    }
    return { seeds, from, lanes, days };
  } catch (error) {
    console.error(`script/simulate: ${error.message}; see script/simulate --help`);
    process.exit(2);
  }
}

function show(results, seconds) {
  const broken = results.filter(({ complaints }) => complaints.length > 0);
  // One that waits for a person is no failure, and yet worth a look: people answer in the end.
  for (const { seed, ending, complaints, trace } of results.filter((result) => result.trace !== '')) {
    console.log(
      `\n== seed ${seed}: ${ending}\n${complaints.map((line) => `BROKEN ${line}`).join('\n')}\n${trace}`,
    );
  }
  console.log(
    `\n${'verdict'.padEnd(18)}${'runs'.padStart(6)}${'broken'.padStart(8)}${'longest'.padStart(10)}${'events'.padStart(8)}`,
  );
  for (const ending of [...new Set(results.map((result) => result.ending))].sort()) {
    const own = results.filter((result) => result.ending === ending);
    const longest = Math.max(...own.map(({ durationMs }) => durationMs)) / 1000;
    const events = Math.max(...own.map((result) => result.events));
    const failed = own.filter(({ complaints }) => complaints.length > 0).length;
    console.log(
      `${ending.padEnd(18)}${String(own.length).padStart(6)}${String(failed).padStart(8)}${`${longest.toFixed(1)} s`.padStart(10)}${String(events).padStart(8)}`,
    );
  }
  const list = broken.length > 0 ? `: ${broken.map(({ seed }) => seed).join(', ')}` : '';
  console.log(
    `\n${results.length} runs in ${seconds.toFixed(0)} s, ${broken.length} broke an invariant${list}`,
  );
}
