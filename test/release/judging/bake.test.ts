import { describe, expect, it } from '@jest/globals';
import {
  addAlarm,
  addMatches,
  addUnwatched,
  type BakeMemory,
  bakedMs,
  bakeEndMs,
  beginBake,
  enoughFor,
  type LogTally,
  measured,
  missed,
  openTroubles,
  watchedLines,
} from '../../../src/release/judging/bake.ts';
import type { BakePlan, LogWatch } from '../../../src/release/plan.ts';
import { randomFrom } from '../../random.ts';

const START = 1_000_000;
const MINUTE = 60_000;
const watch: LogWatch = { service: 'api', pattern: 'ERROR', maximumPerMinute: 2 };
const bake: BakePlan = { durationMs: 10 * MINUTE, alarms: ['a'], logs: [watch] };
const at = (id: string | number, sinceStartMs: number) => ({
  id: String(id),
  atMs: START + sinceStartMs,
  line: `ERROR ${id}`,
});
const fresh = (): LogTally => beginBake(bake, ['api'], START).logs[0] as LogTally;
const read = (
  tally: LogTally,
  matches: ReturnType<typeof at>[],
  toMs: number,
  limit = watch.maximumPerMinute,
) => addMatches(tally, { ...watch, maximumPerMinute: limit }, matches, START, START + toMs);

describe('log lines', () => {
  it.each([
    ['as many as allowed', [at(1, 0), at(2, 59_999)], 0],
    ['one more than allowed', [at(1, 0), at(2, 30_000), at(3, 59_999)], 3],
    ['three over two minutes', [at(1, 0), at(2, 59_999), at(3, 60_000)], 0],
    ['the same one three times', [at(1, 0), at(1, 0), at(1, 0)], 0],
    ['too many before the bake time', [at(1, -3), at(2, -2), at(3, -1)], 0],
    ['too many in the second minute', [at(1, 60_000), at(2, 60_001), at(3, 60_002)], 3],
  ])('are counted by the minute: %s', (_what, matches, breachOf) => {
    const { breach } = read(fresh(), matches, 2 * MINUTE);
    expect(breach?.summary ?? null).toBe(
      breachOf === 0 ? null : `log "ERROR" of api: at least ${breachOf} matches within a minute (limit 2)`,
    );
  });

  it('of the last, shorter minute count, too', () => {
    expect(read(fresh(), [at(1, 61_000), at(2, 61_001), at(3, 61_002)], 61_500).breach).not.toBeNull();
  });

  it('are shown as evidence, the first five, oldest first', () => {
    const matches = [7, 6, 5, 4, 3, 2, 1].map((n) => at(n, n));
    expect(read(fresh(), matches, MINUTE).breach?.evidence).toEqual(
      [1, 2, 3, 4, 5].map((n) => `api: ERROR ${n}`),
    );
  });

  it('of a minute are read again until late ones have arrived', () => {
    let tally = fresh();
    for (const [toMs, fromMs] of [
      [30_000, 0],
      [MINUTE, 0],
      [2 * MINUTE - 1, 0],
      [2 * MINUTE, MINUTE],
      [5 * MINUTE + 5, 4 * MINUTE],
    ] as const) {
      tally = read(tally, [], toMs).tally;
      expect(tally.fromMs).toBe(START + fromMs);
    }
  });

  it('of a look that failed are in the next one', () => {
    const first = read(fresh(), [], 30_000).tally;
    const failed = missed(missed(first, 'throttled'), 'throttled');
    expect(failed.fromMs).toBe(first.fromMs);
    const { tally, breach } = read(failed, [at(1, 100), at(2, 200), at(3, 300)], 5 * MINUTE);
    expect(breach).not.toBeNull();
    expect(tally).toMatchObject({ measured: 2, missed: 2, trouble: null, highest: 3 });
  });

  it('are asked for as far as a breach is proved whatever their minutes, and some to show', () => {
    expect(enoughFor({ ...watch, maximumPerMinute: 100 }, START, START + MINUTE)).toBe(100);
    expect(enoughFor({ ...watch, maximumPerMinute: 100 }, START, START + MINUTE + 1)).toBe(200);
    expect(enoughFor({ ...watch, maximumPerMinute: 0 }, START, START + MINUTE)).toBe(5);
  });
});

describe('whatever lines come, and whenever they are looked for', () => {
  it.each(Array.from({ length: 200 }, (_, seed) => seed))(
    'the verdict is that of counting all at once (seed %i)',
    (seed) => {
      const next = randomFrom(seed);
      const lastsMs = 1 + Math.floor(next() * 8 * MINUTE);
      const limit = Math.floor(next() * 4);
      const lines = Array.from({ length: Math.floor(next() * 30) }, (_, id) => {
        const sinceStartMs = Math.floor(next() * lastsMs * 1.2 - 0.1 * lastsMs);
        // Late by less than the time that a minute is kept open; those of the end arrive before the last look.
        return { ...at(id, sinceStartMs), lateMs: Math.floor(next() * MINUTE) };
      });
      const perMinute = new Map<number, number>();
      for (const { atMs } of lines) {
        if (atMs < START || atMs >= START + lastsMs) continue;
        const minute = Math.floor((atMs - START) / MINUTE);
        perMinute.set(minute, (perMinute.get(minute) ?? 0) + 1);
      }
      const highest = Math.max(0, ...perMinute.values());

      let tally = fresh();
      let breached = false;
      const looks = Array.from({ length: 1 + Math.floor(next() * 40) }, () => Math.floor(next() * lastsMs));
      for (const lookMs of [...looks.sort((a, b) => a - b), lastsMs]) {
        const readToMs = START + lookMs;
        if (readToMs <= tally.fromMs) continue;
        const isLast = lookMs === lastsMs;
        if (!isLast && next() < 0.3) {
          tally = missed(tally, 'throttled');
          continue;
        }
        const visible = lines.filter(
          ({ atMs, lateMs }) =>
            atMs >= tally.fromMs && atMs < readToMs && (isLast || atMs + lateMs <= readToMs),
        );
        const added = addMatches(tally, { ...watch, maximumPerMinute: limit }, visible, START, readToMs);
        tally = added.tally;
        breached ||= added.breach !== null;
      }
      expect({ breached, highest: tally.highest }).toEqual({ breached: highest > limit, highest });
    },
  );
});

