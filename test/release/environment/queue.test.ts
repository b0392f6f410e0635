/** Whose turn it is, situation by situation. */
import { describe, expect, it } from '@jest/globals';
import { MOST_JOINED } from '../../../src/release/environment/eligibility.ts';
import { LEDGER_LENGTH } from '../../../src/release/environment/ledger.ts';
import { freeze, join, unfreeze } from '../../../src/release/environment/queue.ts';
import type { QueuePolicy } from '../../../src/release/environment/state.ts';
import { commit, entrant, outcome, Scene, shaOf } from './scenes.ts';

const POLICIES: readonly QueuePolicy[] = ['supersede', 'queue', 'reject'];

it('the turn comes with what serves by then, also where that is another one than when the release joined', () => {
  const scene = new Scene().join('b', commit(2)).arrive('a', commit(1)).end('a').ready('b');
  expect(scene.told.get('b')).toMatchObject({ kind: 'granted', serving: { number: 2, sha: shaOf(1) } });
});

describe.each(POLICIES)('the turn, whatever the policy (%s)', (policy) => {
  it('is granted at once where nobody else is there, under a number and a fence', () => {
    const scene = new Scene(policy).join('a', commit(1));
    expect(scene.told.get('a')).toEqual({ kind: 'joined', number: 1, serving: null });
    scene.ready('a');
    expect(scene.told.get('a')).toEqual({ kind: 'granted', number: 1, fence: 10_010, serving: null });
    expect(scene.state.turn).toMatchObject({ releaseId: 'a', fence: 10_010, number: 1 });
  });

  it('comes with a higher fence each time, whatever became of the one before', () => {
    const scene = new Scene(policy).arrive('a', commit(1)).end('a', null);
    scene.nowMs = 5;
    scene.arrive('b', commit(2));
    expect(scene.told.get('b')).toMatchObject({ kind: 'granted', number: 2, fence: 10_011 });
  });

  it('tells a later one which commit serves', () => {
    const scene = new Scene(policy).arrive('a', commit(1)).end('a').join('b', commit(2));
    expect(scene.told.get('b')).toMatchObject({ serving: { number: 1, sha: shaOf(1) } });
  });

  it('is told again to one that asks again, and nothing is counted twice', () => {
    const scene = new Scene(policy).arrive('a', commit(1));
    const { state } = scene;
    scene.join('a', commit(1)).ready('a', 'a');
    expect(scene.state).toEqual(state);
    expect(scene.told.get('a')).toMatchObject({ kind: 'granted', fence: 10_010 });
  });

  it('is not given to one that ended while it waited, and is not lost with it', () => {
    const scene = new Scene(policy);
    scene.arrive('a', commit(1)).arrive('r', commit(1), { rollbackTo: 1 }).end('r').end('a');
    expect(scene.state.turn).toBeNull();
    expect(scene.state.joined).toEqual([]);
  });

  it('goes to a rollback first, also from behind', () => {
    const scene = new Scene(policy).arrive('a', commit(2)).arrive('b', commit(3));
    scene.arrive('r', commit(1), { rollbackTo: 1 });
    expect(scene.kindOf('r')).toBe('waiting');
    scene.end('a');
    expect(scene.kindOf('r')).toBe('granted');
  });

  it('is refused to the same commit under another name while it is under way', () => {
    const scene = new Scene(policy).join('id/of/a/run', commit(1)).join('b', commit(1));
    expect(scene.told.get('b')).toMatchObject({ kind: 'refused', number: 2 });
    // By the workflow id, which commands take.
    expect(scene.whyOf('b')).toBe('release 1 brings this commit here already: id/of/a');
    // Whoever is out stands in nobody's way.
    scene.end('id/of/a/run', outcome({ verdict: 'failed' })).join('c', commit(1));
    expect(scene.kindOf('c')).toBe('joined');
  });

  it('nobody knows what to say to one that never came', () => {
    const scene = new Scene(policy).ready('x').end('x');
    expect(scene.letters).toEqual([]);
    expect(scene.state.ledger).toEqual([]);
  });

  it('is refused while frozen, but not to a rollback nor to one that says why it must', () => {
    const scene = new Scene(policy);
    scene.state = freeze(scene.state, {
      reason: 'black friday',
      owner: 'ada',
      sinceMs: 0,
      untilMs: 90_000_000,
    });
    scene.join('a', commit(1));
    expect(scene.told.get('a')).toMatchObject({ kind: 'refused' });
    expect(scene.whyOf('a')).toBe('the environment is frozen by ada until 1970-01-02T01:00Z: black friday');
    scene.end('a', outcome({ verdict: 'refused' }));
    scene.arrive('r', commit(1), { rollbackTo: 1 }).end('r');
    expect(scene.told.get('r')).toMatchObject({ kind: 'granted' });
    scene.arrive('b', commit(2), { overrideFreeze: 'the shop is down' });
    expect(scene.kindOf('b')).toBe('granted');
    scene.end('b');
    expect(scene.state.ledger[0]).toMatchObject({ overrideFreeze: 'the shop is down' });
  });

  it('a freeze in the meantime stops those that wait, not the one that has the turn', () => {
    const scene = new Scene(policy === 'reject' ? 'queue' : policy)
      .arrive('a', commit(1))
      .arrive('b', commit(2));
    scene.state = freeze(scene.state, { reason: 'no', owner: 'ada', sinceMs: 0, untilMs: null });
    expect(scene.state.turn).toMatchObject({ releaseId: 'a' });
    scene.end('a');
    expect(scene.told.get('b')).toMatchObject({ kind: 'refused' });
    expect(scene.whyOf('b')).toContain('until somebody ends it: no');
    scene.end('b', outcome({ verdict: 'refused' }));
    scene.state = unfreeze(scene.state);
    expect(scene.arrive('c', commit(3)).kindOf('c')).toBe('granted');
  });

  it('a freeze is over at its end, and a recurring one counts from its start', () => {
    const scene = new Scene(policy);
    scene.rules = { policy, freezes: [{ name: 'weekend', fromMs: 20_000, untilMs: 30_000 }] };
    scene.state = freeze(scene.state, { reason: 'no', owner: 'ada', sinceMs: 0, untilMs: 10_000 });
    expect(scene.arrive('a', commit(1)).end('a').kindOf('a')).toBe('granted');
    scene.nowMs = 20_000;
    expect(scene.join('b', commit(2)).end('b').whyOf('b')).toBe(
      'the environment is frozen until 1970-01-01T00:00Z: weekend',
    );
    scene.nowMs = 30_000;
    expect(scene.arrive('c', commit(3)).kindOf('c')).toBe('granted');
  });

  it('is refused where far too many are under way', () => {
    const scene = new Scene('queue');
    for (let index = 0; index < MOST_JOINED; index += 1) scene.join(`r${index}`, commit(index + 1));
    expect(scene.join('one more', commit(999)).whyOf('one more')).toContain('under way here already');
  });

  it('keeps a state that goes through from run to run, however many come', () => {
    const scene = new Scene(policy);
    const long = 'x'.repeat(200);
    for (let place = 1; place <= 1_000; place += 1) {
      // The last 200 commits that it contains, as a release brings them.
      const { ancestors, ...line } = commit(1_000 + place);
      const more = { startedBy: long, overrideFreeze: long };
      scene.arrive(`r${place}`, { ...line, subject: long, ancestors: ancestors.slice(0, 200) }, more);
    }
    // Temporal takes 2 MB at most.
    expect(Buffer.byteLength(JSON.stringify(scene.state))).toBeLessThan(1_500_000);
  });
});

