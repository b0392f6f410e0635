/** Outputs and summary, read back as the runner reads its files. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendSummary, outputLines, setOutputs } from '../../../src/cli/github-actions/runner-files.ts';
import { readPairs } from '../../github-actions/env-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('outputs', () => {
  it.each([
    ['plain', 'succeeded'],
    ['empty', ''],
    ['an equals sign', 'a=b'],
    ['several lines', 'a\nverdict=succeeded\nverdict<<EOF\nsucceeded\nEOF'],
    ['JSON', '{"a":"<<x"}'],
  ])('of %s come back as they are', (_what, value) => {
    expect(readPairs(outputLines({ report: value, verdict: 'failed' }))).toEqual({
      report: value,
      verdict: 'failed',
    });
  });

  it('cannot be ended by a value, not even by one that knows the delimiter', () => {
    const pairs = readPairs(
      outputLines({ report: 'a\nD\nverdict<<D\nsucceeded\nD', verdict: 'failed' }, 'D'),
    );
    expect(pairs.verdict).toBe('failed');
    expect(Object.keys(pairs)).toEqual(['report', 'verdict']);
  });

  it('are added to what is there', async () => {
    const env = { GITHUB_OUTPUT: join(folder, 'output') };
    await writeFile(env.GITHUB_OUTPUT, 'a=1\n');
    expect(await setOutputs(env, { b: '2' })).toBeUndefined();
    expect(readPairs(await readFile(env.GITHUB_OUTPUT, 'utf8'))).toEqual({ a: '1', b: '2' });
  });
});

describe('a file that is not there to write to', () => {
  it('is said, and is no error', async () => {
    expect(await appendSummary({ GITHUB_STEP_SUMMARY: join(folder, 'no', 'such') }, 'x')).toMatch(
      /cannot be written/,
    );
    expect(await appendSummary({}, 'x')).toBeUndefined();
  });
});
