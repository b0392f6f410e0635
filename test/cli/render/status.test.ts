/** What `slipway why` says of a release that has no verdict. */
import { describe, expect, it } from '@jest/globals';
import { stuckNames } from '../../../src/cli/render/hold.ts';
import { doingNow } from '../../../src/cli/render/pending.ts';
import { renderStatus } from '../../../src/cli/render/status.ts';
import type { PendingActivity } from '../../../src/client/index.ts';
import type { ReleaseStatus } from '../../../src/release/verdict.ts';
import { ROLLBACK_FAILED, RUNNING, START, said, step } from './reports.ts';

const NARROW = { color: false, width: 80 };
const ID = 'deploy/shop/production/c0ffee';

describe('the status', () => {
  it('of a release that runs: what it does, and how to hold or end it', () => {
    const status = {
      ...RUNNING,
      steps: [step('plan', '', 'succeeded', 0, 800), step('build', 'api', 'running', 800)],
    };
    expect(renderStatus(status, ID, 'running', NARROW)).toMatchSnapshot();
  });

  it('of one that is held: why, and the commands that answer', () => {
    const hold = { kind: 'paused', reason: 'paused by ada: lunch', sinceMs: START, untilMs: null } as const;
    const text = renderStatus(
      { ...RUNNING, hold, operators: [said({ action: 'pause' })] },
      ID,
      'running',
      NARROW,
    );
    expect(text).toContain(`‖ paused by ada: lunch\n  go on:   slipway resume ${ID}\n`);
    expect(text).toContain('Operators\n  ⚑ ada: pause (orders fail)');
  });

  it('of one that is stuck: the cause, what is stuck, and the ways out', () => {
    const { cause } = ROLLBACK_FAILED;
    const status = { ...RUNNING, phase: 'restoring', cause, stuck: 'api: image is gone' } as const;
    expect(renderStatus(status, ID, 'running', NARROW)).toMatchSnapshot();
  });

  it('of one that was broken off: how it stood, and that the next release puts it right', () => {
    const { services } = ROLLBACK_FAILED;
    const end = { endedAtMs: START + 80_000, aftermath: null };
    expect(renderStatus({ ...RUNNING, services }, ID, end, NARROW)).toMatchSnapshot();
  });

  it('of one that a later release has put right: which one and how, and nothing to deploy again', () => {
    const aftermath = {
      workflowId: 'deploy/shop/production/d00d',
      runId: 'r',
      verdict: 'succeeded',
      did: 'release x was broken off in mid-flight; put right first: api restored',
    } as const;
    const text = renderStatus(RUNNING, ID, { endedAtMs: START + 80_000, aftermath }, NARROW);
    expect(text).toContain(
      '\n  it ended without a verdict at 2026-09-21 14:14:40 UTC; a later release has looked',
    );
    expect(text).toContain(`\nSince then\n  deploy/shop/production/d00d  ✓ succeeded\n  ${aftermath.did}\n`);
    expect(text).toMatch(/\nNext\n {2}the report of that one: slipway why deploy\/shop\/production\/d00d\n$/);
    expect(text).not.toMatch(/--sha|still in place/);
  });

  it('of one that waits: for what, of each thing that is at work', () => {
    const pending = (type: string, more: Partial<PendingActivity>): PendingActivity => ({
      activityId: type,
      type,
      attempt: 1,
      worker: 'w',
      ...more,
    });
    const phase = 'waits for release deploy/shop/production/abc to end';
    const text = renderStatus(RUNNING, ID, 'running', NARROW, [
      pending('findInterrupted', { heartbeat: { services: { production: { phase } } } }),
      pending('openRelease', { attempt: 3, lastFailure: 'ENOSPC:\nno space left' }),
      pending('buildImage', { worker: '' }),
      pending('pushImage', { worker: '', taskQueue: 'slipway-engine-x', isPolled: true }),
      pending('inspect', { worker: '', taskQueue: 'slipway-deploy-eu', isPolled: false }),
      pending('runCheck', {}),
    ]);
    expect(text).toContain(
      [
        'At work',
        `  findInterrupted: production ${phase}`,
        '  openRelease: attempt 3, after: ENOSPC: no space left',
        '  buildImage: no worker has taken it yet',
        '  pushImage: no worker of queue slipway-engine-x has taken it yet',
        '  inspect: nobody asks queue slipway-deploy-eu for work: start one: slipway worker deploy --queue eu',
        '  runCheck: a worker is at it',
        '',
      ].join('\n'),
    );
  });

  it('of one that waits for a worker has the command that starts one on a line of its own', () => {
    const waiting = { activityId: '7', type: 'inspect', attempt: 1, worker: '' };
    const text = renderStatus(RUNNING, ID, 'running', { color: false, width: 80, wrap: true }, [
      { ...waiting, taskQueue: 'slipway-deploy-production', isPolled: false },
    ]);
    expect(text).toContain(
      [
        'At work',
        '  inspect: nobody asks queue slipway-deploy-production for work: start one:',
        '    slipway worker deploy --queue production',
        '',
      ].join('\n'),
    );
  });

  it('of one that goes back shows no pause: it means nothing any more', () => {
    const hold = { kind: 'paused', reason: 'paused by ada', sinceMs: START, untilMs: null } as const;
    const text = renderStatus({ ...RUNNING, hold, phase: 'restoring' }, ID, 'running', NARROW);
    expect(text).not.toContain('paused by ada');
    expect(text).not.toContain('slipway resume');
  });
});

describe('the names of what is stuck', () => {
  const { services } = ROLLBACK_FAILED;
  it.each<[string | null, typeof services, string[]]>([
    [null, services, []],
    ['api: no such image', services, ['api']],
    ['api: refused; web: refused', services, ['api', 'web']],
    ['web: refused; reason: api: is not asked; cause: x', services, ['web']],
    ['old: of an earlier release; api2: x', [], ['old']],
    ['no worker', [], []],
  ])('of %j', (stuck, known, names) => {
    expect(stuckNames({ stuck, services: known })).toEqual(names);
  });

  it('stand in the hint, a line each', () => {
    const status = { ...RUNNING, services, stuck: 'api: refused; web: refused', phase: 'restoring' } as const;
    expect(renderStatus(status, ID, 'running', NARROW)).toContain(
      `  leave one:  slipway skip ${ID} api\n  leave one:  slipway skip ${ID} web\n`,
    );
  });
});

describe('a release in a few words', () => {
  const running = { ...RUNNING, steps: [step('stable', '1', 'running', 0)] };
  const hold = { kind: 'paused', reason: 'paused by ada', sinceMs: START, untilMs: null } as const;
  it.each<[string, ReleaseStatus, string]>([
    ['what it does', running, 'stable:1'],
    ['nothing at this moment', { ...running, steps: [] }, 'between two steps'],
    ['what holds it', { ...running, hold, steps: [] }, 'paused by ada: between two steps'],
    ['that it goes back', { ...running, hold, phase: 'restoring' }, 'rolls back: stable:1'],
    ['what is stuck', { ...running, stuck: 'api: refused' }, 'rollback stuck: api: refused'],
  ])('%s', (_what, status, expected) => {
    expect(doingNow(status, [])).toBe(expected);
  });

  it('and what it waits for', () => {
    const heartbeat = { services: { production: { phase: 'waits for release x to end' } } };
    const waiting = [{ activityId: '1', type: 'findInterrupted', attempt: 1, worker: 'w', heartbeat }];
    expect(doingNow(running, waiting)).toBe('stable:1 – production waits for release x to end');
  });
});
