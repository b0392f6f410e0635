/** All invariants hold for runs as they should be. */
import { describe, expect, it } from '@jest/globals';
import type { RunRecord } from '../record.ts';
import { rolledBack, succeeded } from '../records.ts';
import { INVARIANTS } from './invariants.ts';

/** A bad version has a reason to be rolled back. */
const disturbed: RunRecord = (() => {
  const record = rolledBack();
  const services = record.scenario.services.map((one) => ({ ...one, quality: 'sick' as const }));
  return { ...record, scenario: { ...record.scenario, services } };
})();

describe.each(Object.entries(INVARIANTS))('%s', (_name, check) => {
  it.each([
    ['succeeded', succeeded()],
    ['was rolled back', disturbed],
  ])('holds for a run that %s', (_what, record) => {
    expect(check(record)).toEqual([]);
  });
});
