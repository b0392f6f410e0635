/** The report of each verdict, as people read it. */
import { describe, expect, it } from '@jest/globals';
import { humanDuration } from '../../../src/cli/render/duration.ts';
import { renderReport, renderRest } from '../../../src/cli/render/report.ts';
import { wantsColor } from '../../../src/cli/render/style.ts';
import { notVerified } from '../../../src/release/refusals.ts';
import { VERDICTS } from '../../../src/release/verdict.ts';
import { ROLLBACK_FAILED, ROLLED_BACK, SUCCEEDED, said, step } from './reports.ts';

const refusedFor = (kind: string, summary: string) => ({ kind, step: 'turn', summary, evidence: [] });

const NARROW = { color: false, width: 80 };

describe('the report', () => {
  it('of a release that succeeded', () => {
    expect(renderReport(SUCCEEDED, NARROW)).toMatchSnapshot();
  });

  it('of a release that was rolled back: verdict, cause, evidence, services, next', () => {
    expect(renderReport(ROLLED_BACK, NARROW)).toMatchSnapshot();
  });

  it('of a release that could not all be rolled back: what was done, who said what, what to do by hand', () => {
    expect(renderReport(ROLLBACK_FAILED, NARROW, 'deploy/shop/production/c0ffee')).toMatchSnapshot();
  });

  it('says what an untouched service is on, not what it would have gone back to', () => {
    const [, web] = ROLLED_BACK.services;
    if (!web) throw new Error('there is none');
    const text = renderReport({ ...ROLLED_BACK, services: [{ ...web, baseline: null }] }, NARROW);
    expect(text).toContain('\n  web  untouched  shop-web:3\n');
  });

  it('says who has verified what was brought', () => {
    const promotedFrom = { environment: 'staging', number: 12 };
    expect(renderReport({ ...SUCCEEDED, promotedFrom }, NARROW)).toContain(
      '\nImages\n  verified by release 12 of staging\n  api ',
    );
  });

  it('does not say of what it brings back that the registry has it: that may be why it was refused', () => {
    const images = SUCCEEDED.images.map((image) => ({ ...image, reused: true }));
    const text = renderReport({ ...SUCCEEDED, verdict: 'refused', rollbackTo: 7, images }, NARROW);
    expect(text).toMatch(/\n {2}api .* {2}of release 7\n/);
    expect(text).not.toContain('in the registry already');
  });

  it('cuts what is said of a service at a length', () => {
    const [first] = ROLLBACK_FAILED.services;
    if (!first) throw new Error('there is none');
    const services = [{ ...first, now: 'x'.repeat(5_000) }];
    const text = renderReport({ ...ROLLBACK_FAILED, services }, NARROW);
    expect(text).toMatch(/now: x{300,400}…\n/);
  });

  it.each(VERDICTS.filter((verdict) => verdict !== 'succeeded'))(
    'of %s says how to see it again',
    (verdict) => {
      expect(renderReport({ ...ROLLED_BACK, verdict }, NARROW, 'my own id')).toContain(
        "this report again: slipway why 'my own id'",
      );
    },
  );

  it('of a rollback that did not succeed says how to go back again, not to deploy', () => {
    const text = renderReport({ ...ROLLED_BACK, rollbackTo: 3 }, NARROW);
    expect(text).toContain('slipway rollback production --to 3; slipway history production');
    expect(text).not.toContain('slipway deploy');
  });

  it('of a release that never got a plan', () => {
    const report = {
      ...ROLLED_BACK,
      verdict: 'failed',
      commit: null,
      steps: [],
      images: [],
      services: [],
    } as const;
    expect(renderReport(report, NARROW)).toMatchSnapshot();
  });

  it.each(VERDICTS)('begins with the verdict in words: %s', (verdict) => {
    const first = renderReport({ ...SUCCEEDED, verdict }, NARROW).split('\n')[0];
    expect(first).toContain(verdict.replace('-', ' '));
  });

  const UNVERIFIED = notVerified(
    { app: 'shop', environment: 'production', sha: SUCCEEDED.commit?.sha ?? '' },
    { from: 'staging', why: 'it was never there' },
  );

  it.each([
    [
      'of a commit',
      {},
      `when nothing stands against it any more: slipway deploy production --sha ${SUCCEEDED.commit?.sha}`,
    ],
    [
      'of nothing to go back to',
      { commit: null, rollbackTo: null },
      'what was released: slipway history production',
    ],
    [
      'of an older commit',
      { cause: refusedFor('older-commit', 'abc is older than def, which serves since release 8') },
      `in spite of that: slipway deploy production --sha ${SUCCEEDED.commit?.sha} --allow-older`,
    ],
    [
      'of a frozen environment',
      { cause: refusedFor('not-allowed', 'the environment is frozen by ada until somebody ends it: tea') },
      `when the freeze is over: slipway deploy production --sha ${SUCCEEDED.commit?.sha}
  end the freeze: slipway unfreeze production
  in spite of that: slipway deploy production --sha ${SUCCEEDED.commit?.sha} --override-freeze 'why it cannot wait'`,
    ],
    [
      'of an environment that is frozen each week',
      { cause: refusedFor('not-allowed', 'the environment is frozen until 2026-11-30T00:00Z: weekend') },
      `when the freeze is over: slipway deploy production --sha ${SUCCEEDED.commit?.sha}
  in spite of that: slipway deploy production --sha ${SUCCEEDED.commit?.sha} --override-freeze 'why it cannot wait'`,
    ],
    [
      'of what another environment has to verify first',
      { cause: { ...refusedFor('not-verified', ''), ...UNVERIFIED } },
      `have it verified: slipway deploy staging --sha ${SUCCEEDED.commit?.sha} --app shop
  when it has verified it: slipway deploy production --sha ${SUCCEEDED.commit?.sha}`,
    ],
    [
      'of a way back that is not there any more',
      { rollbackTo: 7, cause: refusedFor('unsafe-plan', 'the registry has not kept image web') },
      `to another one: slipway history production
  when nothing stands against it any more: slipway rollback production --to 7`,
    ],
  ])('a refusal %s names no fault of the commit', (_what, more, next) => {
    const text = renderReport({ ...SUCCEEDED, verdict: 'refused', ...more }, NARROW);
    expect(text).toContain(`Next\n  ${next}\n`);
    expect(text).not.toContain('mend it');
  });

  it.each([80, 160])('has twelve digits of a digest, also in %d columns', (width) => {
    const steps = [{ ...step('push', 'api', 'succeeded', 0, 1), detail: `sha256:${'ab'.repeat(32)}` }];
    const text = renderReport({ ...SUCCEEDED, steps }, { color: false, width });
    expect(text.match(/sha256:(ab)+/g)).toEqual(['sha256:abababababab', 'sha256:abababababab']);
  });

  it('that follows the last frame has all that a whole one has, but for how it ended and its steps', () => {
    const whole = renderReport(ROLLBACK_FAILED, NARROW, 'deploy/shop/production/c0ffee');
    const rest = renderRest(ROLLBACK_FAILED, NARROW, 'deploy/shop/production/c0ffee');
    const isIn = (text: string, block: string): boolean => `\n\n${text}`.includes(`\n\n${block.trimEnd()}`);
    const missing = whole.split('\n\n').filter((block) => !isIn(rest, block));
    expect(missing.map((block) => block.split('\n')[0])).toEqual([
      '‼ rollback failed  shop → production  c0ffeec0ffee  1m 23s',
      'Steps',
    ]);
    expect(rest.split('\n\n').filter((block) => !isIn(whole, block))).toEqual([]);
  });

  it('says with colour only what it says without', () => {
    const colored = renderReport(ROLLED_BACK, { color: true, width: 80 });
    expect(colored).toContain('\u001b[');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what it takes away
    expect(colored.replaceAll(/\u001b\[\d+m/g, '')).toBe(renderReport(ROLLED_BACK, NARROW));
  });

  it('lets no text from outside steer the terminal or pose as a line of ours', () => {
    const evil = 'x\u001b]0;owned\u0007\n::error::y\u001b[2J';
    const text = renderReport(
      {
        ...ROLLED_BACK,
        app: evil,
        environment: evil,
        commit: { sha: 'a'.repeat(40), subject: evil, author: evil },
        cause: { kind: evil, step: evil, summary: evil, evidence: [evil] },
        warnings: [evil],
        watched: [evil],
        operators: [said({ who: evil, reason: evil, answer: evil })],
        steps: [{ id: evil, kind: 'build', name: evil, state: 'failed', detail: evil }],
        images: [{ name: evil, architecture: 'arm64', repositoryUri: evil, digest: evil, reused: false }],
        services: [
          {
            name: evil,
            service: evil,
            state: 'restored',
            baseline: evil,
            taskDefinition: evil,
            detail: evil,
            now: evil,
          },
        ],
      },
      NARROW,
      evil,
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
    expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    expect(text.split('\n').filter((line) => line.trimStart().startsWith('::'))).toEqual([]);
  });

  it('begins no line with text from outside that a CI runner takes for a command', () => {
    const evil = '::stop-commands::##[add-mask]x';
    const text = renderReport(
      {
        ...ROLLBACK_FAILED,
        app: evil,
        environment: evil,
        commit: { sha: 'a'.repeat(40), subject: evil, author: evil },
        cause: { kind: evil, step: evil, summary: evil, evidence: [evil] },
        warnings: [evil],
        watched: [evil],
        operators: [said({ who: evil, reason: evil, answer: evil })],
        images: [{ name: evil, architecture: 'arm64', repositoryUri: evil, digest: evil, reused: false }],
        services: ROLLBACK_FAILED.services.map((service) => ({
          ...service,
          name: evil,
          detail: evil,
          now: evil,
        })),
      },
      NARROW,
      evil,
    );
    expect(text.split('\n').filter((line) => /^\s*::|##\[/.test(line))).toEqual([]);
    expect(text).toContain('\n  “::stop-commands::## [add-mask]x”\n');
    expect(text).toContain('\n  ⚑ ::stop-commands::');
  });
});

describe('durations', () => {
  it.each([
    [0, '0.0s'],
    [-5, '0.0s'],
    [12_340, '12.3s'],
    [59_940, '59.9s'],
    [59_960, '1m 00s'],
    [123_000, '2m 03s'],
    [3_599_600, '1h 00m'],
    [3_720_000, '1h 02m'],
  ])('%i ms is %s', (ms, text) => {
    expect(humanDuration(ms)).toBe(text);
  });
});

describe('colour', () => {
  const tty = { isTTY: true };
  it.each([
    ['on a terminal', tty, {}, true],
    ['not into a pipe', {}, {}, false],
    ['not with NO_COLOR', tty, { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR says nothing', tty, { NO_COLOR: '' }, true],
    ['not on a dumb terminal', tty, { TERM: 'dumb' }, false],
    ['not in CI', tty, { CI: 'true' }, false],
    ['into a pipe with FORCE_COLOR', {}, { FORCE_COLOR: '1' }, true],
    ['NO_COLOR wins over FORCE_COLOR', tty, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  ])('%s', (_case, stream, env, expected) => {
    expect(wantsColor(stream, env)).toBe(expected);
  });
});
