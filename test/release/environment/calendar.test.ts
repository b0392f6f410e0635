import { describe, expect, it } from '@jest/globals';
import { occurrences, type RecurringFreeze } from '../../../src/release/environment/calendar.ts';

const at = (day: number, hour: number, minute = 0) => ({ day, minute: hour * 60 + minute });
const utc = (text: string): number => Date.parse(`${text}Z`);
const read = (freeze: Partial<RecurringFreeze>, from: string, days: number): readonly string[] =>
  occurrences(
    [{ name: 'weekend', zone: 'Europe/Berlin', from: at(4, 16), until: at(0, 8), ...freeze }],
    utc(from),
    days,
  ).map(({ fromMs, untilMs }) =>
    [fromMs, untilMs].map((ms) => new Date(ms).toISOString().slice(0, 16)).join(' '),
  );

describe('recurring freezes', () => {
  it('go over the end of the week, by the clock of the zone', () => {
    expect(read({}, '2026-11-25T00:00', 14)).toEqual([
      '2026-11-27T15:00 2026-11-30T07:00',
      '2026-12-04T15:00 2026-12-07T07:00',
    ]);
  });

  it('are longer or shorter where the clocks are changed', () => {
    expect(read({}, '2026-03-25T00:00', 7)).toEqual(['2026-03-27T15:00 2026-03-30T06:00']);
    expect(read({}, '2026-10-21T00:00', 7)).toEqual(['2026-10-23T14:00 2026-10-26T07:00']);
  });

  it('do not happen where the clock jumps over them, and happen twice where it goes back over them', () => {
    const night = { from: at(6, 2, 10), until: at(6, 2, 50) };
    expect(read(night, '2026-03-28T00:00', 3)).toEqual([]);
    expect(read(night, '2026-10-24T00:00', 3)).toEqual([
      '2026-10-25T00:10 2026-10-25T00:50',
      '2026-10-25T01:10 2026-10-25T01:50',
    ]);
  });

  it('know a zone whose clock is changed by half an hour, at half past the hour of UTC', () => {
    const night = { zone: 'Australia/Lord_Howe', from: at(6, 2, 30), until: at(6, 3) };
    expect(read(night, '2026-10-03T00:00', 2)).toEqual(['2026-10-03T15:30 2026-10-03T16:00']);
  });

  it('begin with the moment that is asked about, where it lies in one', () => {
    expect(read({}, '2026-11-28T12:34', 1)).toEqual(['2026-11-28T12:34 2026-11-29T12:34']);
  });

  it('know zones that are no whole hours from UTC', () => {
    const noon = { zone: 'Asia/Kathmandu', from: at(2, 12), until: at(2, 13) };
    expect(read(noon, '2026-11-23T00:00', 7)).toEqual(['2026-11-25T06:15 2026-11-25T07:15']);
  });

  it('come in the order of time', () => {
    const [late, early] = [
      { name: 'late', zone: 'UTC', from: at(3, 0), until: at(4, 0) },
      { name: 'early', zone: 'UTC', from: at(1, 0), until: at(2, 0) },
    ];
    expect(occurrences([late, early], utc('2026-11-23T00:00'), 7).map(({ name }) => name)).toEqual([
      'early',
      'late',
    ]);
  });

  it('take no time to speak of', () => {
    const started = performance.now();
    read({}, '2026-11-25T00:00', 30);
    expect(performance.now() - started).toBeLessThan(500);
  });

  it('refuse a zone that does not exist', () => {
    expect(() => read({ zone: 'Europe/Atlantis' }, '2026-11-25T00:00', 1)).toThrow(RangeError);
  });
});
