/** What the demo promises, and how it says that it went otherwise. */
import { describe, expect, it } from '@jest/globals';
import { type Act, broken, type DemoOutcome, type Ended } from '../../../src/cli/demo/outcome.ts';
import { renderSummary } from '../../../src/cli/demo/summary.ts';
import type { LedgerEntry } from '../../../src/release/environment/ledger.ts';
import type { ReleaseReport } from '../../../src/release/verdict.ts';
import { ROLLED_BACK, SUCCEEDED } from '../render/reports.ts';

const commits = ['1', '2', '3', '4'].map((digit) => digit.repeat(40));
const [first = '', second = ''] = commits;
const serving = ['web', 'api', 'runnerd', 'runner'].map((service) => ({ service, commit: first }));
const phase = (name: string, failed = 0) => ({ phase: name, sent: 400, failed, slowestMs: 61 });

const ended = (number: number, report: Partial<ReleaseReport>, exitCode: number): Ended => ({
  report: { ...SUCCEEDED, number, ...report },
  exitCode,
});
const because = (kind: string, summary: string): ReleaseReport['cause'] => ({
  kind,
  step: 'turn',
  summary,
  evidence: [],
});

const releases: Readonly<Record<Act, Ended>> = {
  first: ended(1, {}, 0),
  elder: ended(
    3,
    {
      verdict: 'superseded',
      images: [],
      steps: [],
      cause: because('superseded', 'superseded by release 2 (333333333333)'),
    },
    5,
  ),
  newer: ended(2, {}, 0),
  broken: { report: { ...ROLLED_BACK, number: 4 }, exitCode: 3 },
  frozen: ended(
    5,
    {
      verdict: 'refused',
      images: [],
      steps: [],
      cause: because(
        'refused',
        'the environment is frozen by ada until somebody ends it: we look into it first',
      ),
    },
    6,
  ),
  back: ended(6, { rollbackTo: 1 }, 0),
};

const entry = (number: number, verdict: LedgerEntry['verdict']) => ({ number, verdict }) as LedgerEntry;
const environment: NonNullable<DemoOutcome['environment']> = {
  freeze: null,
  serving: { number: 6, origin: 1, commit: { sha: first, subject: '' } },
  ledger: [
    entry(6, 'succeeded'),
    entry(5, 'refused'),
    entry(4, 'rolled-back'),
    entry(2, 'succeeded'),
    entry(3, 'superseded'),
    entry(1, 'succeeded'),
  ],
};

const good: DemoOutcome = {
  commits,
  releases,
  environment,
  probes: { phases: [phase('two at once'), phase('broken')], failures: [] },
  serving,
};

const without = (service: string) => serving.filter((one) => one.service !== service);
const but = (act: Act, change: Ended): Partial<DemoOutcome> => ({ releases: { ...releases, [act]: change } });
const told = (change: Partial<typeof environment>): Partial<DemoOutcome> => ({
  environment: { ...environment, ...change },
});
const { broken: _broken, ...withoutBroken } = releases;

describe('the demo', () => {
  it('went as promised', () => {
    expect(broken(good)).toEqual([]);
    expect(renderSummary(good)).toMatchSnapshot();
  });

  it.each<[string, Partial<DemoOutcome>, string[]]>([
    [
      'the broken release succeeded',
      but('broken', ended(4, {}, 0)),
      ['broken is succeeded, not rolled-back'],
    ],
    [
      'a release is missing',
      { releases: withoutBroken },
      ['broken is missing, not rolled-back', 'the ledger knows broken as nothing'],
    ],
    ['the exit code says otherwise', but('newer', ended(2, {}, 3)), ['newer ended with exit code 3, not 0']],
    [
      'both of two commits had their turn',
      but('elder', ended(3, {}, 0)),
      ['elder is succeeded, not superseded', 'elder was not superseded by newer, but: '],
    ],
    [
      'the elder was superseded by another one',
      but('elder', {
        ...releases.elder,
        report: { ...releases.elder.report, cause: because('superseded', 'superseded by release 21 (4)') },
      }),
      ['elder was not superseded by newer, but: superseded by release 21 (4)'],
    ],
    [
      'the freeze let a release through',
      but('frozen', ended(5, {}, 0)),
      ['frozen is succeeded, not refused', 'frozen was not told why the environment is frozen: '],
    ],
    [
      'it was refused for another reason',
      but('frozen', {
        ...releases.frozen,
        report: { ...releases.frozen.report, cause: because('refused', 'older') },
      }),
      ['frozen was not told why the environment is frozen: older'],
    ],
    [
      'it went back to another release',
      but('back', ended(6, { rollbackTo: 2 }, 0)),
      ['back went to release 2, not to the first one'],
    ],
    [
      'it is frozen still',
      told({ freeze: { reason: 'r', owner: 'ada', sinceMs: 1, untilMs: null } }),
      ['the environment is still frozen: r'],
    ],
    [
      'the ledger says that another release serves',
      told({ serving: { number: 2, origin: 2, commit: { sha: second, subject: '' } } }),
      ['the ledger says that release 2 serves, from release 2'],
    ],
    [
      'the ledger has lost one',
      told({ ledger: environment.ledger.slice(1) }),
      ['the ledger knows back as nothing'],
    ],
    ['the environment is silent', { environment: null }, ['the environment did not answer']],
    [
      'a request failed',
      { probes: { phases: [phase('two at once', 1), phase('broken')], failures: [] } },
      ['1 of 800 requests failed'],
    ],
    ['nobody asked', { probes: { phases: [], failures: [] } }, ['no request was sent']],
    [
      'a service serves another commit',
      { serving: [...without('web'), { service: 'web', commit: second }] },
      [`web serves ${second}, not the first commit`],
    ],
    ['a service is silent', { serving: without('runner') }, ['runner serves nothing, not the first commit']],
  ])('did not, because %s', (_case, change, problems) => {
    const outcome = { ...good, ...change };
    expect(broken(outcome)).toEqual(problems);
    const summary = renderSummary(outcome);
    expect(summary).toContain('✗ The demo did not go as promised');
    for (const problem of problems) expect(summary).toContain(problem.trimEnd());
  });

  it('names the first failures whole', () => {
    const failure = { atMs: 0, target: 'http://x/', connection: 'keep-alive', reason: 'status 502' };
    const probes = { phases: [phase('two at once', 1)], failures: [failure] };
    expect(renderSummary({ ...good, probes })).toContain(
      '✗ 1970-01-01T00:00:00.000Z  http://x/  keep-alive  status 502',
    );
  });
});
