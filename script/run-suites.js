// Runs the suites one after the other, adds up what they counted, and says so in the last line. Where the time went is
// said after each of jest's: its slowest files.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const top = fileURLToPath(new URL('..', import.meta.url));

/** Name → what runs. Fast ones first. */
const SUITES = {
  format: ['biome', ['check', '.']],
  types: ['tsc', ['--noEmit']],
  unit: ['jest', ['--selectProjects', 'unit', '--maxWorkers=2']],
  // Its files mostly wait, each for a server of its own: two at once leave half of two cores idle.
  workflow: ['jest', ['--selectProjects', 'workflow', '--maxWorkers=3']],
  // Each of its files has many runs under way at once, which fill two cores.
  simulation: ['jest', ['--selectProjects', 'simulation', '--runInBand']],
  // They mostly wait for containers, each file for a stack of its own; the two slowest, side by side, leave most of two cores idle.
  e2e: ['jest', ['--selectProjects', 'e2e', '--maxWorkers=3']],
  // Its clients mostly wait, by clocks of their own, each for an endpoint of its own: two files at once, and each time shown.
  conformance: ['jest', ['--selectProjects', 'conformance', '--maxWorkers=2', '--verbose']],
  demo: [process.execPath, ['dist/cli/demo/main.js']],
};

/** So many of them are named after a suite. */
const SLOWEST = 5;

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in SUITES));
if (unknown.length > 0) {
  console.error(`no such suite: ${unknown.join(', ')}; there are ${Object.keys(SUITES).join(', ')}`);
  process.exit(2);
}

const folder = await mkdtemp(join(tmpdir(), 'slipway-suites-'));
let passed = 0;
let failed = 0;
/** One line each, said again at the end: a long output is read from there. */
const failures = [];
try {
  for (const [name, [program, args]] of Object.entries(SUITES)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const startedAtMs = Date.now();
    const counts = await (program === 'jest' ? runJest(name, args) : runTool(name, program, args));
    passed += counts.passed;
    failed += counts.failed;
    const seconds = secondsOf(Date.now() - startedAtMs);
    console.log(`== ${name}: ${counts.passed} passed, ${counts.failed} failed in ${seconds} s`);
    for (const line of counts.slowest) console.log(`   ${line}`);
    console.log('');
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
for (const line of failures) console.log(`FAILED ${line}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

async function run(program, args, env = {}) {
  const path = isAbsolute(program) ? program : join(top, 'node_modules/.bin', program);
  const { exitCode } = await execa(path, args, {
    cwd: top,
    env,
    reject: false,
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
  });
  return exitCode ?? 1;
}

/** A tool that only says yes or no counts as one test. */
async function runTool(name, program, args) {
  if ((await run(program, args)) === 0) return { passed: 1, failed: 0, slowest: [] };
  failures.push(name);
  return { passed: 0, failed: 1, slowest: [] };
}

/** Jest's own count; a suite that did not even start, or an exit code without a failed test, is a failure too. */
async function runJest(name, args) {
  const report = join(folder, `${name}.json`);
  const exitCode = await run('jest', [...args, '--json', '--outputFile', report], {
    NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
  });
  try {
    const result = JSON.parse(await readFile(report, 'utf8'));
    const broken = result.testResults.flatMap(failuresOf);
    if (exitCode !== 0 && broken.length === 0) broken.push(`jest ended with exit code ${exitCode}`);
    failures.push(...broken.map((line) => `${name}: ${line}`));
    return { passed: result.numPassedTests, failed: broken.length, slowest: slowestOf(result.testResults) };
  } catch (error) {
    failures.push(`${name}: no report of it: ${error}`);
    return { passed: 0, failed: 1, slowest: [] };
  }
}

function secondsOf(ms) {
  return (ms / 1000).toFixed(0);
}

/** A line each, slowest first. Where several run at once, theirs is more than the suite's. */
function slowestOf(files) {
  return files
    .map(({ name, startTime, endTime }) => ({ file: relative(top, name), tookMs: endTime - startTime }))
    .sort((one, other) => other.tookMs - one.tookMs)
    .slice(0, SLOWEST)
    .map(({ file, tookMs }) => `${secondsOf(tookMs).padStart(4)} s  ${file}`);
}

/** Of one file: each failed test, or the file where it did not even start. */
function failuresOf({ name, status, assertionResults }) {
  const file = relative(top, name);
  const tests = assertionResults.filter((test) => test.status === 'failed');
  if (tests.length > 0) return tests.map(({ fullName }) => `${file}: ${fullName}`);
  return status === 'failed' ? [file] : [];
}
