/**
 * A small stand-in for GitHub's runner: reads an action.yml, and runs its composite steps as the runner does – bash with
 * its arguments, the files of the environment, inputs put into `env` as expressions – reading what they print.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';
import { readPairs } from './env-files.ts';
import { LogReader } from './log-reader.ts';

export interface ActionFile {
  readonly inputs: Readonly<Record<string, { readonly default?: string; readonly required?: boolean }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

interface Step {
  readonly id?: string;
  readonly shell: string;
  readonly run: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface JobRun {
  readonly exitCode: number;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** Of GITHUB_ENV and GITHUB_PATH: nothing of ours goes there. */
  readonly leaked: string;
  readonly reader: LogReader;
  /** Everything that was printed, raw. */
  readonly printed: string;
}

export interface Job {
  /** Where action.yml is. */
  readonly action: string;
  /** Where the repository is checked out. */
  readonly workspace: string;
  /** Scratch, as RUNNER_TEMP. */
  readonly temp: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** Of the job: secrets in variables, the event. */
  readonly env?: Readonly<Record<string, string>>;
  /** Told about each process and each line: to cancel the job in the middle. */
  readonly onLine?: (line: string, process: ChildProcess) => void;
}

export const readAction = async (folder: string): Promise<ActionFile> =>
  parse(await readFile(join(folder, 'action.yml'), 'utf8')) as ActionFile;

export async function runAction(job: Job): Promise<JobRun> {
  const { inputs, outputs, runs } = await readAction(job.action);
  if (runs.using !== 'composite') throw new Error(`not a composite action: ${runs.using}`);
  const given = Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [name, job.inputs[name] ?? input.default ?? '']),
  );
  const unknown = Object.keys(job.inputs).filter((name) => !(name in inputs));
  if (unknown.length > 0) throw new Error(`Unexpected input(s) ${unknown.join(', ')}`);
  const steps: Record<string, Record<string, string>> = {};
  const reader = new LogReader();
  const printed: string[] = [];
  let [exitCode, summary, leaked] = [0, '', ''];
  for (const [index, step] of runs.steps.entries()) {
    const folder = await mkdtemp(join(job.temp, 'step-'));
    const files = await makeFiles(folder);
    const script = join(folder, `${index}.sh`);
    await writeFile(script, evaluate(step.run, given, steps));
    if (step.shell !== 'bash') throw new Error(`no shell ${step.shell} here`);
    const env = Object.fromEntries(
      Object.entries(step.env ?? {}).map(([name, value]) => [name, evaluate(String(value), given, steps)]),
    );
    exitCode = await runScript(script, job, { ...files, ...env }, (line, process) => {
      printed.push(line);
      reader.read(line);
      job.onLine?.(line, process);
    });
    if (step.id) steps[step.id] = readPairs(await readFile(files.GITHUB_OUTPUT, 'utf8'));
    summary += await readFile(files.GITHUB_STEP_SUMMARY, 'utf8');
    leaked += (await readFile(files.GITHUB_ENV, 'utf8')) + (await readFile(files.GITHUB_PATH, 'utf8'));
    if (exitCode !== 0) break;
  }
  const values = Object.entries(outputs).map(([name, { value }]) => [name, evaluate(value, given, steps)]);
  return {
    exitCode,
    outputs: Object.fromEntries(values),
    summary,
    leaked,
    reader,
    printed: printed.join('\n'),
  };
}

async function makeFiles(folder: string) {
  const files = {
    GITHUB_OUTPUT: join(folder, 'output'),
    GITHUB_STEP_SUMMARY: join(folder, 'summary'),
    GITHUB_ENV: join(folder, 'env'),
    GITHUB_PATH: join(folder, 'path'),
  };
  await mkdir(folder, { recursive: true });
  for (const file of Object.values(files)) await writeFile(file, '');
  return files;
}

/** `${{ inputs.x }}` and `${{ steps.s.outputs.y }}`: of others this runner knows nothing. */
function evaluate(
  text: string,
  inputs: Readonly<Record<string, string>>,
  steps: Readonly<Record<string, Readonly<Record<string, string>>>>,
): string {
  return text.replaceAll(/\$\{\{\s*(.*?)\s*\}\}/g, (_whole, expression: string) => {
    const [, input] = /^inputs\.([\w-]+)$/.exec(expression) ?? [];
    if (input !== undefined) {
      const value = inputs[input];
      if (value === undefined) throw new Error(`there is no input ${input}`);
      return value;
    }
    const [, step, output] = /^steps\.([\w-]+)\.outputs\.([\w-]+)$/.exec(expression) ?? [];
    if (step !== undefined && output !== undefined) return steps[step]?.[output] ?? '';
    throw new Error(`an expression that this runner does not know: ${expression}`);
  });
}

/** What runs on a runner knows nothing of this repository: no NODE_PATH, no variables of this test. */
function runScript(
  script: string,
  { action, workspace, temp, env = {} }: Job,
  more: Readonly<Record<string, string>>,
  onLine: (line: string, process: ChildProcess) => void,
): Promise<number> {
  const child = spawn('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', script], {
    cwd: workspace,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: temp,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_ACTION_PATH: action,
      GITHUB_WORKSPACE: workspace,
      GITHUB_ACTOR: 'ada',
      GITHUB_EVENT_NAME: 'push',
      RUNNER_TEMP: temp,
      ...env,
      ...more,
    },
  });
  // Two streams, read apart, as the runner does.
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) =>
      onLine(line, child),
    );
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
}
