/** What is said of the end of a freeze. */
import { describe, expect, it } from '@jest/globals';
import { unfrozen } from '../../../src/release/environment/freeze.ts';

const FREEZE = { reason: 'black friday', owner: 'ada', sinceMs: 0, untilMs: null };

describe('who ends a freeze', () => {
  it('hears what has ended, or that there was none', () => {
    expect(unfrozen(FREEZE, undefined)).toBe('it is not frozen any more (black friday)');
    expect(unfrozen(null, undefined)).toBe('it was not frozen');
  });

  it('hears that one of slipway.yaml holds all the same', () => {
    const still = 'frozen until 2026-11-30T00:00Z: weekend';
    expect(unfrozen(FREEZE, still)).toBe(
      'that freeze has ended (black friday); as its slipway.yaml says, it is frozen until 2026-11-30T00:00Z: weekend',
    );
    expect(unfrozen(null, still)).toBe(
      'nobody has frozen it; as its slipway.yaml says, it is frozen until 2026-11-30T00:00Z: weekend',
    );
  });
});
