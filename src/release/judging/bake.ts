/**
 * What a bake time has seen, and what that means. Pure: the activity looks, this counts. Four rules:
 * - what was measured and what could not be measured are counted apart;
 * - log lines are counted by the minute since the bake began (the last one may be shorter), each minute read again
 *   until late lines have arrived, so that a look that failed costs nothing if a later one succeeds;
 * - what could not be measured at the end is a breach: a bake that saw nothing is no pass;
 * - time in which nobody looked is added at the end: a worker that was away has not watched.
 */
import type { BakePlan, LogWatch } from '../plan.ts';

const MINUTE_MS = 60_000;
/** Log drivers send by the batch, and CloudWatch Logs takes its time: until then a minute may still grow. */
const ARRIVAL_MS = 60_000;

/** Of a log, as evidence. */
const SHOWN_LINES = 5;

export interface Looks {
  readonly measured: number;
  readonly missed: number;
  /** Why the last look measured nothing; null where it did measure. */
  readonly trouble: string | null;
  /** Of the last look that failed, whatever came after it. */
  readonly lastTrouble: string | null;
}

export interface AlarmTally extends Looks {
  /** State → in how many looks. */
  readonly states: Readonly<Record<string, number>>;
}

export interface LogTally extends Looks {
  /** Most matches within one minute. */
  readonly highest: number;
  /** Where the next look begins to read: minutes before are final. */
  readonly fromMs: number;
}

export interface ServiceTally extends Looks {
  /** Looks in a row that saw another deployment: one may have come from a replica that lags behind. */
  readonly elsewhere: number;
  /** Ids of all tasks of the new version that were ever seen. */
  readonly tasks: readonly string[];
  /** Null until it was seen. A service that is scaled to zero writes no log. */
  readonly desired: number | null;
}

/** Travels in heartbeat details, so that a worker that dies loses no look. */
export interface BakeMemory {
  readonly startedAtMs: number;
  /** When the last look ended. */
  readonly lookedAtMs: number;
  /** Time in which nobody looked: the bake time ends so much later. */
  readonly unwatchedMs: number;
  readonly alarms: Readonly<Record<string, AlarmTally>>;
  /** As `bake.logs` of the plan. */
  readonly logs: readonly LogTally[];
  /** By the name in `slipway.yaml`. */
  readonly services: Readonly<Record<string, ServiceTally>>;
}

export interface Breach {
  readonly summary: string;
  readonly evidence: readonly string[];
}

const NO_LOOKS: Looks = { measured: 0, missed: 0, trouble: null, lastTrouble: null };

export const beginBake = (bake: BakePlan, services: readonly string[], nowMs: number): BakeMemory => ({
  startedAtMs: nowMs,
  lookedAtMs: nowMs,
  unwatchedMs: 0,
  alarms: Object.fromEntries(bake.alarms.map((name) => [name, { ...NO_LOOKS, states: {} }])),
  logs: bake.logs.map(() => ({ ...NO_LOOKS, highest: 0, fromMs: nowMs })),
  services: Object.fromEntries(
    services.map((name) => [name, { ...NO_LOOKS, elsewhere: 0, tasks: [], desired: null }]),
  ),
});

type Clock = Pick<BakeMemory, 'startedAtMs' | 'lookedAtMs' | 'unwatchedMs'>;

export const bakeEndMs = (
  { startedAtMs, unwatchedMs }: Pick<Clock, 'startedAtMs' | 'unwatchedMs'>,
  { durationMs }: Pick<BakePlan, 'durationMs'>,
): number => startedAtMs + durationMs + unwatchedMs;

/** How much of the bake time has been watched. */
export const bakedMs = (memory: Clock, bake: Pick<BakePlan, 'durationMs'>, nowMs: number): number =>
  Math.min(nowMs - memory.startedAtMs - memory.unwatchedMs, bake.durationMs);

/** A busy worker is late by as much, whatever the poll interval is. */
const LATE_MS = 1_000;

/**
 * Before a look: time since the last one that is much longer than the poll interval has been watched by nobody.
 * What was left of the bake time then is left now.
 */
export const addUnwatched = <T extends Clock>(
  memory: T,
  bake: Pick<BakePlan, 'durationMs'>,
  pollIntervalMs: number,
  nowMs: number,
): T => {
  const gapMs = nowMs - memory.lookedAtMs;
  const isGap = gapMs > Math.max(3 * pollIntervalMs, pollIntervalMs + LATE_MS);
  const watchedToMs = memory.lookedAtMs + pollIntervalMs;
  if (!isGap || watchedToMs >= bakeEndMs(memory, bake)) return memory;
  return { ...memory, unwatchedMs: memory.unwatchedMs + nowMs - watchedToMs };
};

export const measured = <T extends Looks>(tally: T): T => ({
  ...tally,
  measured: tally.measured + 1,
  trouble: null,
});

export const missed = <T extends Looks>(tally: T, trouble: string): T => ({
  ...tally,
  missed: tally.missed + 1,
  trouble,
  lastTrouble: trouble,
});

