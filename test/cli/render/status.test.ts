/** What `slipway why` says of a release that has no verdict. */
import { describe, expect, it } from '@jest/globals';
import { renderStatus } from '../../../src/cli/render/status.ts';
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
    expect(renderStatus({ ...RUNNING, services }, ID, 'broken-off', NARROW)).toMatchSnapshot();
  });
});
