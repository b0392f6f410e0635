/** What the demo promises, and how it says that it went otherwise. */
import { describe, expect, it } from '@jest/globals';
import { broken, type DemoOutcome } from '../../../src/cli/demo/outcome.ts';
import { renderSummary } from '../../../src/cli/demo/summary.ts';
import { ROLLED_BACK, SUCCEEDED } from '../render/reports.ts';

const commits = ['1', '2', '3'].map((digit) => digit.repeat(40));
const [first = '', second = ''] = commits;
const serving = ['web', 'api', 'runnerd', 'runner'].map((service) => ({ service, commit: second }));
const phase = (name: string, failed = 0) => ({ phase: name, sent: 400, failed, slowestMs: 61 });

const good: DemoOutcome = {
  commits,
  releases: [SUCCEEDED, SUCCEEDED, ROLLED_BACK],
  probes: { phases: [phase('release 2'), phase('release 3')], failures: [] },
  serving,
};

const without = (service: string) => serving.filter((one) => one.service !== service);

describe('the demo', () => {
  it('went as promised', () => {
    expect(broken(good)).toEqual([]);
    expect(renderSummary(good)).toMatchSnapshot();
  });

  it.each<[string, Partial<DemoOutcome>, string[]]>([
    [
      'the broken release succeeded',
      { releases: [SUCCEEDED, SUCCEEDED, SUCCEEDED] },
      ['release 3 is succeeded, not rolled-back'],
    ],
    ['a release is missing', { releases: [SUCCEEDED, SUCCEEDED] }, ['release 3 is missing, not rolled-back']],
    [
      'a request failed',
      { probes: { phases: [phase('release 2', 1), phase('release 3')], failures: [] } },
      ['1 of 800 requests failed'],
    ],
    ['nobody asked', { probes: { phases: [], failures: [] } }, ['no request was sent']],
    [
      'a service serves another commit',
      { serving: [...without('web'), { service: 'web', commit: first }] },
      [`web serves ${first}, not the second commit`],
    ],
    ['a service is silent', { serving: without('runner') }, ['runner serves nothing, not the second commit']],
  ])('did not, because %s', (_case, change, problems) => {
    const outcome = { ...good, ...change };
    expect(broken(outcome)).toEqual(problems);
    const summary = renderSummary(outcome);
    expect(summary).toContain('✗ The demo did not go as promised');
    for (const problem of problems) expect(summary).toContain(problem);
  });

  it('names the first failures whole', () => {
    const failure = { atMs: 0, target: 'http://x/', connection: 'keep-alive', reason: 'status 502' };
    const probes = { phases: [phase('release 2', 1)], failures: [failure] };
    expect(renderSummary({ ...good, probes })).toContain(
      '✗ 1970-01-01T00:00:00.000Z  http://x/  keep-alive  status 502',
    );
  });
});
