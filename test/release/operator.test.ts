/** What operators may say to a release, at each moment: the whole table, so that a change of one answer is seen. */
import { describe, expect, it } from '@jest/globals';
import {
  answerTo,
  OPERATOR_ACTIONS,
  type OperatorAction,
  readNote,
  type Situation,
} from '../../src/release/operator.ts';

const BUILDING: Situation = {
  phase: 'running',
  touched: false,
  paused: false,
  approval: 'none',
  stuck: [],
  stopping: false,
  nowMs: Date.UTC(2026, 10, 30, 3, 10, 7),
};
const MOMENTS = {
  building: BUILDING,
  'rolling out': { ...BUILDING, touched: true },
  paused: { ...BUILDING, paused: true },
  'paused between two waves': { ...BUILDING, paused: true, touched: true },
  'before an approval': { ...BUILDING, approval: 'expected' },
  'waiting for approval': { ...BUILDING, approval: 'open' },
  'stopping, nothing touched': { ...BUILDING, stopping: true },
  'stopping, approval open': { ...BUILDING, stopping: true, approval: 'open' },
  'after an irreversible migration': { ...BUILDING, phase: 'decision', touched: true },
  restoring: { ...BUILDING, phase: 'restoring', touched: true },
  'rollback stuck': { ...BUILDING, phase: 'restoring', touched: true, stuck: ['api', 'web'] },
  'repair stuck, nothing touched': { ...BUILDING, phase: 'repairing', stuck: ['api'] },
  'repair after an irreversible migration': { ...BUILDING, phase: 'repair-decision' },
  ended: { ...BUILDING, phase: 'ended', touched: true, stuck: ['api'], paused: true },
} as const satisfies Readonly<Record<string, Situation>>;
type Moment = keyof typeof MOMENTS;

/** Everything else is refused. */
const ACCEPTED: Readonly<Record<Exclude<OperatorAction, 'skip'>, readonly Moment[]>> = {
  pause: [
    'building',
    'rolling out',
    'paused',
    'paused between two waves',
    'before an approval',
    'waiting for approval',
    'repair stuck, nothing touched',
  ],
  resume: ['paused', 'paused between two waves'],
  rollback: [
    'rolling out',
    'paused between two waves',
    'after an irreversible migration',
    'repair after an irreversible migration',
  ],
  abort: [
    'building',
    'rolling out',
    'paused',
    'paused between two waves',
    'before an approval',
    'waiting for approval',
    'after an irreversible migration',
    'repair stuck, nothing touched',
    'repair after an irreversible migration',
  ],
  approve: ['before an approval', 'waiting for approval'],
  deny: ['before an approval', 'waiting for approval'],
  retry: ['rollback stuck', 'repair stuck, nothing touched'],
  'give-up': [
    'after an irreversible migration',
    'rollback stuck',
    'repair stuck, nothing touched',
    'repair after an irreversible migration',
  ],
};

describe('a pause says how long it holds', () => {
  it.each<[Moment, number | undefined, string]>([
    [
      'building',
      600_000,
      'it stops before the next change, and goes on by itself at 2026-11-30 03:20:07 UTC',
    ],
    ['building', undefined, 'it stops before the next change, until somebody resumes it'],
    ['paused', 1_000, 'it stays paused, and goes on by itself at 2026-11-30 03:10:08 UTC'],
    ['paused', undefined, 'it stays paused, until somebody resumes it'],
  ])('%s, for %s ms', (moment, forMs, text) => {
    const note = forMs === undefined ? {} : { forMs };
    expect(answerTo('pause', note, MOMENTS[moment])).toEqual({ accepted: true, text });
  });
});

describe('an answer', () => {
  it.each(Object.entries(ACCEPTED))('to %s is yes at these moments, and at no other', (action, moments) => {
    const accepting = Object.entries(MOMENTS)
      .filter(([, situation]) => answerTo(action as OperatorAction, {}, situation).accepted)
      .map(([moment]) => moment);
    expect(accepting).toEqual(moments);
  });

  it.each<[Moment, string | undefined, boolean]>([
    ['rollback stuck', 'api', true],
    ['rollback stuck', 'web', true],
    ['rollback stuck', 'worker', false],
    ['rollback stuck', undefined, false],
    ['repair stuck, nothing touched', 'api', true],
    ['restoring', 'api', false],
    ['rolling out', 'api', false],
    ['ended', 'api', false],
  ])('to skip, %s, of %s: %j', (moment, service, accepted) => {
    const note = service === undefined ? {} : { service };
    expect(answerTo('skip', note, MOMENTS[moment]).accepted).toBe(accepted);
  });

  it.each<[OperatorAction, Moment, RegExp]>([
    ['rollback', 'building', /nothing to roll back/],
    ['rollback', 'restoring', /^already rolling back$/],
    ['rollback', 'stopping, nothing touched', /being stopped already/],
    ['approve', 'stopping, approval open', /being stopped already/],
    ['abort', 'building', /nothing was changed/],
    ['abort', 'rolling out', /every service that was touched goes back/],
    ['pause', 'restoring', /not paused/],
    ['pause', 'paused', /it stays paused, until/],
    ['resume', 'building', /^the release is not paused$/],
    ['approve', 'building', /waits for no approval/],
    ['approve', 'restoring', /being rolled back/],
    ['skip', 'rollback stuck', /needs the name of a service/],
    ['retry', 'restoring', /^nothing is stuck$/],
    ['give-up', 'after an irreversible migration', /stay as they are/],
    ['approve', 'after an irreversible migration', /another decision: rollback, or give-up/],
    ['rollback', 'repair stuck, nothing touched', /putting an earlier one right/],
    ['rollback', 'repair after an irreversible migration', /then this one goes on/],
    ['abort', 'repair stuck, nothing touched', /what is stuck there is left to the next one/],
    ['abort', 'repair after an irreversible migration', /^it ends; the earlier release is left as it is/],
    ['give-up', 'repair after an irreversible migration', /the release goes on/],
  ])('to %s, %s, says %s', (action, moment, text) => {
    expect(answerTo(action, {}, MOMENTS[moment]).text).toMatch(text);
  });

  it('to skip of a service that is not stuck names those that are', () => {
    expect(answerTo('skip', { service: 'worker' }, MOMENTS['rollback stuck']).text).toBe(
      'worker is not stuck; stuck: api, web',
    );
  });

  it('is never empty, and no for everything once the release has ended', () => {
    for (const situation of Object.values(MOMENTS)) {
      for (const action of OPERATOR_ACTIONS) {
        const { accepted, text } = answerTo(action, { service: 'api' }, situation);
        expect(text).not.toBe('');
        if (situation.phase === 'ended') expect(accepted).toBe(false);
      }
    }
  });
});

