/** What somebody who watches a release is told, and what not again. */
import { describe, expect, it } from '@jest/globals';
import { heartbeatText } from '../../../src/cli/render/heartbeat-text.ts';
import { renderHeartbeat, renderNews, renderRetry } from '../../../src/cli/render/progress.ts';
import type { PendingActivity } from '../../../src/client/index.ts';
import type { Hold } from '../../../src/release/verdict.ts';
import { ROLLED_BACK, START, SUCCEEDED, said, step } from './reports.ts';

const PLAIN = { color: false, width: 100 };
const ID = 'deploy/shop/production/c0ffee';
const status = (...steps: ReturnType<typeof step>[]) => ({
  steps,
  commit: null,
  warnings: [],
  operators: [],
});
const activity = (more: Partial<PendingActivity> = {}): PendingActivity => ({
  activityId: '1',
  type: 'buildImage',
  attempt: 1,
  worker: 'host',
  ...more,
});

describe('news', () => {
  it('are what has changed, in the order in which it happened', () => {
    const before = status(step('plan', '', 'running', 0), step('check', 'api', 'waiting'));
    const now = status(
      step('plan', '', 'succeeded', 0, 800),
      step('build', 'api', 'running', 1_000, undefined, { architecture: 'arm64' }),
      step('check', 'api', 'failed', 900, 3_000, { detail: '2 failed' }),
      step('stable', 'api', 'waiting'),
    );
    expect(renderNews(before, now, ID, PLAIN)).toEqual([
      '✓ plan  0.8s',
      '▸ build:api  arm64  started',
      '✗ check:api  2.1s  failed  2 failed',
    ]);
  });

  it('are none when nothing has changed', () => {
    expect(renderNews(SUCCEEDED, SUCCEEDED, ID, PLAIN)).toEqual([]);
  });

  it('begin with the commit once it is known, and name each warning once', () => {
    const first = { ...ROLLED_BACK, steps: [] };
    expect(renderNews(undefined, first, ID, PLAIN)).toEqual([
      'c0ffeec0ffee  “feat: a cart”',
      '! the circuit breaker of shop-api is off',
    ]);
    const second = { ...first, warnings: [...first.warnings, 'new'] };
    expect(renderNews(first, second, ID, PLAIN)).toEqual(['! new']);
  });

  it('say for whom a release waits, as often as that changes', () => {
    const waits = (detail: string) => status(step('turn', '', 'running', 0, undefined, { detail }));
    const alone = waits('release 1 comes first, and nobody works on it: no worker polls slipway-deploy');
    expect(renderNews(waits('release 1 comes first'), alone, ID, PLAIN)).toEqual([
      '▸ turn  started  release 1 comes first, and nobody works on it: no worker polls slipway-deploy',
    ]);
    expect(renderNews(alone, alone, ID, PLAIN)).toEqual([]);
    const other = (detail: string) => status(step('stable', 'api', 'running', 0, undefined, { detail }));
    expect(renderNews(other('1 of 2'), other('2 of 2'), ID, PLAIN)).toEqual([]);
  });

  it('say when the release turns back', () => {
    const now = { ...status(step('restore', 'api', 'running', 5)), phase: 'restoring' } as const;
    expect(renderNews(status(), now, ID, PLAIN)).toEqual([
      '▸ restore:api  started',
      '↩ restoring every service that was touched',
    ]);
    expect(renderNews(now, now, ID, PLAIN)).toEqual([]);
  });

  it('tell each thing that somebody said once, and what came of it', () => {
    const first = { ...status(), operators: [said()] };
    const second = {
      ...first,
      operators: [said(), said({ who: 'bob\u001b[2J', action: 'pause', accepted: false, answer: 'no\nway' })],
    };
    expect(renderNews(status(), first, ID, PLAIN)).toEqual([
      '⚑ ada: rollback (orders fail) – every service that was touched goes back',
    ]);
    expect(renderNews(first, second, ID, PLAIN)).toEqual(['⚑ bob: pause (orders fail) – not taken: no way']);
  });

  it.each<[string, Partial<Hold>, string[]]>([
    [
      'a pause',
      { kind: 'paused', reason: 'paused by ada: lunch\u001b[2J' },
      ['‖ paused by ada: lunch', `  go on:   slipway resume ${ID}`, `  end it:  slipway abort ${ID}`],
    ],
    [
      'a pause for a time',
      { kind: 'paused', reason: 'paused by ada', untilMs: START + 600_000 },
      [
        '‖ paused by ada (goes on by itself at 2026-09-21 14:23:20 UTC)',
        `  go on:   slipway resume ${ID}`,
        `  end it:  slipway abort ${ID}`,
      ],
    ],
    [
      'an approval with a deadline',
      { kind: 'approval', reason: 'waits for an approval', untilMs: START + 600_000 },
      [
        '? waits for an approval (ends at 2026-09-21 14:23:20 UTC)',
        `  yes:  slipway approve ${ID}`,
        `  no:   slipway deny ${ID}`,
      ],
    ],
    [
      'a decision',
      { kind: 'decision', reason: 'the migration cannot be undone' },
      [
        '‼ the migration cannot be undone',
        `  roll back:  slipway rollback ${ID}`,
        `  leave all:  slipway give-up ${ID}`,
      ],
    ],
  ])('say what %s waits for and how to answer, once', (_what, more, expected) => {
    const hold = { kind: 'paused', reason: '', sinceMs: START, untilMs: null, ...more } as const;
    const held = { ...status(), hold };
    expect(renderNews(status(), held, ID, PLAIN)).toEqual(expected);
    expect(renderNews(held, held, ID, PLAIN)).toEqual([]);
    expect(renderNews(held, { ...status(), hold: null }, ID, PLAIN)).toEqual(['▸ no longer held']);
  });

  it('show no pause of a release that goes back: it means nothing any more', () => {
    const hold = { kind: 'paused', reason: 'x', sinceMs: START, untilMs: null } as const;
    const now = { ...status(), hold, phase: 'restoring' } as const;
    expect(renderNews({ ...status(), phase: 'restoring' }, now, ID, PLAIN)).toEqual([]);
  });

  it('quote a workflow id that a shell would take apart', () => {
    const hold = { kind: 'paused', reason: 'x', sinceMs: START, untilMs: null } as const;
    const lines = renderNews(undefined, { ...status(), hold }, "it's; rm -rf", PLAIN);
    expect(lines[1]).toBe(String.raw`  go on:   slipway resume 'it'\''s; rm -rf'`);
  });

  it('leave out what waits or was skipped', () => {
    const now = status(step('push', 'a', 'waiting'), step('promote', '', 'skipped'));
    expect(renderNews(undefined, now, ID, PLAIN)).toEqual([]);
  });
});

