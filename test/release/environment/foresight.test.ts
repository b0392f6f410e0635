/** What a release would be told is what it is told when it comes. A failing run prints its seed; SEED repeats it. */
import { describe, expect, it } from '@jest/globals';
import { foresee } from '../../../src/release/environment/foresight.ts';
import { attend, freeze } from '../../../src/release/environment/queue.ts';
import { QUEUE_POLICIES } from '../../../src/release/environment/state.ts';
import { randomFrom } from '../../random.ts';
import { commit, entrant, outcome, Scene } from './scenes.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

const arrivalOf = (id: string, place: number, more = {}) => ({
  entrant: entrant(id, commit(place), more),
  rules: null,
  ready: false,
});

/** An environment in the middle of a day. */
const anyScene = (seed: number): Scene => {
  const random = randomFrom(seed);
  const below = (end: number): number => Math.floor(random() * end);
  const scene = new Scene(QUEUE_POLICIES[below(3)]);
  for (let index = 0; index < 12; index += 1) {
    scene.join(`r${index}/run`, commit(1 + below(9)), { startedAtMs: index });
    const ids = scene.state.joined.map(({ releaseId }) => releaseId);
    const id = ids[below(ids.length)];
    if (id !== undefined && random() < 0.6) scene.ready(id);
    const { turn } = scene.state;
    if (turn && random() < 0.5)
      scene.end(turn.releaseId, outcome({ verdict: random() < 0.7 ? 'succeeded' : 'failed' }));
    if (random() < 0.05)
      scene.state = freeze(scene.state, { reason: 'no', owner: 'ada', sinceMs: 0, untilMs: null });
  }
  return scene;
};

describe('what is foreseen', () => {
  it('is what comes of it, and nobody hears of it', () => {
    const seen = new Map<string, number>();
    for (let run = 0; run < 400; run += 1) {
      const seed = SEED + run;
      const scene = anyScene(seed);
      const before = structuredClone(scene.state);
      const arrival = arrivalOf('new/run', 1 + (seed % 11), { startedAtMs: 100, allowOlder: seed % 5 === 0 });
      const foreseen = foresee(scene.state, arrival, scene.nowMs);
      expect({ seed, state: scene.state }).toEqual({ seed, state: before });

      const names = new Map(scene.state.joined.map((each) => [each.releaseId, each.number]));
      scene.letters.length = 0;
      scene.join('new/run', arrival.entrant.commit, arrival.entrant);
      const joined = scene.told.get('new/run');
      expect({ seed, number: joined?.number }).toEqual({ seed, number: foreseen.number });
      expect({ seed, refused: joined?.kind === 'refused' ? joined.why : null }).toEqual({
        seed,
        refused: foreseen.refused,
      });
      seen.set(joined?.kind ?? '', (seen.get(joined?.kind ?? '') ?? 0) + 1);
      if (joined?.kind === 'refused') {
        expect(foreseen.turn).toBeNull();
        continue;
      }
      scene.nowMs -= 10;
      scene.letters.length = 0;
      scene.ready('new/run');
      const told = scene.told.get('new/run');
      expect({ seed, kind: told?.kind }).toEqual({ seed, kind: foreseen.turn?.kind });
      if (foreseen.turn && 'why' in foreseen.turn) expect(told).toMatchObject({ why: foreseen.turn.why });
      const superseded = scene.letters
        .filter(({ releaseId, answer }) => releaseId !== 'new/run' && answer.kind === 'superseded')
        .map(({ releaseId }) => names.get(releaseId));
      expect({ seed, superseded }).toEqual({
        seed,
        superseded: foreseen.supersedes.map((name) => Number(/^release (\d+)/.exec(name)?.[1])),
      });
      seen.set(told?.kind ?? '', (seen.get(told?.kind ?? '') ?? 0) + 1);
    }
    // All that there is has been seen.
    for (const kind of ['refused', 'granted', 'waiting', 'superseded'])
      expect({ SEED, kind, times: seen.get(kind) ?? 0 }).not.toMatchObject({ times: 0 });
  });

  it('names who has the turn, whether somebody works on it, and who waits, the next one first', () => {
    const scene = new Scene('queue')
      .arrive('a/run', commit(1), { startedBy: 'grace' })
      .join('b/run', commit(2))
      .arrive('c/run', commit(3), { rollbackTo: 1 });
    scene.move(attend(scene.state, 'a/run', { queue: 'q', kind: 'activity', sinceMs: 0 }));
    const foreseen = foresee(scene.state, arrivalOf('d/run', 4), scene.nowMs);
    expect(foreseen).toMatchObject({
      number: 4,
      policy: 'queue',
      holder: {
        name: expect.stringContaining('release 1 ('),
        startedBy: 'grace',
        stands: expect.stringContaining('no worker polls q'),
      },
      others: [
        { name: 'release 3 (back to release 1)', phase: 'ready' },
        { name: expect.stringContaining('release 2 ('), phase: 'preparing' },
      ],
      moreOthers: 0,
    });
  });

  it('goes by the rules that the release brings along', () => {
    const scene = new Scene('queue').arrive('a/run', commit(1));
    const arrival = arrivalOf('b/run', 2);
    expect(foresee(scene.state, arrival, scene.nowMs).refused).toBeNull();
    const rules = { policy: 'reject' as const, freezes: [], readAtMs: scene.nowMs };
    expect(foresee(scene.state, { ...arrival, rules }, scene.nowMs)).toMatchObject({
      policy: 'reject',
      refused: expect.stringContaining('is under way'),
    });
  });

  it('tells of a freeze that is overridden, and of the next one, by the clock of whoever asks', () => {
    const scene = new Scene();
    const freezes = [
      { name: 'later', fromMs: 5_000, untilMs: 6_000 },
      { name: 'night', fromMs: 1_000, untilMs: 2_000 },
      { name: 'next', fromMs: 3_000, untilMs: 4_000 },
    ];
    const arrival = {
      ...arrivalOf('a/run', 1, { overrideFreeze: 'it burns' }),
      rules: { policy: 'queue' as const, freezes },
    };
    expect(foresee(scene.state, arrival, 1_500)).toMatchObject({
      refused: null,
      frozen: expect.stringContaining('night'),
      nextFreeze: { name: 'next' },
    });
    expect(foresee(scene.state, arrival, 2_500)).toMatchObject({
      frozen: null,
      nextFreeze: { name: 'next' },
    });
    expect(foresee(scene.state, arrival, 7_000)).toMatchObject({ frozen: null, nextFreeze: null });
  });

  it('is short, however many are on the way', () => {
    const scene = new Scene('queue');
    for (let index = 1; index <= 60; index += 1)
      scene.join(`${'x'.repeat(400)}${index}/run`, commit(index), { startedBy: 'y'.repeat(1_000) });
    const foreseen = foresee(scene.state, arrivalOf('new/run', 99), scene.nowMs);
    expect(foreseen.others).toHaveLength(10);
    expect(foreseen.moreOthers).toBe(50);
    expect(JSON.stringify(foreseen).length).toBeLessThan(8_000);
  });
});
