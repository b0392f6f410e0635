/** Where the time of a release went, out of its report: its stages, and what people have held it up for. */
import type { OperatorRecord, ReleaseReport, StepKind } from '../verdict.ts';

/** All steps of one kind: what ran at the same time counts once. */
export interface Stage {
  readonly kind: StepKind;
  readonly durationMs: number;
}

export interface Pause {
  /** A claim for the record, not an identity. */
  readonly who: string;
  readonly reason: string;
  readonly fromMs: number;
  /** When it was resumed, ended by itself, or meant nothing any more. */
  readonly untilMs: number;
}

type Timed = Pick<ReleaseReport, 'steps' | 'operators' | 'endedAtMs'>;

/** In the order in which they began; a step that never ran took no time and is left out. */
export const stagesOf = ({ steps, endedAtMs }: Timed): readonly Stage[] => {
  const spans = new Map<StepKind, [fromMs: number, untilMs: number][]>();
  for (const { kind, startedAtMs, endedAtMs: untilMs = endedAtMs } of steps) {
    if (startedAtMs !== undefined) spans.set(kind, [...(spans.get(kind) ?? []), [startedAtMs, untilMs]]);
  }
  return [...spans]
    .map(([kind, all]) => ({ kind, all: all.sort(([one], [other]) => one - other) }))
    .sort((one, other) => (one.all[0]?.[0] ?? 0) - (other.all[0]?.[0] ?? 0))
    .map(({ kind, all }) => ({ kind, durationMs: covered(all) }));
};

/** @param spans by their beginning */
const covered = (spans: readonly (readonly [number, number])[]): number => {
  let [sum, seen] = [0, Number.NEGATIVE_INFINITY];
  for (const [fromMs, untilMs] of spans) {
    sum += Math.max(0, untilMs - Math.max(fromMs, seen));
    seen = Math.max(seen, untilMs);
  }
  return sum;
};

const ENDS_PAUSE: readonly OperatorRecord['action'][] = ['pause', 'resume', 'rollback', 'abort', 'deny'];

/** The first one first. A pause under new terms is another one. The way back ends it, as that is not paused. */
export const pausesOf = ({ operators, steps, endedAtMs }: Timed): readonly Pause[] => {
  const said = operators.filter(({ accepted }) => accepted);
  const backAtMs = steps
    .filter(({ kind }) => kind === 'restore')
    .map(({ startedAtMs }) => startedAtMs ?? endedAtMs);
  return said.flatMap(({ action, who, reason, atMs, forMs }, index) => {
    if (action !== 'pause') return [];
    const next = said.slice(index + 1).find((each) => ENDS_PAUSE.includes(each.action))?.atMs;
    const ends = [endedAtMs, ...backAtMs.filter((ms) => ms >= atMs)];
    if (next !== undefined) ends.push(next);
    if (forMs !== undefined) ends.push(atMs + forMs);
    return [{ who, reason, fromMs: atMs, untilMs: Math.min(...ends) }];
  });
};
