import { describe, expect, it } from '@jest/globals';
import { boundedWaitMs, MOST_WAITED_MS, settleMs } from '../../../src/release/logs/log-pace.ts';

describe('the pace of a follower', () => {
  it('is never a page a second, and slower once it has gone on for a while', () => {
    const pages = Array.from({ length: 100 }, (_, index) => settleMs(index + 1));
    expect(Math.min(...pages)).toBeGreaterThanOrEqual(2_000);
    const perMinute = pages.slice(-1).map((ms) => 60_000 / ms);
    expect(perMinute[0]).toBeLessThanOrEqual(12);
  });

  it.each([
    [5_000, 5_000],
    [10_000_000, MOST_WAITED_MS],
    [-1, 0],
    [Number.NaN, 0],
    [Number.POSITIVE_INFINITY, 0],
  ])('waits no longer than a worker may be kept: %d', (asked, bounded) => {
    expect(boundedWaitMs(asked)).toBe(bounded);
  });
});