describe('a retry', () => {
  it('says which attempt, and why', () => {
    expect(renderRetry(activity({ attempt: 3, lastFailure: 'registry: \u001b[1m503' }), PLAIN)).toBe(
      '↻ buildImage  attempt 3: registry: 503',
    );
  });
});

describe('a sign of life', () => {
  it.each([
    [
      'names what runs, how long, and what it last said',
      [step('stable', 'api', 'running', 0)],
      [activity({ heartbeat: { phase: 'run', lastLine: '\u001b[32m1 of 2 tasks healthy' } })],
      '… still running: stable:api (1m 05s) – run: 1 of 2 tasks healthy',
    ],
    [
      'names a pool that has no worker',
      [step('build', 'api', 'running', 0)],
      [activity({ worker: '' })],
      '… still running: build:api (1m 05s) – no worker yet for buildImage',
    ],
    ['says so when nothing runs', [], [], '… still waiting'],
    [
      'leaves out details that are not for people',
      [],
      [activity({ heartbeat: { at: 3 } })],
      '… still waiting',
    ],
  ])('%s', (_case, steps, pending, expected) => {
    expect(renderHeartbeat(steps, pending, null, START + 65_000, PLAIN)).toBe(expected);
  });
});

describe('what an activity last said', () => {
  it.each([
    ['a text', 'half way', 'half way'],
    ['the phase and last line of a child process', { phase: 'setup', lastLine: 'npm ci' }, 'setup: npm ci'],
    [
      'how far it is, where that is counted',
      { phase: 'building', lastLine: '#6 ok', measured: { done: 3, total: 7, unit: 'steps' } },
      'building 3/7 steps: #6 ok',
    ],
    ['a phase that has printed nothing yet', { phase: 'setup', lastLine: '' }, 'setup'],
    [
      'how rollouts stand',
      {
        services: { api: { phase: 'starting', detail: '1 of 2' }, web: { phase: 'stable', detail: '' } },
        memory: {},
      },
      'api starting: 1 of 2, web stable',
    ],
    ['health checks', { api: '2/3 good in a row' }, 'api 2/3 good in a row'],
    ['numbers that are not for people', { at: 3 }, ''],
    ['nothing', undefined, ''],
    ['a list', [1], ''],
    ['a shape of another version', { services: { api: 'odd' } }, ''],
  ])('%s', (_case, heartbeat, expected) => {
    expect(heartbeatText(activity({ heartbeat }))).toBe(expected);
  });
});