describe('supersede', () => {
  it('the newer of two that wait stays, whichever came first', () => {
    const scene = new Scene().arrive('a', commit(1)).arrive('b', commit(2)).arrive('c', commit(3));
    expect(scene.told.get('b')).toMatchObject({ kind: 'superseded' });
    expect(scene.whyOf('b')).toBe(`by release 3 (${shaOf(3).slice(0, 12)})`);
    scene.arrive('d', commit(2, 0));
    // Its twin is out already, so that it may join; it is the older one all the same.
    expect(scene.told.get('d')).toMatchObject({ kind: 'superseded' });
    expect(scene.end('a').kindOf('c')).toBe('granted');
  });

  it('never the one that has the turn', () => {
    const scene = new Scene().arrive('a', commit(1)).arrive('b', commit(2));
    expect(scene.kindOf('a')).toBe('granted');
    expect(scene.told.get('b')).toMatchObject({
      kind: 'waiting',
      why: `release 1 (${shaOf(1).slice(0, 12)}) comes first`,
    });
  });

  it('an older one that still prepares, by one that is ready, not by one that prepares itself', () => {
    const scene = new Scene().join('a', commit(1)).join('b', commit(2));
    expect(scene.kindOf('a')).toBe('joined');
    scene.ready('b');
    expect(scene.kindOf('a')).toBe('superseded');
    expect(scene.kindOf('b')).toBe('granted');
    // It may say that it is ready in the same moment.
    expect(scene.ready('a').kindOf('a')).toBe('superseded');
  });

  it('an older one that comes while the newer one has the turn, or has brought its version', () => {
    const scene = new Scene().arrive('b', commit(2)).arrive('a', commit(1));
    expect(scene.kindOf('a')).toBe('superseded');
    scene.join('c', commit(1));
    scene.end('b').ready('c');
    expect(scene.told.get('c')).toMatchObject({
      kind: 'superseded',
      why: 'by release 1, which has brought a newer commit',
    });
  });

  it('not the older one that may replace a newer one', () => {
    const scene = new Scene().arrive('b', commit(2)).arrive('a', commit(1), { allowOlder: true });
    expect(scene.kindOf('a')).toBe('waiting');
    expect(scene.end('b').kindOf('a')).toBe('granted');
  });

  it('of two branches the one that was started later, and only among those that wait', () => {
    const scene = new Scene().arrive('a', commit(5)).join('p', commit(8), { startedAtMs: 1 });
    scene.arrive('b', commit(7, 1, 5), { startedAtMs: 2 });
    scene.arrive('c', commit(6, 2, 5), { startedAtMs: 3 });
    expect(scene.kindOf('b')).toBe('superseded');
    expect(scene.kindOf('p')).toBe('joined');
    scene.ready('p');
    expect(scene.kindOf('p')).toBe('superseded');
    expect(scene.end('a').kindOf('c')).toBe('granted');
  });

  it('of two branches that were started in the same moment the one that came later', () => {
    const scene = new Scene()
      .arrive('a', commit(5))
      .arrive('b', commit(7, 1, 5))
      .arrive('c', commit(6, 2, 5));
    expect(scene.kindOf('b')).toBe('superseded');
    expect(scene.kindOf('c')).toBe('waiting');
  });

  it('none for the sake of one that is refused itself', () => {
    const scene = new Scene().arrive('a', commit(1)).join('c', commit(3));
    scene.state = freeze(scene.state, { reason: 'no', owner: 'ada', sinceMs: 0, untilMs: null });
    scene.arrive('b', commit(2), { overrideFreeze: 'urgent' }).ready('c');
    expect(scene.kindOf('c')).toBe('refused');
    expect(scene.kindOf('b')).toBe('waiting');
    expect(scene.end('a').kindOf('b')).toBe('granted');
  });

  it('never a rollback, and by none', () => {
    const scene = new Scene().arrive('a', commit(4)).arrive('r', commit(2), { rollbackTo: 1 });
    scene.arrive('b', commit(5));
    expect(scene.kindOf('r')).toBe('waiting');
    expect(scene.kindOf('b')).toBe('waiting');
    expect(scene.whyOf('b')).toContain('and one waits before it');
    scene.end('a');
    expect(scene.kindOf('r')).toBe('granted');
    expect(scene.whyOf('b')).toContain('release 2 (back to release 1) comes first');
    expect(scene.end('r').kindOf('b')).toBe('granted');
  });
});

