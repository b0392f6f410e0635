/** Runs many days, several at once on one server, and judges each by all invariants. */
import type { Lane, Lanes } from '../lanes.ts';
import { type Day, dayOf } from './day.ts';
import { complaintsAboutDay } from './invariants.ts';
import type { DayRecord } from './record.ts';
import { runDay, type WrongEngine } from './run-day.ts';

export interface DayResult {
  readonly seed: number;
  /** How its releases ended. */
  readonly verdicts: readonly string[];
  readonly durationMs: number;
  readonly complaints: readonly string[];
}

export interface DaysOptions {
  readonly seeds: readonly number[];
  readonly engine?: WrongEngine;
  /** No further day is begun once one has broken an invariant. */
  readonly untilBroken?: boolean;
}

export const simulateDays = async (
  lanes: Lanes,
  { seeds, engine, untilBroken = false }: DaysOptions,
): Promise<readonly DayResult[]> => {
  const results: DayResult[] = [];
  const next = seeds.values();
  const isBroken = (): boolean => results.some(({ complaints }) => complaints.length > 0);
  const work = async (lane: Lane): Promise<void> => {
    for (const seed of next) {
      if (untilBroken && isBroken()) return;
      results.push(await judged(lane, dayOf(seed), engine));
    }
  };
  await Promise.all(lanes.lanes.map(work));
  return results;
};

const judged = async (lane: Lane, day: Day, engine?: WrongEngine): Promise<DayResult> => {
  const startedAtMs = Date.now();
  const { seed } = day;
  try {
    const record = await runDay(lane, day, engine);
    const complaints = complaintsAboutDay(record);
    return {
      seed,
      verdicts: verdictsOf(record),
      durationMs: Date.now() - startedAtMs,
      complaints: complaints.length > 0 ? [...complaints, ...traceOf(record)] : [],
    };
  } catch (error) {
    const what = error instanceof Error ? error.stack : String(error);
    return {
      seed,
      verdicts: [],
      durationMs: Date.now() - startedAtMs,
      complaints: [`the day failed: ${what}`],
    };
  }
};

export const verdictsOf = ({ releases }: DayRecord): readonly string[] =>
  releases.map(({ report }) => report?.verdict ?? 'broken-off');

const traceOf = ({ day, releases, turns, stored, calls }: DayRecord): readonly string[] => [
  `the day: ${JSON.stringify(day)}`,
  ...releases.map(
    ({ workflowId, report, harmed }) =>
      `${workflowId}: ${report?.number} ${report?.verdict} ${report?.cause?.summary ?? ''}${harmed ? ' (harmed)' : ''}`,
  ),
  ...turns.map(({ atMs, ...turn }) => `${atMs} turn ${JSON.stringify(turn)}`),
  ...stored.map(
    ({ number, verdict, turnAtMs, endedAtMs }) => `entry ${number} ${verdict} ${turnAtMs}–${endedAtMs}`,
  ),
  ...calls
    .filter(({ operation }) => /^(Update|Register|Run|move)/.test(operation))
    .map(
      ({ startedAtMs, operation, service, by, done, outcome }) =>
        `${startedAtMs} ${operation} ${service} by ${by?.workflowId} ${by?.activity} #${by?.number} ${done ? 'done' : 'not done'} ${outcome}`,
    ),
];
