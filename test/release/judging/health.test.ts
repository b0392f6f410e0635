import { describe, expect, it } from '@jest/globals';
import {
  addAskedTime,
  addSample,
  type HealthAnswer,
  KEPT_COMPLAINTS,
  longestGapMs,
  NO_SAMPLES,
  readHealth,
  type Sample,
} from '../../../src/release/judging/health.ts';

const limits = { successes: 3, failures: 2, timeoutMs: 60_000 };
const SAMPLES: Record<string, Sample> = {
  g: { kind: 'good' },
  b: { kind: 'bad', text: 'answered 500' },
  u: { kind: 'unreachable', text: 'refused' },
};
const tallyOf = (letters: string) =>
  [...letters].map((letter) => SAMPLES[letter] as Sample).reduce(addSample, NO_SAMPLES);

describe('readHealth (g good, b bad, u could not be asked; 3 good or 2 bad in a row decide)', () => {
  it.each<[string, number, HealthAnswer['state']]>([
    ['', 0, 'open'],
    ['gg', 1_000, 'open'],
    ['ggg', 1_000, 'healthy'],
    ['ggbgg', 1_000, 'open'],
    ['ggbggg', 1_000, 'healthy'],
    ['ggugg', 1_000, 'open'],
    ['b', 1_000, 'open'],
    ['bb', 1_000, 'unhealthy'],
    ['bgb', 1_000, 'open'],
    ['bub', 1_000, 'open'],
    ['uuuuu', 1_000, 'open'],
    ['uuuuuu', 1_000, 'unhealthy'],
    ['uuubuuu', 1_000, 'open'],
    ['gg', 60_000, 'unhealthy'],
    ['ggg', 60_000, 'healthy'],
    ['', 60_000, 'unhealthy'],
  ])('%p after %i ms: %s', (letters, elapsedMs, state) => {
    expect(readHealth(tallyOf(letters), limits, elapsedMs).state).toBe(state);
  });

  it.each<[string, number, string]>([
    ['gbb', 1_000, '2 wrong answers in a row: answered 500'],
    ['uuuuuu', 1_000, 'could not be asked 6 times in a row: refused'],
    ['bgug', 60_000, 'only 1 of 3 good answers in a row after 60 s (4 asked): refused'],
    ['', 60_000, 'only 0 of 3 good answers in a row after 60 s (0 asked): no answer'],
  ])('says why: %p', (letters, elapsedMs, summary) => {
    expect(readHealth(tallyOf(letters), limits, elapsedMs)).toEqual({ state: 'unhealthy', summary });
  });

  it('keeps the latest complaints, newest first', () => {
    const samples = Array.from({ length: 8 }, (_, index): Sample => ({ kind: 'bad', text: `${index}` }));
    const { complaints } = samples.reduce(addSample, NO_SAMPLES);
    expect(complaints).toEqual(['7', '6', '5', '4', '3']);
    expect(complaints).toHaveLength(KEPT_COMPLAINTS);
  });
});

describe('the time that was asked', () => {
  const limits = { intervalMs: 2_000, requestTimeoutMs: 5_000 };
  it.each([
    ['counts from one sample to the next', 2_100, 12_100],
    ['with slow answers and a busy worker', 11_000, 21_000],
    ['but a gap in which nobody asked only as one interval', 11_001, 12_000],
    ['and never backwards, as clocks of two workers differ', -5_000, 10_000],
  ])('%s', (_what, gapMs, askedMs) => {
    expect(addAskedTime(10_000, gapMs, limits, longestGapMs(limits))).toBe(askedMs);
  });
});
