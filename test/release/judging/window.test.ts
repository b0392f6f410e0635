import { describe, expect, it } from '@jest/globals';
import { isStuck, windowOf } from '../../../src/release/judging/window.ts';

describe('the rolling-update window (desired, minimumHealthyPercent, maximumPercent)', () => {
  it.each([
    [2, null, null, 2, 4, false],
    [2, 75, 100, 2, 2, true],
    [3, 100, 125, 3, 3, true],
    [1, 100, 100, 1, 1, true],
    [1, 100, 200, 1, 2, false],
    [1, 0, 100, 0, 1, false],
    [4, 50, 100, 2, 4, false],
    [4, 100, 125, 4, 5, false],
    [3, 50, 150, 2, 4, false],
    [0, 100, 100, 0, 0, false],
  ])(
    '%p %p %p: at least %i, at most %i tasks, stuck: %p',
    (desired, minimumHealthyPercent, maximumPercent, lower, upper, stuck) => {
      const settings = { desired, minimumHealthyPercent, maximumPercent };
      expect(windowOf(settings)).toEqual({ lower, upper });
      expect(isStuck(settings)).toBe(stuck);
    },
  );
});