/** `INSUFFICIENT_DATA` is no breach: an alarm on errors has no data while there are none. */
export const addAlarm = (
  tally: AlarmTally,
  name: string,
  view: { readonly state: string; readonly reason: string },
): { readonly tally: AlarmTally; readonly breach: Breach | null } => {
  const states = { ...tally.states, [view.state]: (tally.states[view.state] ?? 0) + 1 };
  const already = tally.measured === 0;
  const summary = `alarm ${name} ${already ? 'was in ALARM already when the bake time began' : 'went into ALARM'}`;
  return {
    tally: measured({ ...tally, states }),
    breach:
      view.state === 'ALARM' ? { summary, evidence: [`${name}: ${view.reason || 'no reason given'}`] } : null,
  };
};

/** More matches than so many in the minutes from `fromMs` on prove a breach, whichever minute they are in. */
export const enoughFor = (watch: LogWatch, fromMs: number, toMs: number): number =>
  Math.max(SHOWN_LINES, watch.maximumPerMinute * Math.ceil((toMs - fromMs) / MINUTE_MS));

interface Match {
  readonly id: string;
  readonly atMs: number;
  readonly line: string;
}

/** `matches` are all of `tally.fromMs` (a minute's beginning) to `readToMs`, those of looks before among them. */
export const addMatches = (
  tally: LogTally,
  watch: LogWatch,
  matches: readonly Match[],
  startedAtMs: number,
  readToMs: number,
): { readonly tally: LogTally; readonly breach: Breach | null } => {
  const once = [...new Map(matches.map((match) => [match.id, match])).values()];
  const inTime = once.filter(({ atMs }) => atMs >= tally.fromMs && atMs < readToMs);
  const minutes = new Map<number, Match[]>();
  for (const match of inTime) {
    const minute = Math.floor((match.atMs - startedAtMs) / MINUTE_MS);
    minutes.set(minute, [...(minutes.get(minute) ?? []), match]);
  }
  const fullest = [...minutes.values()].reduce<readonly Match[]>(
    (most, minute) => (minute.length > most.length ? minute : most),
    [],
  );
  const final = Math.floor((readToMs - ARRIVAL_MS - startedAtMs) / MINUTE_MS);
  return {
    tally: measured({
      ...tally,
      highest: Math.max(tally.highest, fullest.length),
      fromMs: Math.max(tally.fromMs, startedAtMs + final * MINUTE_MS),
    }),
    breach: fullest.length > watch.maximumPerMinute ? logBreach(watch, fullest) : null,
  };
};

const logBreach = (watch: LogWatch, matches: readonly Match[]): Breach => ({
  // At least: what is over the limit is not counted to its end.
  summary: `${nameOf(watch)}: at least ${matches.length} matches within a minute (limit ${watch.maximumPerMinute})`,
  evidence: [...matches]
    .sort((one, other) => one.atMs - other.atMs)
    .slice(0, SHOWN_LINES)
    .map(({ line }) => `${watch.service}: ${line}`),
});

/** What the last look could not see. */
export const openTroubles = (memory: BakeMemory, bake: BakePlan): readonly Breach[] =>
  entries(memory, bake).flatMap(({ name, looks }) =>
    looks.trouble === null
      ? []
      : [{ summary: `${name} could not be measured at the end of the bake time`, evidence: [looks.trouble] }],
  );

/** One line for each thing that was watched, and one for the time in which nothing was. */
export const watchedLines = (memory: BakeMemory, bake: BakePlan): readonly string[] => [
  ...entries(memory, bake).map(({ name, looks, seen }) => {
    const why = looks.missed > 0 && looks.lastTrouble !== null ? ` (${looks.lastTrouble})` : '';
    return `${name}: ${seen}, ${looks.missed} could not be measured${why}`;
  }),
  ...(memory.unwatchedMs > 0
    ? [
        `no worker watched for ${Math.round(memory.unwatchedMs / 1000)} s: the bake time was extended by as much`,
      ]
    : []),
];

const entries = (
  { alarms, logs, services }: BakeMemory,
  bake: BakePlan,
): readonly { readonly name: string; readonly looks: Looks; readonly seen: string }[] => [
  ...Object.entries(alarms).map(([name, looks]) => ({
    name: `alarm ${name}`,
    looks,
    seen: statesOf(looks),
  })),
  ...bake.logs.flatMap((watch, index) => {
    const looks = logs[index];
    if (!looks) return [];
    const seen = `at most ${looks.highest} a minute (limit ${watch.maximumPerMinute}) in ${looks.measured} looks`;
    return [{ name: nameOf(watch), looks, seen }];
  }),
  ...Object.entries(services).map(([name, looks]) => ({
    name: `tasks of ${name}`,
    looks,
    seen: `${looks.measured} looks`,
  })),
];

const statesOf = ({ states }: AlarmTally): string => {
  const [first, ...others] = Object.entries(states);
  if (!first) return 'no state seen';
  return [`${first[0]} in ${first[1]} looks`, ...others.map(([state, looks]) => `${state} in ${looks}`)].join(
    ', ',
  );
};

const nameOf = ({ pattern, service, container }: LogWatch): string =>
  `log ${JSON.stringify(pattern)} of ${container === undefined ? service : `${service}/${container}`}`;