describe('queue', () => {
  it('each has its turn in the order in which they came, also before those that were ready sooner', () => {
    const scene = new Scene('queue').join('a', commit(1)).join('b', commit(2)).ready('b');
    expect(scene.told.get('b')).toMatchObject({ kind: 'waiting' });
    expect(scene.whyOf('b')).toContain('release 1');
    scene.ready('a');
    expect(scene.kindOf('a')).toBe('granted');
    expect(scene.end('a').kindOf('b')).toBe('granted');
  });

  it('does not wait for those that came later', () => {
    const scene = new Scene('queue').join('a', commit(1)).join('b', commit(2)).ready('a');
    expect(scene.kindOf('a')).toBe('granted');
  });

  it('goes on where the one before gives up', () => {
    const scene = new Scene('queue').join('a', commit(1)).arrive('b', commit(2)).end('a', null);
    expect(scene.kindOf('b')).toBe('granted');
  });

  it('a rollback does not wait for those that prepare', () => {
    const scene = new Scene('queue').join('a', commit(1)).arrive('r', commit(1), { rollbackTo: 1 });
    expect(scene.kindOf('r')).toBe('granted');
  });
});

describe('those that wait', () => {
  it('hear who comes first now when that changes, as far as they stand near the front', () => {
    const scene = new Scene('queue');
    for (let place = 1; place <= 14; place += 1) scene.arrive(`r${place}`, commit(place));
    const heardBefore = scene.letters.length;
    scene.end('r1');
    const heard = scene.letters.slice(heardBefore).map(({ releaseId }) => releaseId);
    expect(heard).toEqual(['r2', ...Array.from({ length: 10 }, (_, index) => `r${index + 3}`)]);
    expect(scene.whyOf('r3')).toBe(`release 2 (${shaOf(2).slice(0, 12)}) comes first`);
    expect(scene.whyOf('r5')).toBe(`release 2 (${shaOf(2).slice(0, 12)}) comes first, and 2 wait before it`);
  });
});

