/** Where the time of a release went. */
import { describe, expect, it } from '@jest/globals';
import { type Pause, pausesOf, stagesOf } from '../../../src/release/environment/times.ts';
import type { OperatorRecord, StepKind, StepStatus } from '../../../src/release/verdict.ts';

const step = (kind: StepKind, startedAtMs?: number, endedAtMs?: number): StepStatus => ({
  id: `${kind}:${startedAtMs}`,
  kind,
  name: '',
  state: 'succeeded',
  ...(startedAtMs === undefined ? {} : { startedAtMs }),
  ...(endedAtMs === undefined ? {} : { endedAtMs }),
});

const said = (atMs: number, action: OperatorRecord['action'], more: Partial<OperatorRecord> = {}) => ({
  atMs,
  action,
  who: 'ada',
  reason: 'why',
  accepted: true,
  answer: '',
  ...more,
});

describe('the stages of a release', () => {
  it.each<[string, readonly StepStatus[], readonly [StepKind, number][]]>([
    ['none', [], []],
    ['one that never ran took no time', [step('bake')], []],
    ['what ran at the same time counts once', [step('check', 0, 10), step('check', 5, 20)], [['check', 20]]],
    ['one inside another adds nothing', [step('build', 0, 30), step('build', 5, 20)], [['build', 30]]],
    [
      'what lies between two waves is not theirs',
      [step('update', 0, 1), step('update', 50, 52)],
      [['update', 3]],
    ],
    ['what was cut off ended with the release', [step('stable', 90)], [['stable', 10]]],
    [
      'they stand in the order in which they began',
      [step('push', 30, 31), step('check', 20, 40), step('plan', 0, 5), step('check', 10, 15)],
      [
        ['plan', 5],
        ['check', 25],
        ['push', 1],
      ],
    ],
  ])('%s', (_what, steps, expected) => {
    const stages = stagesOf({ steps, operators: [], endedAtMs: 100 });
    expect(stages.map(({ kind, durationMs }) => [kind, durationMs])).toEqual(expected);
  });
});

describe('the pauses of a release', () => {
  const pause = (fromMs: number, untilMs: number): Pause => ({ who: 'ada', reason: 'why', fromMs, untilMs });

  it.each<[string, readonly OperatorRecord[], readonly StepStatus[], readonly Pause[]]>([
    ['none', [said(5, 'approve')], [], []],
    ['until it is resumed', [said(10, 'pause'), said(30, 'resume')], [], [pause(10, 30)]],
    ['until its time is over', [said(10, 'pause', { forMs: 5 }), said(30, 'abort')], [], [pause(10, 15)]],
    ['resumed before its time', [said(10, 'pause', { forMs: 50 }), said(30, 'resume')], [], [pause(10, 30)]],
    [
      'under new terms it is another one',
      [said(10, 'pause'), said(20, 'pause', { forMs: 5 })],
      [],
      [pause(10, 20), pause(20, 25)],
    ],
    ['until somebody ends the release', [said(10, 'pause'), said(30, 'abort')], [], [pause(10, 30)]],
    ['until the way back begins by itself', [said(10, 'pause')], [step('restore', 40, 60)], [pause(10, 40)]],
    ['until the end, where nothing else ends it', [said(10, 'pause')], [step('restore')], [pause(10, 100)]],
    ['what was not accepted is none', [said(10, 'pause', { accepted: false })], [], []],
    [
      'nor does it end one',
      [said(10, 'pause'), said(20, 'resume', { accepted: false }), said(30, 'resume')],
      [],
      [pause(10, 30)],
    ],
    ['what means nothing to a pause', [said(10, 'pause'), said(20, 'approve')], [], [pause(10, 100)]],
  ])('%s', (_what, operators, steps, expected) => {
    expect(pausesOf({ operators, steps, endedAtMs: 100 })).toEqual(expected);
  });
});
