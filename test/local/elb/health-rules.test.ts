import { describe, expect, it } from '@jest/globals';
import {
  afterProbe,
  defaultInitialProbeMs,
  type HealthRecord,
  newHealthRecord,
  nextProbeMs,
} from '../../../src/local/elb/health-rules.ts';
import { matchesCode } from '../../../src/local/elb/probe.ts';

const timing = { intervalMs: 5000, healthyThreshold: 3, unhealthyThreshold: 2 };
const good = { ok: true } as const;
const bad = { ok: false, reason: 'Target.Timeout', description: 'Request timed out' } as const;

/** Plays probes at the given times (ms after registration); `+` is a success, `-` a failure. */
function play(probes: readonly [number, '+' | '-'][]): HealthRecord {
  return probes.reduce(
    (record, [atMs, sign]) => afterProbe(record, sign === '+' ? good : bad, timing, 1000 + atMs),
    newHealthRecord(1000),
  );
}

describe('a target', () => {
  it.each([
    ['is initial before the first probe', [], 'initial'],
    ['is healthy after one success', [[0, '+']], 'healthy'],
    [
      'stays initial through quick failures while it may still be starting',
      [
        [0, '-'],
        [300, '-'],
        [9000, '-'],
      ],
      'initial',
    ],
    [
      'becomes healthy late, when it started slowly',
      [
        [0, '-'],
        [9000, '-'],
        [9900, '+'],
      ],
      'healthy',
    ],
    [
      'is unhealthy when it has failed for threshold × interval',
      [
        [0, '-'],
        [9900, '-'],
        [10_000, '-'],
      ],
      'unhealthy',
    ],
    ['is not unhealthy for one failure, however late', [[10_000, '-']], 'initial'],
    [
      'survives one failure',
      [
        [0, '+'],
        [5000, '-'],
      ],
      'healthy',
    ],
    [
      'survives failures that are not consecutive',
      [
        [0, '+'],
        [1, '-'],
        [2, '+'],
        [3, '-'],
      ],
      'healthy',
    ],
    [
      'is unhealthy after as many as the threshold',
      [
        [0, '+'],
        [5000, '-'],
        [10_000, '-'],
      ],
      'unhealthy',
    ],
  ] as const)('%s', (_what, probes, state) => {
    expect(play([...probes] as [number, '+' | '-'][]).state).toBe(state);
  });

  it('that was unhealthy needs the healthy threshold in a row to come back', () => {
    const fallen: [number, '+' | '-'][] = [
      [0, '+'],
      [1, '-'],
      [2, '-'],
    ];
    expect(play([...fallen, [3, '+'], [4, '+']]).state).toBe('unhealthy');
    expect(play([...fallen, [3, '+'], [4, '+'], [5, '-'], [6, '+'], [7, '+']]).state).toBe('unhealthy');
    expect(play([...fallen, [3, '+'], [4, '+'], [5, '+']]).state).toBe('healthy');
  });

  it('says why it is not healthy', () => {
    expect(play([[0, '-']])).toMatchObject({ reason: 'Elb.InitialHealthChecking' });
    expect(
      play([
        [0, '+'],
        [1, '-'],
        [2, '-'],
      ]),
    ).toMatchObject({ reason: 'Target.Timeout' });
    expect(play([[0, '+']])).not.toHaveProperty('reason');
  });

  it('is probed quickly only while it is initial', () => {
    expect(nextProbeMs(play([]), timing)).toBe(defaultInitialProbeMs);
    expect(nextProbeMs(play([[0, '+']]), timing)).toBe(timing.intervalMs);
    expect(
      nextProbeMs(
        play([
          [0, '+'],
          [1, '-'],
          [2, '-'],
        ]),
        timing,
      ),
    ).toBe(timing.intervalMs);
  });
});

describe('a matcher', () => {
  it.each([
    ['200', 200, true],
    ['200', 204, false],
    ['200,404', 404, true],
    ['200-299', 299, true],
    ['200-299,301', 301, true],
    ['200-299', 300, false],
  ])('%s takes %d: %s', (matcher, code, taken) => {
    expect(matchesCode(matcher, code)).toBe(taken);
  });
});
