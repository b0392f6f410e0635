/** The workflows that people copy: they fit the Action, and set no bad example. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { readAction } from './runner.ts';

const TOP = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = join(TOP, 'example-workflows');

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Workflow {
  readonly name: string;
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: unknown;
  readonly jobs: Readonly<
    Record<
      string,
      { readonly environment?: unknown; readonly steps: readonly Step[]; readonly [key: string]: unknown }
    >
  >;
}

const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.yml'));
const all = await Promise.all(
  files.map(async (file) => {
    const text = await readFile(join(FOLDER, file), 'utf8');
    return { file, text, workflow: parse(text) as Workflow };
  }),
);
const workflows = all.filter(({ workflow }) => workflow.jobs !== undefined);
const action = await readAction(TOP);
const stepsOf = ({ jobs }: Workflow): readonly Step[] => Object.values(jobs).flatMap(({ steps }) => steps);
const isOurs = ({ uses = '' }: Step): boolean => /\/slipway@/.test(uses);

describe('the example workflows', () => {
  it('are there for the Action', () => {
    expect(files).toEqual(expect.arrayContaining(['deploy-action.yml', 'test.yml']));
  });

  it.each(workflows)('$file pins every action: others to a commit, Slipway to a release', ({ workflow }) => {
    const used = stepsOf(workflow).filter(({ uses }) => uses !== undefined);
    expect(used.length).toBeGreaterThan(0);
    for (const step of used) {
      expect(step.uses).toMatch(isOurs(step) ? /@v\d+\.\d+\.\d+$/ : /@[0-9a-f]{40}$/);
    }
  });

  it.each(workflows)('$file says with few words what its token may do', ({ workflow }) => {
    const { permissions } = workflow;
    expect(permissions).toBeDefined();
    expect(
      Object.entries(permissions ?? {}).filter(([scope, right]) => right === 'write' && scope !== 'id-token'),
    ).toEqual([]);
  });

  it.each(workflows)('$file puts no expression into a script', ({ workflow }) => {
    for (const { run } of stepsOf(workflow)) expect(run ?? '').not.toContain('${{');
  });

  it.each(workflows)('$file gives secrets to no code of a pull request', ({ workflow, text }) => {
    expect(Object.keys(workflow.on)).not.toContain('pull_request_target');
    const isForPulls = Object.keys(workflow.on).includes('pull_request');
    if (isForPulls) expect(text).not.toMatch(/secrets\./);
    for (const job of Object.values(workflow.jobs)) {
      if (JSON.stringify(job).includes('secrets.')) expect(job.environment).toBeDefined();
    }
  });

  it('use inputs and outputs that action.yml has', () => {
    const ours = workflows.flatMap(({ workflow }) => stepsOf(workflow).filter(isOurs));
    expect(ours.length).toBeGreaterThan(0);
    const known = Object.keys(action.inputs);
    expect(
      ours.flatMap((step) => Object.keys(step.with ?? {})).filter((name) => !known.includes(name)),
    ).toEqual([]);
    const outputs = workflows.flatMap(({ text }) =>
      [...text.matchAll(/steps\.release\.outputs\.([\w-]+)/g)].map(([, name]) => name),
    );
    expect(outputs.length).toBeGreaterThan(0);
    expect(outputs.filter((name) => name === undefined || !(name in action.outputs))).toEqual([]);
  });
});
