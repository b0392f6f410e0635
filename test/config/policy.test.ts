/** Who may change an environment, and when: as `slipway.yaml` says it, as rules take it. */
import { describe, expect, it } from '@jest/globals';
import { parseConfiguration } from '../../src/config/parse-configuration.ts';
import { policyOf } from '../../src/config/policy.ts';

const read = (environment: string) => {
  const { environments } = parseConfiguration(`app: shop
images: { web: }
services: { web: }
environments:
  production: { cluster: main${environment} }
`);
  const { production } = environments;
  if (!production) throw new Error('no production');
  return policyOf(production);
};
const freezes = (list: string) => read(`, freezes: [${list}]`).freezes;
const at = (day: number, hour: number) => ({ day, minute: hour * 60 });

describe('the policy of an environment', () => {
  it('has defaults: the newest commit waits, nothing is frozen, nobody has to say yes', () => {
    expect(read('')).toEqual({
      where: { cluster: 'main' },
      promote: null,
      approval: null,
      queue: 'supersede',
      freezes: [],
    });
  });

  it('takes what it says', () => {
    expect(read(', queue: reject, approval: { deadline: 2h }')).toMatchObject({
      queue: 'reject',
      approval: { deadlineMs: 7_200_000 },
    });
  });

  it('asks for an approval where its section is there, be it empty', () => {
    expect(read(', approval: ').approval).toEqual({ deadlineMs: 86_400_000 });
  });

  it('freezes from one moment of the week to another', () => {
    expect(freezes('{ name: w, zone: UTC, from: fri 16:00, until: mon 08:00 }')).toEqual([
      { name: 'w', zone: 'UTC', from: at(4, 16), until: at(0, 8) },
    ]);
  });

  it('freezes on each of some days, over midnight where the end is not later than the beginning', () => {
    expect(freezes('{ name: n, zone: UTC, from: "18:00", until: "08:00", days: [sat, sun] }')).toEqual([
      { name: 'n', zone: 'UTC', from: at(5, 18), until: at(6, 8) },
      { name: 'n', zone: 'UTC', from: at(6, 18), until: at(0, 8) },
    ]);
    expect(freezes('{ name: d, zone: UTC, from: "00:00", until: "24:00", days: [sun] }')).toEqual([
      { name: 'd', zone: 'UTC', from: at(6, 0), until: at(6, 24) },
    ]);
    expect(freezes('{ name: d, zone: UTC, from: "12:00", until: "13:00" }')).toHaveLength(7);
  });

  it.each([
    ['a policy that there is not', ', queue: newest', /queue: expected "supersede" or "queue" or "reject"/],
    [
      'a zone that there is not',
      ', freezes: [{ name: n, zone: Mars/Olympus, from: "1:00", until: "02:00" }]',
      /time zone such as Europe\/Berlin/,
    ],
    [
      'a time that is none',
      ', freezes: [{ name: n, zone: UTC, from: "25:00", until: "02:00" }]',
      /from: expected a time of day such as 16:00/,
    ],
    [
      'a day in one of two times',
      ', freezes: [{ name: n, zone: UTC, from: fri 16:00, until: "08:00" }]',
      /until: expected a day of the week in both times, or in none/,
    ],
    [
      'days twice',
      ', freezes: [{ name: n, zone: UTC, from: fri 16:00, until: mon 08:00, days: [fri] }]',
      /days: expected no days, as the times name them/,
    ],
    [
      'a freeze that is over when it begins',
      ', freezes: [{ name: n, zone: UTC, from: fri 16:00, until: fri 16:00 }]',
      /until: expected another time/,
    ],
  ])('says what is wrong with %s', (_what, environment, message) => {
    expect(() => read(environment)).toThrow(message);
  });
});
