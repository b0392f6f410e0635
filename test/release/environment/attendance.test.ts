/** When a release counts as one that nobody works on, look by look. */
import { describe, expect, it } from '@jest/globals';
import {
  type OpenTask,
  readAttendance,
  type Unattended,
  unattendedOf,
  whyUnattended,
} from '../../../src/release/environment/attendance.ts';
import { attend } from '../../../src/release/environment/queue.ts';
import { commit, Scene } from './scenes.ts';

const NOW = 1_000_000;
const PATIENCE = { taskMs: 30_000, pollMs: 75_000 };

/** @param polledAgoMs null: Temporal knows of no worker */
const task = (agoMs: number, polledAgoMs: number | null, more: Partial<OpenTask> = {}) => ({
  queue: 'deploy-eu',
  kind: 'activity' as const,
  sinceMs: NOW - agoMs,
  attempt: 1,
  lastPollMs: polledAgoMs === null ? null : NOW - polledAgoMs,
  ...more,
});

const gone = (agoMs: number, more: Partial<Unattended> = {}): Unattended => ({
  queue: 'deploy-eu',
  kind: 'activity',
  sinceMs: NOW - agoMs,
  ...more,
});

type Task = ReturnType<typeof task>;
type Before = (Unattended & { readonly lastPollMs: number | null }) | null;

describe('a release', () => {
  it.each<[string, readonly Task[], Before, Unattended | null]>([
    ['with nothing to do is attended to', [], null, null],
    ['whose task lies in a queue that nobody polls is not', [task(40_000, 80_000)], null, gone(40_000)],
    ['nor where nobody was ever known to poll it', [task(40_000, null)], null, gone(40_000)],
    ['is, while the task has not lain for long', [task(29_000, null)], null, null],
    ['is, while somebody polls: Temporal will hand the task out', [task(40_000, 70_000)], null, null],
    ['is, while it waits for the next attempt', [task(-5_000, null)], null, null],
    [
      'tells of what lies there longest',
      [task(40_000, null, { queue: 'b' }), task(60_000, null)],
      null,
      gone(60_000),
    ],
    [
      'whose workflow task is taken and fails over and over is not',
      [task(5_000, 10, { kind: 'workflow', attempt: 4 })],
      null,
      gone(5_000, { kind: 'failing' }),
    ],
    [
      'whose workflow task nobody takes is not',
      [task(40_000, null, { kind: 'workflow', attempt: 9 })],
      null,
      gone(40_000, { kind: 'workflow' }),
    ],
    [
      'whose workflow task is tried once more is: its worker was replaced',
      [task(40_000, 10, { kind: 'workflow', attempt: 3 })],
      null,
      null,
    ],
    [
      'keeps its beginning over attempts that run out of time',
      [task(40_000, null)],
      { ...gone(400_000), lastPollMs: null },
      gone(400_000),
    ],
    ['and between two of them', [], { ...gone(400_000), lastPollMs: NOW - 500_000 }, gone(400_000)],
    ['is attended to again once its queue is polled', [], { ...gone(400_000), lastPollMs: NOW - 1 }, null],
    [
      'is not yet, where the last poll was before the task came',
      [],
      { ...gone(50_000), lastPollMs: NOW - 50_001 },
      gone(50_000),
    ],
    [
      'that waits for another pool by now says so',
      [task(40_000, null, { queue: 'other' })],
      { ...gone(400_000), lastPollMs: NOW },
      gone(40_000, { queue: 'other' }),
    ],
    [
      'whose activity is tried again and again is: that is told elsewhere',
      [task(5_000, 10, { attempt: 99 })],
      null,
      null,
    ],
    [
      'whose workflow task no longer fails is',
      [],
      { ...gone(400_000, { kind: 'failing' }), lastPollMs: null },
      null,
    ],
  ])('%s', (_what, tasks, before, expected) => {
    expect(unattendedOf(tasks, before, NOW, PATIENCE)).toEqual(expected);
  });

  it.each<[Unattended, string]>([
    [gone(0), 'no worker polls deploy-eu since 1970-01-01T00:16Z'],
    [gone(0, { kind: 'workflow' }), 'no worker polls deploy-eu since 1970-01-01T00:16Z'],
    [gone(0, { kind: 'failing' }), 'workers of deploy-eu fail at it since 1970-01-01T00:16Z'],
  ])('says %j in words', (unattended, text) => {
    expect(whyUnattended(unattended)).toBe(text);
  });
});

describe('what comes as a signal', () => {
  it('is read', () => {
    expect(readAttendance({ releaseId: 'a/1', unattended: null })).toEqual({
      releaseId: 'a/1',
      unattended: null,
    });
    expect(readAttendance({ releaseId: 'a/1', unattended: { ...gone(5), more: 1 } })).toEqual({
      releaseId: 'a/1',
      unattended: gone(5),
    });
  });

  it.each([
    [null],
    ['x'],
    [{}],
    [{ releaseId: 5, unattended: null }],
    [{ releaseId: 'a/1' }],
    [{ releaseId: 'a/1', unattended: 'x' }],
    [{ releaseId: 'a/1', unattended: { ...gone(0), queue: 1 } }],
    [{ releaseId: 'a/1', unattended: { ...gone(0), kind: 'other' } }],
    [{ releaseId: 'a/1', unattended: { ...gone(0), sinceMs: 1e300 } }],
  ])('is ignored where it is none: %j', (junk) => {
    expect(readAttendance(junk)).toBeUndefined();
  });
});

describe('the environment of a release that nobody works on', () => {
  const scene = (): Scene =>
    new Scene('queue').arrive('a', commit(1)).arrive('b', commit(2)).join('c', commit(3));

  it('leaves it its turn, and tells those that wait', () => {
    const one = scene();
    one.move(attend(one.state, 'a', gone(0)));
    expect(one.state.turn).toMatchObject({ releaseId: 'a', unattended: gone(0) });
    expect(one.whyOf('b')).toBe(
      'release 1 (000000000001) comes first, and nobody works on it: no worker polls deploy-eu since 1970-01-01T00:16Z',
    );
    expect(one.kindOf('c')).toBe('joined');
    // Whoever comes to wait later hears it too.
    expect(one.ready('c').whyOf('c')).toContain('nobody works on it');
  });

  it('takes that back when somebody works on it again', () => {
    const one = scene();
    const { state } = one;
    one.move(attend(one.state, 'a', gone(0)));
    one.move(attend(one.state, 'a', null));
    expect(one.state).toStrictEqual(state);
    expect(one.whyOf('b')).toBe('release 1 (000000000001) comes first');
  });

  it('says nothing twice, and nothing of one that has no turn', () => {
    const one = scene();
    one.move(attend(one.state, 'a', gone(0)));
    for (const [id, unattended] of [
      ['a', gone(0)],
      ['b', gone(0)],
      ['nobody', null],
    ] as const) {
      expect(attend(one.state, id, unattended)).toEqual({ state: one.state, letters: [] });
    }
  });

  it('knows nothing of it any more when the next one has the turn', () => {
    const one = scene();
    one.move(attend(one.state, 'a', gone(0)));
    one.end('a', null);
    expect(one.state.turn?.releaseId).toBe('b');
    expect(one.state.turn?.unattended).toBeUndefined();
    expect(one.state.needsRepair).toMatchObject({ number: 1 });
  });
});
