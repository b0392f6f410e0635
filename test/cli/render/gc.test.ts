/** What `slipway gc` tells people. */
import { describe, expect, it } from '@jest/globals';
import { renderGc } from '../../../src/cli/render/gc.ts';
import { type GcReport, withArns } from '../../../src/release/requests/gc-request.ts';

const PLAIN = { color: false, width: 100 };

const report = (more: Partial<GcReport> = {}): GcReport => ({
  app: 'shop',
  environment: 'production',
  dryRun: false,
  keep: 5,
  deregistered: ['api:1', 'api:2'],
  kept: [
    { why: 'service shop-api has it', revisions: ['api:9'] },
    { why: 'not registered by Slipway', revisions: ['api:3', 'web:1'] },
  ],
  stopped: null,
  ...more,
});

describe('a clearing for programs', () => {
  it('names all task definitions by ARN', () => {
    const arnPrefix = 'arn:aws:ecs:eu-central-1:123456789012:task-definition/';
    expect(withArns(report({ arnPrefix }))).toEqual(
      report({
        deregistered: [`${arnPrefix}api:1`, `${arnPrefix}api:2`],
        kept: [
          { why: 'service shop-api has it', revisions: [`${arnPrefix}api:9`] },
          { why: 'not registered by Slipway', revisions: [`${arnPrefix}api:3`, `${arnPrefix}web:1`] },
        ],
      }),
    );
    expect(withArns(report())).toEqual(report());
  });
});

describe('a clearing', () => {
  it('says what is gone, and what is kept and why', () => {
    expect(renderGc(report(), PLAIN)).toBe(`shop → production  deregistered 2 task definitions

Gone
  api:1, api:2

Kept
  service shop-api has it: api:9
  not registered by Slipway: api:3, web:1
`);
  });

  it('of nothing is as short', () => {
    expect(renderGc(report({ deregistered: [], kept: [] }), PLAIN)).toBe(
      'shop → production  deregistered 0 task definitions\n',
    );
  });

  it('that was only tried says that nothing was changed', () => {
    expect(renderGc(report({ dryRun: true, deregistered: ['api:1'], kept: [] }), PLAIN)).toBe(
      'shop → production  would deregister 1 task definition; nothing was changed\n\nWould go\n  api:1\n',
    );
  });

  it('that a release has ended says so', () => {
    const stopped = { kind: 'turn-taken', text: 'release 9 has the turn of the environment by now' } as const;
    expect(renderGc(report({ stopped, kept: [] }), PLAIN)).toContain(
      '‖ it has ended before its time: release 9 has the turn of the environment by now',
    );
  });

  it('of a thousand shows the first and the last ones', () => {
    const deregistered = Array.from({ length: 1_000 }, (_, index) => `api:${index + 1}`);
    expect(renderGc(report({ deregistered, kept: [] }), PLAIN)).toContain(
      'api:1, api:2, api:3, api:4, api:5, … 990 more …, api:996, api:997, api:998, api:999, api:1000',
    );
  });

  it('prints no escape codes, and no command of a CI runner', () => {
    const text = renderGc(report({ deregistered: ['::error::x\u001b[31m'], kept: [] }), PLAIN);
    expect(text).not.toMatch(/^\s*::/m);
    expect(text).not.toContain('\u001b');
  });
});
