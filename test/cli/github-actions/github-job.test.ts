/** What a job shows of a release beside its log: annotations, summary, outputs. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { annotationsOf } from '../../../src/cli/github-actions/annotations.ts';
import { GitHubJob, gitHubJob } from '../../../src/cli/github-actions/github-job.ts';
import { OUTPUT_NAMES } from '../../../src/cli/github-actions/official-inputs.ts';
import { reportOutputs } from '../../../src/cli/github-actions/outputs.ts';
import { summaryOf } from '../../../src/cli/github-actions/summary.ts';
import type { ReleaseReport } from '../../../src/release/verdict.ts';
import { readPairs } from '../../github-actions/env-files.ts';
import { fakeTerminal } from '../fake-terminal.ts';
import { ROLLED_BACK, SUCCEEDED, step } from '../render/reports.ts';

const ID = 'deploy/shop/production/c0ffee';
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-job-'));
});
afterEach(() => rm(folder, { recursive: true }));

const jobIn = async (env: NodeJS.ProcessEnv = {}) => {
  const files = { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') };
  for (const file of Object.values(files)) await writeFile(file, '');
  const fake = fakeTerminal({ GITHUB_ACTIONS: 'true', ...files, ...env });
  const job = new GitHubJob(fake.terminal, { workflowId: ID, runId: 'run', url: 'http://ui/x?a=1&b="2"' }, 1);
  const read = async () => ({
    outputs: readPairs(await readFile(files.GITHUB_OUTPUT, 'utf8')),
    summary: await readFile(files.GITHUB_STEP_SUMMARY, 'utf8'),
    printed: fake.stderr(),
  });
  return { job, read };
};

describe('a job', () => {
  it('is one only in GitHub Actions', () => {
    const release = { workflowId: ID, runId: 'run', url: undefined };
    expect(gitHubJob(fakeTerminal().terminal, release, 1)).toBeUndefined();
    expect(gitHubJob(fakeTerminal({ GITHUB_ACTIONS: 'true' }).terminal, release, 1)).toBeInstanceOf(
      GitHubJob,
    );
  });

  it('has the ids before anybody waits, the rest at the end: all outputs of action.yml', async () => {
    const { job, read } = await jobIn();
    await job.begun();
    expect(Object.keys((await read()).outputs)).toEqual(['workflow-id', 'run-id', 'temporal-url']);
    await job.ended(ROLLED_BACK, 'shop-api');
    const { outputs, summary, printed } = await read();
    expect(Object.keys(outputs).sort()).toEqual([...OUTPUT_NAMES].sort());
    expect(outputs).toMatchObject({ 'workflow-id': ID, verdict: 'rolled-back', number: '1' });
    expect(JSON.parse(outputs.report ?? '')).toEqual(ROLLED_BACK);
    expect(printed.match(/^::error title=/gm)).toHaveLength(1);
    expect(printed).toMatch(/^↩ rolled back {2}shop → production: every service that was touched/);
    expect(summary).toMatchSnapshot();
  });

  it('whose files cannot be written says so, and goes on', async () => {
    const { job, read } = await jobIn({ GITHUB_OUTPUT: join(folder, 'no', 'such') });
    await job.ended(SUCCEEDED);
    expect((await read()).printed).toMatch(/^! .*no\/such cannot be written: ENOENT/m);
  });

  it('that is left says how to come back', async () => {
    const { job, read } = await jobIn();
    await job.left({ level: 'notice', title: 'Not waited for', message: 'a </pre> b' }, [
      '  come back: slipway watch x',
    ]);
    const { summary, printed } = await read();
    expect(printed).toBe('::notice title=Not waited for::a </pre> b\n');
    expect(summary).toContain('<pre>a &lt;/pre&gt; b\n  come back: slipway watch x</pre>');
  });
});

describe('annotations', () => {
  it('of a success are its warnings, at most seven', () => {
    expect(annotationsOf(SUCCEEDED)).toEqual([]);
    const notes = annotationsOf({ ...SUCCEEDED, warnings: many(20, (index) => `warning ${index}`) });
    expect(notes.map(({ level }) => level)).toEqual(many(7, () => 'warning'));
    expect(notes.at(-1)?.message).toBe('and 14 more warnings: they are in the summary');
  });

  it('of a failure begin with the cause, then its evidence, then what was done', () => {
    const [note] = annotationsOf(ROLLED_BACK);
    expect(note).toMatchObject({ level: 'error', title: '↩ rolled back: shop → production' });
    expect(note?.message.split('\n')[0]).toBe('api: Essential container in task exited (exit code 1)');
    expect(note?.message).toContain('last log lines of api:');
    expect(note?.message).toMatch(/back where it was, verified$|somebody else/);
  });
});

describe('a summary', () => {
  it('is bounded, and says how much it leaves out', () => {
    const long = 'x'.repeat(5_000);
    const report: ReleaseReport = {
      ...ROLLED_BACK,
      warnings: many(1_000, () => long),
      steps: many(2_000, (index) => step('check', `${index}${long}`, 'failed', 0, 1, { detail: long })),
      services: many(
        500,
        (index) =>
          ({ ...ROLLED_BACK.services[0], name: `${index}${long}` }) as ReleaseReport['services'][number],
      ),
      cause: { kind: long, step: long, summary: long, evidence: many(2_000, () => long) },
    };
    const summary = summaryOf(report, ID, undefined);
    expect(Buffer.byteLength(summary)).toBeLessThan(300 * 1024);
    expect(summary).toContain('… and 1900 more');
    expect(summary).toContain('… 1920 lines before');
    expect(summary).toContain('- … and 940 more');
  });

  it('of a rollback to a release without a commit, or of one that never began, is whole', () => {
    const report: ReleaseReport = {
      ...SUCCEEDED,
      verdict: 'refused',
      number: null,
      commit: null,
      startedBy: null,
      services: [],
      steps: [],
    };
    expect(summaryOf(report, ID, undefined)).toContain(
      `| <code>deploy&#47;shop&#47;production&#47;c0ffee</code> |  |  | 1m 23s |`,
    );
  });
});

describe('outputs', () => {
  const [first] = SUCCEEDED.services;
  const two = {
    ...SUCCEEDED,
    services: [first, { ...first, name: 'web', service: 'shop-web', taskDefinition: 'arn:web' }],
  } as ReleaseReport;

  it.each<[string, ReleaseReport, string | undefined, string]>([
    ['the only service', SUCCEEDED, undefined, first?.taskDefinition ?? ''],
    ['the one that is asked for, by its name in ECS', two, 'shop-web', 'arn:web'],
    ['the one that is asked for, by its name here', two, 'web', 'arn:web'],
    ['none of several', two, undefined, ''],
    ['none that there is not', two, 'mail', ''],
  ])('have the task definition of %s', (_what, report, service, arn) => {
    expect(reportOutputs(report, service)['task-definition-arn']).toBe(arn);
  });

  it('leave a report out rather than cut it', () => {
    const cause = { kind: 'x', step: 'x', summary: 'x', evidence: ['y'.repeat(600 * 1024)] };
    expect(JSON.parse(reportOutputs({ ...SUCCEEDED, cause }, undefined).report ?? '').cause.evidence).toEqual(
      [],
    );
    const warnings = ['y'.repeat(600 * 1024)];
    expect(reportOutputs({ ...SUCCEEDED, warnings }, undefined).report).toBe('');
  });
});
