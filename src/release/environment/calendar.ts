/**
 * Recurring freezes as a calendar says them – weekdays and times of day in a time zone – turned into moments. Done
 * when a release joins and never in a workflow: time zones change with the data that Node brings along.
 */
import type { Interval } from './freeze.ts';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Wall-clock time in the zone; `day` 0 is Monday, `minute` counts from midnight. */
export interface WeekTime {
  readonly day: number;
  readonly minute: number;
}

/** From one moment of the week to another: `fri 16:00` to `mon 08:00` goes over the end of the week. */
export interface RecurringFreeze {
  readonly name: string;
  /** IANA name, e.g. `Europe/Berlin`. */
  readonly zone: string;
  readonly from: WeekTime;
  readonly until: WeekTime;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
const WEEK_MINUTES = 7 * DAY_MINUTES;

/** The occurrences that touch the days from `fromMs` on, in the order of time. Errors: RangeError of an unknown zone. */
export const occurrences = (
  freezes: readonly RecurringFreeze[],
  fromMs: number,
  days: number,
): readonly Interval[] =>
  freezes
    .flatMap((freeze) => occurrencesOf(freeze, fromMs, days))
    .sort((a, b) => a.fromMs - b.fromMs || a.untilMs - b.untilMs);

/**
 * Wall clocks jump and repeat hours, so each minute is asked whether it lies inside: what a person in that zone reads
 * off the clock is what counts.
 */
const occurrencesOf = (freeze: RecurringFreeze, fromMs: number, days: number): readonly Interval[] => {
  const minuteOfWeek = clockOf(freeze.zone);
  const [start, end] = [weekMinute(freeze.from), weekMinute(freeze.until)];
  const isInside = (ms: number): boolean => {
    const minute = minuteOfWeek(ms);
    return start < end ? start <= minute && minute < end : minute >= start || minute < end;
  };
  const found: Interval[] = [];
  const first = Math.floor(fromMs / MINUTE_MS) * MINUTE_MS;
  const last = first + days * DAY_MINUTES * MINUTE_MS;
  let openedAtMs: number | null = null;
  for (let ms = first; ms < last; ms += MINUTE_MS) {
    const inside = isInside(ms);
    if (inside && openedAtMs === null) openedAtMs = ms;
    if (!inside && openedAtMs !== null) {
      found.push({ name: freeze.name, fromMs: openedAtMs, untilMs: ms });
      openedAtMs = null;
    }
  }
  if (openedAtMs !== null) found.push({ name: freeze.name, fromMs: openedAtMs, untilMs: last });
  return found;
};

const weekMinute = ({ day, minute }: WeekTime): number => (day * DAY_MINUTES + minute) % WEEK_MINUTES;

/** Zones differ from UTC by whole quarters of an hour, and change at them: one look a quarter is enough. */
const QUARTER_MS = 15 * MINUTE_MS;

const clockOf = (zone: string): ((ms: number) => number) => {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  let quarter = Number.NaN;
  let base = 0;
  return (ms) => {
    const start = Math.floor(ms / QUARTER_MS) * QUARTER_MS;
    if (start !== quarter) {
      const parts = new Map(format.formatToParts(start).map(({ type, value }) => [type, value]));
      const day = WEEKDAYS.indexOf((parts.get('weekday') ?? '').toLowerCase() as Weekday);
      base = day * DAY_MINUTES + Number(parts.get('hour')) * 60 + Number(parts.get('minute'));
      quarter = start;
    }
    return (base + Math.floor((ms - start) / MINUTE_MS)) % WEEK_MINUTES;
  };
};