describe('an alarm', () => {
  const tally = () => beginBake(bake, [], START).alarms.a as BakeMemory['alarms'][string];

  it.each([
    ['OK', null],
    ['INSUFFICIENT_DATA', null],
    ['ALARM', 'alarm a was in ALARM already when the bake time began'],
  ])('in %s at the first look', (state, summary) => {
    expect(addAlarm(tally(), 'a', { state, reason: 'x' }).breach?.summary ?? null).toBe(summary);
  });

  it('that goes into ALARM says so, with the reason', () => {
    const { tally: seen } = addAlarm(tally(), 'a', { state: 'OK', reason: '' });
    expect(addAlarm(seen, 'a', { state: 'ALARM', reason: '5 datapoints' }).breach).toEqual({
      summary: 'alarm a went into ALARM',
      evidence: ['a: 5 datapoints'],
    });
  });
});

describe('what is told at the end', () => {
  const memory = beginBake(bake, ['api'], START);
  const alarm = memory.alarms.a as BakeMemory['alarms'][string];
  const log = fresh();
  const seen = (change: Partial<BakeMemory>): BakeMemory => ({ ...memory, ...change });

  it('has a line for each thing, measurements and could-not-measure apart', () => {
    const ok = { state: 'OK', reason: '' };
    const twice = addAlarm(addAlarm(alarm, 'a', ok).tally, 'a', ok).tally;
    const mixed = addAlarm(missed(twice, 'throttled'), 'a', { state: 'INSUFFICIENT_DATA', reason: '' }).tally;
    const { tally } = read(log, [at(1, 0), at(2, 1)], MINUTE);
    const services = { api: measured(memory.services.api as BakeMemory['services'][string]) };
    expect(watchedLines(seen({ alarms: { a: mixed }, logs: [tally], services }), bake)).toEqual([
      'alarm a: OK in 2 looks, INSUFFICIENT_DATA in 1, 1 could not be measured (throttled)',
      'log "ERROR" of api: at most 2 a minute (limit 2) in 1 looks, 0 could not be measured',
      'tasks of api: 1 looks, 0 could not be measured',
    ]);
  });

  it('is no pass where something could not be measured last', () => {
    expect(openTroubles(memory, bake)).toEqual([]);
    expect(openTroubles(seen({ alarms: { a: missed(alarm, 'denied') } }), bake)).toEqual([
      { summary: 'alarm a could not be measured at the end of the bake time', evidence: ['denied'] },
    ]);
    expect(openTroubles(seen({ logs: [measured(missed(log, 'throttled'))] }), bake)).toEqual([]);
  });
});

describe('time in which nobody looked', () => {
  const POLL = 5_000;
  const looked = (sinceStartMs: number): BakeMemory => ({
    ...beginBake(bake, [], START),
    lookedAtMs: START + sinceStartMs,
  });
  const endAfter = (lookedMs: number, nextMs: number, pollMs = POLL): number =>
    bakeEndMs(addUnwatched(looked(lookedMs), bake, pollMs, START + nextMs), bake) - START;

  it.each([
    ['a look each poll interval leaves the end where it is', MINUTE, MINUTE + POLL, 10 * MINUTE],
    ['so does a slow one', MINUTE, MINUTE + 3 * POLL, 10 * MINUTE],
    ['a gap is added, but for one interval', MINUTE, 3 * MINUTE, 12 * MINUTE - POLL],
    ['past the end: what was left is left', MINUTE, 60 * MINUTE, 60 * MINUTE + 9 * MINUTE - POLL],
    ['nothing was left', 10 * MINUTE - POLL, 60 * MINUTE, 10 * MINUTE],
    ['clocks of two workers differ', MINUTE, 0, 10 * MINUTE],
  ])('%s', (_what, lookedMs, nextMs, endMs) => {
    expect(endAfter(lookedMs, nextMs)).toBe(endMs);
  });

  it('is no busy moment of a worker that polls fast', () => {
    expect(endAfter(MINUTE, MINUTE + 1_000, 50)).toBe(10 * MINUTE);
  });

  it('adds up, is no bake time, and is told', () => {
    const away = (memory: BakeMemory, nextMs: number): BakeMemory => ({
      ...addUnwatched(memory, bake, POLL, START + nextMs),
      lookedAtMs: START + nextMs,
    });
    const memory = away(away(looked(0), MINUTE + POLL), 3 * MINUTE + 2 * POLL);
    expect(memory.unwatchedMs).toBe(3 * MINUTE);
    expect(bakedMs(memory, bake, memory.lookedAtMs)).toBe(2 * POLL);
    expect(bakedMs(memory, bake, START + 60 * MINUTE)).toBe(bake.durationMs);
    expect(watchedLines(memory, bake).at(-1)).toBe(
      'no worker watched for 180 s: the bake time was extended by as much',
    );
  });
});
