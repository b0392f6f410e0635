/** A seed fixes a scenario; the 300 seeds of script/simulate have every kind of trouble among them. */
import { describe, expect, it } from '@jest/globals';
import { OPERATOR_ACTIONS } from '../../src/release/operator.ts';
import { scenarioOf } from './scenario.ts';

const ALL = Array.from({ length: 300 }, (_, seed) => scenarioOf(seed));
const kindsOf = (values: readonly string[]): readonly string[] => [...new Set(values)].toSorted();

describe('the seeds', () => {
  it('give the same scenario each time', () => {
    expect(ALL).toEqual(ALL.map(({ seed }) => scenarioOf(seed)));
  });

  it('have apps of one to four services in one to three waves, each service in one wave', () => {
    for (const { services, waves } of ALL) {
      expect(waves.flat().toSorted()).toEqual(services.map(({ name }) => name).toSorted());
      expect(waves.every((wave) => wave.length > 0)).toBe(true);
    }
    expect(kindsOf(ALL.map(({ services }) => String(services.length)))).toEqual(['1', '2', '3', '4']);
    expect(kindsOf(ALL.map(({ waves }) => String(waves.length)))).toEqual(['1', '2', '3']);
  });

  it('have every kind of version, fault and message among them', () => {
    expect(kindsOf(ALL.flatMap(({ services }) => services.map(({ quality }) => quality)))).toEqual([
      'crashes',
      'crashes-later',
      'good',
      'sick',
      'slow',
      'unhealthy',
      'unpullable',
    ]);
    expect(kindsOf(ALL.flatMap(({ faults }) => faults.map(({ kind }) => kind)))).toEqual([
      'deny',
      'foreign',
      'kill-after',
      'kill-before',
      'lose-answer',
      'server-error',
      'throttle',
    ]);
    expect(kindsOf(ALL.flatMap(({ messages }) => messages.map(({ action }) => action)))).toEqual(
      ['cancel', ...OPERATOR_ACTIONS].toSorted(),
    );
    expect(kindsOf(ALL.flatMap(({ messages }) => messages.map(({ at }) => at.kind)))).toEqual([
      'activity',
      'early',
      'late',
    ]);
    expect(kindsOf(ALL.flatMap(({ restarts }) => restarts.map(({ worker }) => worker)))).toEqual([
      'control',
      'deploy',
    ]);
    expect(ALL.some(({ brokenOff }) => brokenOff !== null)).toBe(true);
    expect(ALL.some(({ services }) => services.some(({ firstEver }) => firstEver))).toBe(true);
  });
});
