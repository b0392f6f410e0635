/** What a later release says of one that was broken off, and what can be told from its report. */
import { describe, expect, it } from '@jest/globals';
import { doneAboutIt, repairOf } from '../../src/release/broken-off.ts';
import { step } from '../cli/render/reports.ts';

const ID = 'deploy/shop/production/abc/run';

describe('what is said of a repair', () => {
  it('claims that all was put right only where all was', () => {
    expect(repairOf(ID, [{ name: 'api', state: 'restored' }])).toEqual({
      releaseId: ID,
      did: `release ${ID} was broken off in mid-flight; put right first: api restored`,
    });
    const left = { name: 'web', state: 'not-restored', detail: 'left as it is by ada (skip)' } as const;
    expect(repairOf(ID, [{ name: 'api', state: 'restored' }, left]).did).toBe(
      `release ${ID} was broken off in mid-flight; tried to put right first: api restored, web not-restored (left as it is by ada (skip))`,
    );
  });
});

describe('a later release', () => {
  const [began, looked, went] = [1_000, 2_000, 3_000];
  const repair = step('repair', '', 'succeeded', began, looked);
  const register = step('register', '', 'succeeded', went, went);
  const said = repairOf(ID, [{ name: 'api', state: 'restored' }]);
  /** As `step` counts. */
  const START = (repair.endedAtMs ?? 0) - looked;

  it('that names it has repaired it, however it ended itself', () => {
    const report = { repaired: [said], steps: [] };
    expect(doneAboutIt({ releaseId: ID, endedAtMs: START }, report)).toBe(said.did);
  });

  it('that names another one of the same commit has not', () => {
    const report = { repaired: [said], steps: [] };
    expect(doneAboutIt({ releaseId: `${ID}2`, endedAtMs: START }, report)).toBeNull();
  });

  it.each<[string, number, ReturnType<typeof step>[], boolean]>([
    ['that looked back and went on has found nothing', looked, [repair, register], true],
    ['that looked back before it ended has not seen it', looked + 1, [repair, register], false],
    ['that never looked back has not seen it', began, [step('build', 'api', 'failed', 0, 1)], false],
    ['that ended in its repair has not done it', began, [repair, step('register', '', 'skipped')], false],
    [
      'that had to look back again, and ended in that repair, has not done it',
      began,
      [step('repair', '', 'succeeded', went + 1, went + 2), register],
      false,
    ],
  ])('%s', (_what, endedAfterMs, steps, seen) => {
    const did = doneAboutIt({ releaseId: ID, endedAtMs: START + endedAfterMs }, { repaired: [], steps });
    expect(did).toEqual(seen ? expect.stringContaining('nothing to put right') : null);
  });
});
