import { describe, expect, it } from '@jest/globals';
import {
  deploymentWindow,
  failureThreshold,
  restartDelayMs,
} from '../../../../src/local/ecs/scheduler/window.ts';

describe('deploymentWindow', () => {
  it.each([
    // desired, min %, max %, lower, upper
    [4, undefined, undefined, 4, 8],
    [4, 50, 100, 2, 4],
    [3, 50, 150, 2, 4],
    [2, 75, 100, 2, 2],
    [3, 100, 125, 3, 3],
    [1, 0, 100, 0, 1],
    [0, 100, 200, 0, 0],
  ])(
    'of %i tasks with %s/%s %% is %i..%i',
    (desired, minimumHealthyPercent, maximumPercent, lower, upper) => {
      const configuration = {
        ...(minimumHealthyPercent !== undefined && { minimumHealthyPercent }),
        ...(maximumPercent !== undefined && { maximumPercent }),
      };
      expect(deploymentWindow(desired, configuration)).toEqual({ lower, upper });
    },
  );
});

describe('failureThreshold', () => {
  it.each([
    [1, undefined, 3],
    [6, undefined, 3],
    [7, undefined, 4],
    [25, undefined, 13],
    [400, undefined, 200],
    [1000, undefined, 200],
    [10, { type: 'BOUNDED_PERCENT' as const, value: 100 }, 10],
    [2, { type: 'UNBOUNDED_PERCENT' as const, value: 50 }, 1],
    [1000, { type: 'UNBOUNDED_PERCENT' as const, value: 50 }, 500],
    [1000, { type: 'COUNT' as const, value: 2 }, 2],
  ])('of %i tasks with %j is %i', (desired, threshold, expected) => {
    expect(failureThreshold(desired, threshold)).toBe(expected);
  });
});

describe('restartDelayMs', () => {
  it.each([
    [0, 0],
    [1, 0],
    [2, 100],
    [3, 200],
    [5, 800],
    [9, 1000],
    [5000, 1000],
  ])('after %i failures is %i ms', (failures, expected) => {
    expect(restartDelayMs(failures, 100, 1000)).toBe(expected);
  });
});
