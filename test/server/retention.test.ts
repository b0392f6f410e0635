import { expect, it } from '@jest/globals';
import { createRetention } from '../../src/server/retention.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Answers in turn; null: none. The last one again and again. */
const asked = (...answers: readonly (number | null)[]) => {
  let calls = 0;
  let nowMs = 0;
  const retention = createRetention(
    async () => {
      const answer = answers[Math.min(calls, answers.length - 1)] ?? null;
      calls += 1;
      if (answer === null) throw new Error('busy');
      return answer;
    },
    () => nowMs,
  );
  return {
    after: (ms: number): Promise<number> => {
      nowMs += ms;
      return retention();
    },
    calls: () => calls,
  };
};

it('is asked for once an hour, so that a shorter one is noticed', async () => {
  const { after, calls } = asked(30 * DAY_MS, 3 * DAY_MS);
  expect(await after(0)).toBe(30 * DAY_MS);
  expect(await after(HOUR_MS - 1)).toBe(30 * DAY_MS);
  expect(calls()).toBe(1);
  expect(await after(1)).toBe(3 * DAY_MS);
});

it('is the least where Temporal does not tell, and asked for again soon', async () => {
  const { after, calls } = asked(null, 30 * DAY_MS);
  expect(await after(0)).toBe(DAY_MS);
  expect(await after(9_999)).toBe(DAY_MS);
  expect(calls()).toBe(1);
  expect(await after(1)).toBe(30 * DAY_MS);
});

it('stays what it was while Temporal does not tell', async () => {
  const { after } = asked(30 * DAY_MS, null);
  await after(0);
  expect(await after(HOUR_MS)).toBe(30 * DAY_MS);
});

it('is asked for once by all who ask at the same time', async () => {
  const { after, calls } = asked(30 * DAY_MS);
  expect(await Promise.all([after(0), after(0), after(0)])).toEqual(Array(3).fill(30 * DAY_MS));
  expect(calls()).toBe(1);
});

it('that is none, as of a namespace that does not say, is the least', async () => {
  expect(await asked(0).after(0)).toBe(DAY_MS);
});
