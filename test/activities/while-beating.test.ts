import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { BEAT_EVERY_MS, whileBeating } from '../../src/activities/while-beating.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

it.each(['ends', 'fails'])('beats at once, then by the clock, until the work %s', async (how) => {
  const beat = jest.fn();
  let end: () => void = () => undefined;
  const beating = whileBeating(
    beat,
    () =>
      new Promise<string>((resolve, reject) => {
        end = () => (how === 'ends' ? resolve('done') : reject(new Error('failed')));
      }),
  );
  expect(beat).toHaveBeenCalledTimes(1);
  jest.advanceTimersByTime(3 * BEAT_EVERY_MS);
  expect(beat).toHaveBeenCalledTimes(4);
  end();
  await beating.catch(() => undefined);
  jest.advanceTimersByTime(3 * BEAT_EVERY_MS);
  expect(beat).toHaveBeenCalledTimes(4);
});
