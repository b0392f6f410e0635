/** What is taken for an arrival: anybody may send anything, and the environment has to live with it. */
import { describe, expect, it } from '@jest/globals';
import { readArrival } from '../../../src/release/environment/arrival.ts';
import { arrive, ended } from '../../../src/release/environment/queue.ts';
import { emptyEnvironment } from '../../../src/release/environment/state.ts';
import { statusOf } from '../../../src/release/environment/status.ts';
import { commit, entrant } from './scenes.ts';

const RULES = { policy: 'supersede', freezes: [{ name: 'weekend', fromMs: 1, untilMs: 2 }] };
const ARRIVAL = { entrant: entrant('deploy/a/run', commit(3)), rules: RULES, ready: true };

describe('an arrival', () => {
  it('of a release is taken as it is', () => {
    expect(readArrival(ARRIVAL)).toEqual(ARRIVAL);
    const rollback = { ...ARRIVAL, entrant: entrant('a/b', commit(3), { rollbackTo: 2 }), rules: null };
    expect(readArrival(rollback)).toEqual(rollback);
  });

  it('that leaves out what it claims or asks for claims and asks for nothing', () => {
    const { releaseId, commit: line, startedAtMs } = ARRIVAL.entrant;
    const read = readArrival({ entrant: { releaseId, commit: line, startedAtMs }, rules: RULES });
    expect(read).toEqual({
      entrant: entrant(releaseId, line, { startedBy: null }),
      rules: RULES,
      ready: false,
    });
  });

  it.each<[string, unknown]>([
    ['a freeze that is none', { ...ARRIVAL, rules: { ...RULES, freezes: [null] } }],
    ['a freeze without an end', { ...ARRIVAL, rules: { ...RULES, freezes: [{ name: 'x', fromMs: 1 }] } }],
    [
      'a freeze beyond all calendars',
      { ...ARRIVAL, rules: { ...RULES, freezes: [{ name: 'x', fromMs: 1, untilMs: 1e300 }] } },
    ],
    [
      'ancestors that are none',
      { ...ARRIVAL, entrant: { ...ARRIVAL.entrant, commit: { ...commit(3), ancestors: [1] } } },
    ],
    ['no commit', { ...ARRIVAL, entrant: { ...ARRIVAL.entrant, commit: null } }],
    ['no rules and no word of it', { entrant: ARRIVAL.entrant }],
  ])('with %s is none', (_what, input) => {
    expect(readArrival(input)).toBeUndefined();
  });

  it.each(['startedBy', 'overrideFreeze', 'rollbackTo', 'allowOlder'] as const)(
    'with anything as %s goes through an environment to its end',
    (field) => {
      for (const value of [undefined, 5, {}, [], '', 'x', -1, Number.NaN]) {
        const arrival = readArrival({ ...ARRIVAL, entrant: { ...ARRIVAL.entrant, [field]: value } });
        if (!arrival) continue;
        const { state } = arrive(emptyEnvironment('a', 'b'), arrival, 10);
        expect(ended(state, ARRIVAL.entrant.releaseId, null, 20).entry).toMatchObject({ number: 1 });
      }
    },
  );

  it('is never longer than an environment can carry a hundred of, whatever people write', () => {
    const long = '💥'.repeat(100_000);
    const line = { ...commit(3), subject: long, ancestors: Array.from({ length: 5_000 }, () => long) };
    const arrival = readArrival({
      ...ARRIVAL,
      entrant: { ...ARRIVAL.entrant, commit: line, startedBy: long, overrideFreeze: long },
    });
    if (!arrival) throw new Error('it is one');
    expect(Buffer.byteLength(JSON.stringify(arrival))).toBeLessThan(16_000);
    const { state } = arrive(emptyEnvironment('a', 'b'), arrival, 10);
    expect(Buffer.byteLength(JSON.stringify(statusOf(state)))).toBeLessThan(4_000);
  });
});
