/** Where the releases begin that the last lines of an environment leave out. */
import { describe, expect, it } from '@jest/globals';
import { LEDGER_LENGTH } from '../../../src/release/environment/ledger.ts';
import { olderThan, statusOf } from '../../../src/release/environment/status.ts';
import { commit, outcome, Scene } from './scenes.ts';

/** Releases that come and end one after the other, from `from` to `to`. */
const pass = (scene: Scene, from: number, to: number): Scene => {
  for (let place = from; place <= to; place += 1) scene.arrive(`r${place}`, commit(place)).end(`r${place}`);
  return scene;
};
const older = (scene: Scene): number | null => olderThan(statusOf(scene.state));

describe('what the last lines leave out', () => {
  it('begins below the oldest of them', () => {
    expect(older(pass(new Scene(), 1, LEDGER_LENGTH + 5))).toBe(6);
  });

  it('is nothing where all are there', () => {
    expect(older(new Scene())).toBeNull();
    expect(older(pass(new Scene(), 1, LEDGER_LENGTH - 1))).toBeNull();
    expect(older(pass(new Scene(), 1, LEDGER_LENGTH))).toBeNull();
  });

  it('is not passed over for an old one that has ended late', () => {
    const scene = pass(new Scene().join('slow', commit(900)), 2, LEDGER_LENGTH + 10);
    // Of releases 1, 12 … 60 there is a line: 2 … 11 are still to be asked for.
    expect(older(scene.end('slow', outcome({ verdict: 'aborted' })))).toBe(12);
  });

  it('does not begin at one that is still under way', () => {
    const scene = pass(new Scene(), 1, 30).join('slow', commit(900));
    expect(older(pass(scene, 32, LEDGER_LENGTH + 9))).toBe(9);
  });
});