const UNCLEAR = { unclear: 'forMs has to be a number of milliseconds above 0' };

const NO_NOTE = { unclear: 'expected an object such as {"reason":"…"}, a text, or no input' };

describe('a note', () => {
  it.each<[string, OperatorAction, unknown, object]>([
    [
      'as our client sends it',
      'pause',
      { who: 'ada', reason: 'x', forMs: 5, id: '1' },
      { who: 'ada', reason: 'x', forMs: 5, id: '1' },
    ],
    ['left out', 'pause', undefined, {}],
    ['null', 'pause', null, {}],
    ['a bare text', 'pause', ' lunch ', { reason: 'lunch' }],
    ['a bare text of skip', 'skip', 'api', { service: 'api' }],
    ['a number', 'pause', 7, NO_NOTE],
    ['a list', 'abort', ['x'], NO_NOTE],
    ['a switch', 'abort', true, NO_NOTE],
    ['bytes', 'abort', new Uint8Array([1]), NO_NOTE],
    [
      'fields of other types',
      'pause',
      { who: 'ada', reason: {}, service: null, id: [], forMs: '5' },
      {
        who: 'ada',
        unclear: `reason has to be a text; id has to be a text; ${UNCLEAR.unclear}`,
      },
    ],
    [
      'a time beside a field of another type',
      'pause',
      { who: 7, forMs: 5 },
      { unclear: 'who has to be a text' },
    ],
    ['empty texts', 'pause', { who: ' ', reason: '' }, {}],
    ['fields that there are not', 'pause', JSON.parse('{"why": "x", "__proto__": {"who": "eve"}}'), {}],
    ['no time', 'pause', { forMs: 0 }, UNCLEAR],
    ['a time before', 'pause', { forMs: -1 }, UNCLEAR],
    ['for ever', 'pause', { forMs: Number.POSITIVE_INFINITY }, UNCLEAR],
    ['longer than a week', 'pause', { forMs: 1e12 }, { forMs: 604_800_000 }],
    ['a long story', 'pause', { reason: 'x'.repeat(9_999) }, { reason: 'x'.repeat(500) }],
  ])('that is %s', (_what, action, input, note) => {
    expect(readNote(action, input)).toEqual(note);
  });
});

describe('a message that cannot be understood', () => {
  it.each(OPERATOR_ACTIONS.filter((action) => action !== 'pause'))('is refused: %s', (action) => {
    const answers = Object.values(MOMENTS).map((moment) => answerTo(action, readNote(action, 7), moment));
    expect(answers.filter(({ accepted }) => accepted)).toEqual([]);
    expect(answerTo(action, readNote(action, 7), BUILDING).text).toBe(`not understood: ${NO_NOTE.unclear}`);
  });

  it('holds the release all the same where it says pause', () => {
    expect(answerTo('pause', readNote('pause', 7), BUILDING)).toMatchObject({ accepted: true });
  });
});

describe('a pause whose time cannot be understood', () => {
  const note = readNote('pause', { forMs: 'ten minutes', who: 'ada' });

  it.each([-1, 0, Number.NaN, '600000', {}])('is told so: %p', (forMs) => {
    expect(readNote('pause', { forMs }).unclear).toMatch(/forMs/);
    expect(readNote('resume', { forMs })).toEqual({});
  });

  it('holds a release that is not held yet, and says for how long', () => {
    expect(answerTo('pause', note, BUILDING)).toEqual({
      accepted: true,
      text: expect.stringMatching(/until somebody resumes it.*forMs/),
    });
  });

  it('does not replace a pause that has an end', () => {
    expect(answerTo('pause', note, MOMENTS.paused)).toEqual({
      accepted: false,
      text: expect.stringMatching(/stays paused as it is.*forMs/),
    });
  });
});
