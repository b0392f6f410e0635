import { describe, expect, it } from '@jest/globals';
import type { ChecksReport } from '../../src/release/checks.ts';
import {
  brokenOff,
  isOurContext,
  isUnderWay,
  type Picture,
  pictureOfChecks,
  pictureOfPhase,
  pictureOfRelease,
} from '../../src/release/github-status.ts';
import { type ReleaseReport, VERDICTS, type Verdict } from '../../src/release/verdict.ts';

const report = (verdict: Verdict, more: Partial<ReleaseReport> = {}): ReleaseReport =>
  ({
    verdict,
    number: 12,
    broughtBy: null,
    rollbackTo: null,
    cause: verdict === 'succeeded' ? null : { kind: 'x', step: 'y', summary: 'why', evidence: [] },
    ...more,
  }) as ReleaseReport;

const words = ({ deployment, statuses: [status] }: Picture): string =>
  `${deployment?.state} ${status?.state} ${status?.context}: ${status?.description}`;

describe('what GitHub shows of a release', () => {
  it.each([
    ['succeeded', 'success success slipway/production: release 12: deployed'],
    ['failed', 'failure failure slipway/production: release 12: failed, no service was updated – why'],
    ['rolled-back', 'failure failure slipway/production: release 12: rolled back – why'],
    [
      'rollback-failed',
      'error error slipway/production: release 12: rollback failed, a person is needed – why',
    ],
    ['superseded', 'inactive error slipway/production: release 12: not deployed – why'],
    ['aborted', 'inactive error slipway/production: release 12: aborted, no service was updated – why'],
    ['refused', 'error error slipway/production: release 12: refused – why'],
  ] as const)('that ended as %s: %s', (verdict, shown) => {
    expect(words(pictureOfRelease('production', report(verdict)))).toBe(shown);
  });

  it.each(VERDICTS)('is final once it ended as %s', (verdict) => {
    expect(isUnderWay(pictureOfRelease('production', report(verdict)))).toBe(false);
  });

  it.each(['waiting', 'deploying', 'restoring'] as const)('is not final while it is %s', (phase) => {
    expect(isUnderWay(pictureOfPhase('production', phase))).toBe(true);
  });

  it('names what a rollback has brought back, and what was in place already', () => {
    const back = pictureOfRelease('shop/production', report('succeeded', { rollbackTo: 7 }));
    expect(words(back)).toBe(
      'success success slipway/shop/production: release 12: deployed, back to release 7',
    );
    const there = pictureOfRelease('production', report('succeeded', { broughtBy: 9, number: null }));
    expect(there.deployment?.description).toBe('serves already, since release 9');
  });

  it('is under way only where nothing of it speaks for the whole: single checks may have ended', () => {
    const pending = { context: 'slipway/shop/checks', state: 'pending', description: '' } as const;
    const with_ = (context: string): Picture => ({
      deployment: null,
      statuses: [pending, { context, state: 'success', description: 'passed' }],
    });
    expect(['slipway/check/unit', 'slipway/shop/check/unit'].map((one) => isUnderWay(with_(one)))).toEqual([
      true,
      true,
    ]);
    for (const context of [
      'slipway/checks',
      'slipway/production',
      'slipway/check',
      'slipway/check/',
      'ci/check/unit',
    ])
      expect([context, isUnderWay(with_(context))]).toEqual([context, false]);
  });

  it('is not under way where only some of it is', () => {
    const { deployment, statuses } = pictureOfPhase('production', 'waiting');
    const done = { state: 'success', description: '' } as const;
    expect(isUnderWay({ deployment: done, statuses })).toBe(false);
    expect(isUnderWay({ deployment, statuses: [] })).toBe(false);
  });

  it('says so where it ended without a verdict', () => {
    const shown = pictureOfRelease('production', null);
    expect(words(shown)).toMatch(/^error error .*ended without a verdict/);
    expect(isUnderWay(shown)).toBe(false);
  });

  it('is bounded, whatever the cause says', () => {
    const cause = { kind: 'x', step: 'y', summary: 'x'.repeat(100_000), evidence: [] };
    expect(JSON.stringify(pictureOfRelease('production', report('failed', { cause }))).length).toBeLessThan(
      2_000,
    );
  });
});

type Drawn = Parameters<typeof pictureOfChecks>[1];
const step = (name: string, state: ChecksReport['steps'][number]['state'], detail = '') =>
  ({ id: `check:${name}`, kind: 'check', name, state, detail }) as const;
const drawn = (verdict: Drawn['verdict'], more: Partial<Drawn> = {}): Drawn => ({
  verdict,
  cause: null,
  checks: [],
  steps: [step('lint', 'succeeded'), step('unit', verdict === null ? 'running' : 'succeeded')],
  ...more,
});
const lines = ({ statuses }: Picture): string[] =>
  statuses.map(({ context, state, description }) => `${context} ${state} ${description}`);

describe('what GitHub shows of checks', () => {
  it('while they run', () => {
    const shown = pictureOfChecks('', drawn(null));
    expect(lines(shown)).toEqual([
      'slipway/checks pending 1 of 2 passed',
      'slipway/check/lint success passed',
      'slipway/check/unit pending runs',
    ]);
    expect([shown.deployment, isUnderWay(shown)]).toEqual([null, true]);
    expect(shown.statuses.every(({ context }) => isOurContext(context))).toBe(true);
  });

  it('of an app that shares its repository', () => {
    expect(lines(pictureOfChecks('shop', drawn('passed')))).toEqual([
      'slipway/shop/checks success 2 of 2 passed',
      'slipway/shop/check/lint success passed',
      'slipway/shop/check/unit success passed',
    ]);
  });

  it('with the last line of one that failed, and why another one was not run', () => {
    const cause = { kind: 'check-failed', step: 'check:lint', summary: 'exit code 1', evidence: [] };
    const shown = pictureOfChecks(
      '',
      drawn('failed', {
        cause,
        checks: [{ name: 'lint', lastLine: 'E501 too long', cause }],
        steps: [step('lint', 'failed', 'exit code 1'), step('unit', 'skipped', 'needs lint')],
      }),
    );
    expect(lines(shown)).toEqual([
      'slipway/checks failure exit code 1',
      'slipway/check/lint failure exit code 1: E501 too long',
      'slipway/check/unit error not run: needs lint',
    ]);
    expect(isUnderWay(shown)).toBe(false);
  });

  it('leaves nothing pending where they ended without a word', () => {
    const shown = brokenOff(pictureOfChecks('', drawn(null)));
    expect(lines(shown)).toEqual([
      'slipway/checks error ended without a result',
      'slipway/check/lint success passed',
      'slipway/check/unit error ended without a result',
    ]);
    expect(isUnderWay(shown)).toBe(false);
  });

  it('of many, the first fifty one by one', () => {
    const steps = Array.from({ length: 500 }, (_, n) => step(`c${n}`, 'succeeded'));
    const shown = pictureOfChecks('', drawn('passed', { steps }));
    expect(shown.statuses).toHaveLength(51);
    expect(shown.statuses[0]?.description).toBe('500 of 500 passed');
  });
});
