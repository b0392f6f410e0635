import { describe, expect, it } from '@jest/globals';
import { logHint } from '../../../src/cli/render/log-hint.ts';
import { renderOverview, serviceLogLines, sizeText, stepLogLines } from '../../../src/cli/render/logs.ts';
import type { Cause } from '../../../src/release/verdict.ts';
import { PLAIN } from '../fake-terminal.ts';

const NASTY = [
  '::error::x',
  '  ::add-mask::x',
  '##[error]x',
  '\u001b]0;title\u0007\u001b[2Jclear',
  'one\rtwo\nthree',
  'a\u202eb\u200bc\u2028d',
  '',
];
const isHarmless = (line: string): void => {
  expect(line).not.toMatch(/[\p{Cc}\u202e\u200b\u2028]/u);
  expect(line).not.toMatch(/^\s*::/);
  expect(line).not.toMatch(/##\w*\[/);
};

describe('lines of others', () => {
  it('of a step reach neither the terminal nor a CI runner as more than text', () => {
    const lines = stepLogLines('check:unit', NASTY, 'text');
    expect(lines).toHaveLength(NASTY.length);
    lines.forEach(isHarmless);
    expect(lines[0]).toBe('│ ::error::x');
    for (const line of stepLogLines('check:unit', NASTY, 'ndjson')) {
      isHarmless(line);
      expect(Object.keys(JSON.parse(line))).toEqual(['at', 'step', 'service', 'task', 'container', 'line']);
    }
  });

  it('of a service stand behind the service and the task, and the container where there are several', () => {
    const all = NASTY.map((line, atMs) => ({ atMs, task: '0123456789abcdef', container: 'app', line }));
    const naming = { service: 'api', hasSeveral: () => false, timestamps: false };
    const lines = serviceLogLines(all, naming, 'text', PLAIN);
    lines.forEach(isHarmless);
    expect(lines[0]).toBe('api/01234567 │ ::error::x');
    const more = { ...naming, hasSeveral: () => true, timestamps: true };
    expect(serviceLogLines(all, more, 'text', PLAIN)[1]).toBe(
      '1970-01-01T00:00:00.001Z api/01234567/app │   ::add-mask::x',
    );
    const evil = [{ atMs: 0, task: '::error::', container: '\u001b[2J', line: 'x' }];
    serviceLogLines(evil, { ...more, service: 'a\nb', timestamps: false }, 'text', PLAIN).forEach((line) => {
      expect(line).not.toMatch(/\p{Cc}/u);
    });
    expect(JSON.parse(serviceLogLines(all, naming, 'json', PLAIN)[2] ?? '')).toMatchObject({
      at: '1970-01-01T00:00:00.002Z',
      service: 'api',
      task: '0123456789abcdef',
      container: 'app',
    });
  });

  it('have a colour of their task, where there are colours', () => {
    const naming = { service: 'api', hasSeveral: () => false, timestamps: false };
    const [one, other] = serviceLogLines(
      [
        { atMs: 0, task: 'a', container: 'app', line: 'x' },
        { atMs: 0, task: 'b', container: 'app', line: 'x' },
      ],
      naming,
      'text',
      { color: true, width: 80 },
    );
    expect(one?.slice(0, 5)).not.toBe(other?.slice(0, 5));
  });
});

describe('the list of logs', () => {
  it('has the sizes, the services and one command to go on with', () => {
    const text = renderOverview(
      {
        app: 'shop',
        environment: 'production',
        workflowId: 'deploy/shop/production/abc',
        steps: [
          { step: { id: 'check:unit', kind: 'check', name: 'unit', state: 'succeeded' }, bytes: 1_234 },
          { step: { id: 'build:api', kind: 'build', name: 'api', state: 'waiting' }, bytes: null },
        ],
        services: [
          { name: 'api', service: 'shop-api' },
          { name: 'web', service: null },
        ],
      },
      { end: null, example: 'slipway logs production check:unit' },
      PLAIN,
    );
    expect(text).toBe(`shop → production  deploy/shop/production/abc

Steps
    1.2 kB  ✓ check:unit
    no log  · build:api   waiting

Services
  api  shop-api
  web

one of them: slipway logs production check:unit
`);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [64 * 1024 * 1024, '67.1 MB'],
    [null, 'no log'],
  ])('%j bytes are %s', (bytes, text) => {
    expect(sizeText(bytes)).toBe(text);
  });
});

describe('where the whole log is', () => {
  const cause = (step: string): Cause => ({ kind: 'x', step, summary: 'x', evidence: [] });
  it.each([
    ['check:unit', 'deploy/a/b/c', 7, ['its whole log: slipway logs deploy/a/b/c check:unit']],
    ['check:unit', undefined, 7, ['its whole log: slipway logs production check:unit --release 7']],
    ["build:a'b", undefined, null, ["its whole log: slipway logs production 'build:a'\\''b'"]],
    ['stable:1', 'deploy/a/b/c', 7, []],
  ])('of %s of %s', (step, workflowId, number, lines) => {
    const report = {
      verdict: 'failed' as const,
      cause: cause(step),
      app: 'shop',
      environment: 'production',
      number,
    };
    expect(logHint(report, workflowId, { impliedApp: 'shop' })).toEqual(lines);
    expect(logHint({ ...report, verdict: 'superseded' }, workflowId, {})).toEqual([]);
  });
});
