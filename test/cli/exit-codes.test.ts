/** The table of DESIGN.md, "Verdicts, states, exit codes". */
import { describe, expect, it } from '@jest/globals';
import { NamespaceNotFoundError } from '@temporalio/client';
import { exitCodeOf, VERDICT_EXIT } from '../../src/cli/exit-codes.ts';
import { reportError } from '../../src/cli/report-error.ts';
import {
  AmbiguousReleaseError,
  GcFailedError,
  NoControlWorkerError,
  NoDeployWorkerError,
  NoVerdictError,
  RefusedByReleaseError,
  ReleaseNotFoundError,
  UnreachableError,
} from '../../src/client/index.ts';
import { ConfigurationError, MissingToolError } from '../../src/errors.ts';
import { VERDICTS } from '../../src/release/verdict.ts';
import { fakeTerminal } from './fake-terminal.ts';

describe('exit codes', () => {
  it('of verdicts', () => {
    expect(VERDICTS.map((verdict) => [verdict, VERDICT_EXIT[verdict]])).toEqual([
      ['succeeded', 0],
      ['failed', 1],
      ['rolled-back', 3],
      ['rollback-failed', 4],
      ['superseded', 5],
      ['aborted', 5],
      ['refused', 6],
    ]);
  });

  it.each([
    [new ConfigurationError('x'), 2],
    [new MissingToolError('x'), 2],
    [new UnreachableError('x'), 7],
    [new NamespaceNotFoundError('x'), 2],
    [new NoVerdictError('x', { endedAtMs: 0, aftermath: null }), 4],
    [new ReleaseNotFoundError('x'), 2],
    [new AmbiguousReleaseError('x'), 2],
    [new RefusedByReleaseError('x'), 6],
    [new NoControlWorkerError('x'), 7],
    [new NoDeployWorkerError('x'), 7],
    [new GcFailedError('x'), 1],
    [new TypeError('x'), 70],
    ['not even an error', 70],
  ])('of %p', (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});

describe('an error', () => {
  it('is what, evidence, what to do – and injects nothing', () => {
    const fake = fakeTerminal();
    const error = new ConfigurationError('no \u001b[31mport\u001b[0m', {
      evidence: ['line 1\nline 2', '::error::gotcha'],
      advice: 'choose another',
    });
    expect(reportError(error, fake.terminal)).toBe(2);
    expect(fake.stderr()).toBe(
      'error: no port\n  │ line 1\n  │ line 2\n  │ ::error::gotcha\n  choose another\n',
    );
  });

  it('has a command of its advice on lines that can be copied, where it does not fit beside it', () => {
    const { terminal, stderr } = fakeTerminal();
    const progressStyle = { color: false, width: 60, wrap: true };
    const advice = `How it ended: slipway why deploy/shop/production/abc --reason 'two words'`;
    reportError(new ConfigurationError('it has ended', { advice }), { ...terminal, progressStyle });
    expect(stderr()).toBe(`error: it has ended
  How it ended:
    slipway why deploy/shop/production/abc --reason \\
      'two words'
`);
  });

  it('does not say twice what it has said: the problems of a file are its message, and its evidence', () => {
    const fake = fakeTerminal();
    const problems = ['slipway.yaml:3 a: unknown key', 'slipway.yaml:7 b: unknown key'];
    reportError(
      new ConfigurationError(problems.join('\n'), { evidence: [...problems, 'more'] }),
      fake.terminal,
    );
    expect(fake.stderr()).toBe(
      'error: slipway.yaml:3 a: unknown key\n  slipway.yaml:7 b: unknown key\n  │ more\n',
    );
  });

  it.each([
    [{}, /SLIPWAY_DEBUG=1/],
    [{ SLIPWAY_DEBUG: '1' }, /exit-codes\.test\.ts/],
  ])('of ours is called a bug, with its place on demand (%j)', (env, says) => {
    const fake = fakeTerminal(env);
    expect(reportError(new Error('oops'), fake.terminal)).toBe(70);
    expect(fake.stderr()).toMatch(/^internal error: oops\n/);
    expect(fake.stderr()).toMatch(says);
  });
});

describe('an error in a GitHub Actions job', () => {
  it.each([
    [new ConfigurationError('a: b\n::error::c', { advice: 'do 100%' }), 'a: b%0A::error::c%0Ado 100%25'],
    [new TypeError('a bug'), 'a bug'],
  ])('is said beside the log as well', (error, data) => {
    const { terminal, stderr } = fakeTerminal({ GITHUB_ACTIONS: 'true' });
    reportError(error, terminal);
    const commands = stderr()
      .split('\n')
      .filter((line) => /^\s*::/.test(line));
    expect(commands).toEqual([`::error title=Slipway::${data}`]);
  });
});