describe('another policy since', () => {
  it('is not undone by one that has read an earlier tip, as all come again when the environment was lost', () => {
    const scene = new Scene();
    const freezes = [{ name: 'weekend', fromMs: 0, untilMs: 90_000 }];
    const now = { policy: 'queue', freezes, readAtMs: 2_000 } as const;
    scene.rules = now;
    scene.join('new', commit(2));
    scene.rules = { policy: 'supersede', freezes: [], readAtMs: 1_000 };
    scene.join('old', commit(1));
    expect(scene.state.rules).toEqual(now);
    expect(scene.kindOf('old')).toBe('refused');
    scene.rules = { policy: 'supersede', freezes: [], readAtMs: 3_000 };
    expect(scene.join('newer', commit(3)).kindOf('newer')).toBe('joined');
  });

  it('does not come with a rollback, which knows none: what was known stays', () => {
    const scene = new Scene();
    const freezes = [{ name: 'weekend', fromMs: 0, untilMs: 90_000 }];
    scene.rules = { policy: 'queue', freezes };
    scene.join('a', commit(1));
    scene.move(join(scene.state, entrant('r', commit(1), { rollbackTo: 1 }), null, scene.nowMs));
    expect(scene.state.rules).toEqual({ policy: 'queue', freezes });
    expect(scene.kindOf('r')).toBe('joined');
  });

  it('gives the turn to whom it is free for by now, without another word of theirs', () => {
    const scene = new Scene('queue').join('a', commit(1)).join('b', commit(2)).ready('b');
    expect(scene.kindOf('b')).toBe('waiting');
    scene.rules = { policy: 'supersede', freezes: [] };
    scene.join('c', commit(3));
    expect(scene.kindOf('b')).toBe('granted');
    expect(scene.kindOf('c')).toBe('joined');
  });
});

describe('reject', () => {
  it('refuses while another one is under way, and names it', () => {
    const scene = new Scene('reject').join('a', commit(1)).join('b', commit(2));
    expect(scene.told.get('b')).toMatchObject({
      kind: 'refused',
      why: `release 1 (${shaOf(1).slice(0, 12)}) is under way`,
    });
    scene.end('b', outcome({ verdict: 'refused' })).end('a');
    expect(scene.join('c', commit(3)).kindOf('c')).toBe('joined');
  });
});

describe('what serves, and what is broken', () => {
  it('follows what succeeded, and nothing else', () => {
    const scene = new Scene().arrive('a', commit(1)).end('a');
    expect(scene.state.serving).toMatchObject({ number: 1, origin: 1 });
    for (const verdict of [
      'failed',
      'rolled-back',
      'aborted',
      'superseded',
      'refused',
      'rollback-failed',
    ] as const) {
      scene.arrive(verdict, commit(2)).end(verdict, outcome({ verdict }));
      expect(scene.state.serving).toMatchObject({ number: 1 });
    }
  });

  it('knows which release first brought the version that a rollback has brought back', () => {
    const scene = new Scene().arrive('a', commit(1)).end('a').arrive('b', commit(2)).end('b');
    scene.arrive('r', commit(1), { rollbackTo: 1 }).end('r');
    expect(scene.state.serving).toMatchObject({ number: 3, origin: 1, commit: { sha: shaOf(1) } });
    // What was newer may come again.
    expect(scene.arrive('c', commit(2)).kindOf('c')).toBe('granted');
  });

  it('needs repair after a turn without a word, until one has put it right', () => {
    const scene = new Scene().arrive('a', commit(1)).end('a', null);
    expect(scene.state.needsRepair).toMatchObject({ releaseId: 'a', number: 1 });
    expect(scene.state.ledger[0]).toMatchObject({ number: 1, verdict: 'broken-off', turnAtMs: 10_010 });
    scene.arrive('b', commit(2)).end('b', outcome({ verdict: 'failed', repaired: false }));
    expect(scene.state.needsRepair).toMatchObject({ number: 1 });
    scene.arrive('c', commit(3)).end('c', outcome({ verdict: 'rolled-back' }));
    expect(scene.state.needsRepair).toBeNull();
  });

  it('needs none after one that ended without a word before its turn', () => {
    const scene = new Scene().join('a', commit(1)).end('a', null);
    expect(scene.state.needsRepair).toBeNull();
    expect(scene.state.ledger[0]).toMatchObject({ verdict: 'broken-off', turnAtMs: null });
  });

  it('remembers the last releases only', () => {
    const scene = new Scene();
    for (let index = 1; index <= LEDGER_LENGTH + 5; index += 1)
      scene.arrive(`r${index}`, commit(index)).end(`r${index}`);
    expect(scene.state.ledger).toHaveLength(LEDGER_LENGTH);
    expect(scene.state.ledger[0]).toMatchObject({ number: LEDGER_LENGTH + 5 });
    expect(scene.state.lastNumber).toBe(LEDGER_LENGTH + 5);
  });
});
