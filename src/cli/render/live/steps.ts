/**
 * The steps of a release. What runs and what failed is shown one by one as long as there is room; what went well, and
 * what is to come, is folded into a line each when there is none.
 */
import type { PendingActivity } from '../../../client/watch-release.ts';
import type { StepState, StepStatus } from '../../../release/verdict.ts';
import { padTo, widest } from '../columns.ts';
import { humanDuration, humanSeconds } from '../duration.ts';
import { waitsForWorker } from '../pending.ts';
import { oneLine } from '../sanitize.ts';
import { said } from '../short-names.ts';
import { STEP_GLYPH, stepPaint } from '../step-line.ts';
import { colorsFor } from '../style.ts';
import { wrapLine } from '../wrap.ts';
import { barOf, bytesText, progressIn } from './bar.ts';
import { lineOf } from './cells.ts';
import type { Block } from './layout.ts';
import type { FrameSize } from './state.ts';

const WORD: Readonly<Record<StepState, string>> = {
  waiting: 'waiting',
  running: 'running',
  succeeded: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
  skipped: 'skipped',
};

const WIDEST_WORD = Math.max(...Object.values(WORD).map((word) => word.length));
/** The numbers beside it say more, where there is little room. */
const barCells = (columns: number): number => (columns < 72 ? 4 : 12);
/** That a worker is looked for is the rule, for a moment. */
const WORKER_IS_LATE_MS = 3_000;

/** How much of the steps is shown one by one. */
interface Folding {
  /** So many of those that went well, from the first, are one line. */
  readonly done: number;
  readonly toCome: boolean;
  /** A second line for what a step that runs last said. */
  readonly words: boolean;
}

export const stepsBlock = (
  steps: readonly StepStatus[],
  byStep: ReadonlyMap<string, PendingActivity>,
  size: FrameSize,
): Block => {
  const count = counter(steps, byStep, size.nowMs);
  const well = steps.filter(({ state }) => state === 'succeeded').length;
  const good = count({ done: well, toCome: true, words: true });
  return {
    least: Math.min(1, steps.length),
    good: Math.min(good, Math.max(3, Math.ceil(size.rows / 2))),
    want: count({ done: 0, toCome: false, words: true }),
    rank: 2,
    render: (height) => {
      for (const folding of foldings(well)) {
        if (count(folding) <= height) return drawSteps(steps, byStep, folding, size);
      }
      const pressing = steps.filter(
        ({ state }) => state === 'running' || state === 'failed' || state === 'cancelled',
      );
      const shown = pressing.slice(0, Math.max(0, height - 1));
      const lines = drawSteps(shown, byStep, { done: 0, toCome: false, words: false }, size);
      return [...lines, countsLine(steps, size)];
    },
  };
};

/** All of them, none cut. */
export const wholeSteps = (steps: readonly StepStatus[], size: FrameSize): string[] =>
  drawSteps(steps, new Map(), { done: 0, toCome: false, words: false }, { ...size, columns: ANY }).flatMap(
    (line) => wrapLine(line, size.columns),
  );

const ANY = 10_000;

/** How many lines a folding takes. */
const counter = (
  steps: readonly StepStatus[],
  byStep: ReadonlyMap<string, PendingActivity>,
  nowMs: number,
) => {
  const toCome = steps.filter(isToCome).length;
  const words = steps.filter((step) => wordsOf(step, byStep.get(step.id), nowMs) !== '').length;
  return (folding: Folding): number =>
    steps.length -
    Math.max(0, folding.done - 1) -
    (folding.toCome && toCome > 1 ? toCome - 1 : 0) +
    (folding.words ? words : 0);
};

/** From all there is to the least that still names each step at work. */
function* foldings(well: number): Generator<Folding> {
  yield { done: 0, toCome: false, words: true };
  yield { done: 0, toCome: true, words: true };
  for (let done = 2; done <= well; done += 1) yield { done, toCome: true, words: true };
  for (let done = 0; done <= well; done += 1) yield { done, toCome: true, words: false };
}

const isToCome = ({ state }: StepStatus): boolean => state === 'waiting' || state === 'skipped';

function drawSteps(
  steps: readonly StepStatus[],
  byStep: ReadonlyMap<string, PendingActivity>,
  folding: Folding,
  size: FrameSize,
): string[] {
  const { columns } = size;
  const colors = colorsFor({ ...size, width: columns });
  const folded = steps.filter(({ state }) => state === 'succeeded').slice(0, folding.done);
  const toCome = steps.filter(isToCome);
  const isFolded = folding.toCome && toCome.length > 1;
  const shown = steps.filter((step) => !folded.includes(step) && !(isFolded && isToCome(step)));
  // Of all of them: columns stay where they are when some are folded.
  const nameWidth = widest(
    steps.map(({ id }) => id),
    Math.floor(columns / 3),
  );
  const lines: string[] = [];
  if (folded.length > 0) lines.push(foldedLine('✓', 'done', folded, columns, colors.green));
  for (const step of shown)
    lines.push(...drawStep(step, byStep.get(step.id), nameWidth, folding.words, size));
  if (isFolded) lines.push(foldedLine('·', 'to come', toCome, columns, colors.dim));
  return lines;
}

const foldedLine = (
  glyph: string,
  word: string,
  steps: readonly StepStatus[],
  columns: number,
  paint: (text: string) => string,
): string =>
  lineOf(columns, [
    { text: `${glyph} ${steps.length} ${word}`, paint },
    steps.map(({ id }) => oneLine(id)).join(', '),
  ]);

function drawStep(
  step: StepStatus,
  activity: PendingActivity | undefined,
  nameWidth: number,
  withWords: boolean,
  size: FrameSize,
): string[] {
  const { columns, nowMs } = size;
  const colors = colorsFor({ ...size, width: columns });
  const paint = stepPaint(step.state, colors);
  const progress = activity ? progressIn(activity) : undefined;
  const line = lineOf(columns, [
    { text: `${STEP_GLYPH[step.state]} ${padTo(oneLine(step.id), nameWidth)}`, paint },
    { text: padTo(WORD[step.state], WIDEST_WORD), paint },
    elapsed(step, nowMs).padStart(7),
    step.architecture,
    activity && activity.attempt > 1
      ? { text: `attempt ${activity.attempt}`, paint: colors.yellow }
      : undefined,
    progress ? { text: barOf(progress, barCells(columns)), paint: colors.cyan } : undefined,
    step.detail === undefined ? undefined : { text: said(step.detail), paint: colors.dim },
    activity && step.state === 'running' ? { text: oneLine(activity.worker), paint: colors.dim } : undefined,
  ]);
  const words = withWords ? wordsOf(step, activity, nowMs) : '';
  return words === '' ? [line] : [line, lineOf(columns, [{ text: `│ ${words}`, paint: colors.dim }], '    ')];
}

const elapsed = ({ state, startedAtMs, endedAtMs }: StepStatus, nowMs: number): string => {
  if (startedAtMs === undefined) return '';
  if (endedAtMs !== undefined) return humanDuration(endedAtMs - startedAtMs);
  return state === 'running' ? humanSeconds(nowMs - startedAtMs) : '';
};

/** Below the step, while it runs; empty where there is nothing to say. */
const wordsOf = (step: StepStatus, activity: PendingActivity | undefined, nowMs: number): string => {
  if (step.state !== 'running' || activity === undefined) return '';
  const isEarly = nowMs - (step.startedAtMs ?? nowMs) < WORKER_IS_LATE_MS;
  const isAwaited =
    activity.worker === '' && activity.lastFailure === undefined && activity.isPolled !== false;
  return isEarly && isAwaited ? '' : lastWords(activity);
};

/** Why it is tried again, while it waits for that; else what it is at. Of services the table tells. */
const lastWords = (activity: PendingActivity): string => {
  const { heartbeat, lastFailure, attempt, worker } = activity;
  if (worker === '') return waits(activity);
  const progress = progressIn(activity);
  if (typeof heartbeat !== 'object' || heartbeat === null) return failedBefore(attempt, lastFailure);
  const { phase, lastLine } = heartbeat as { readonly phase?: unknown; readonly lastLine?: unknown };
  const parts = [
    failedBefore(attempt, lastFailure),
    typeof phase === 'string' ? oneLine(phase) : '',
    progress ? bytesText(progress) : '',
    oneLine(progress?.current || (typeof lastLine === 'string' ? lastLine : '')),
  ];
  return parts.filter(Boolean).join(': ');
};

const failedBefore = (attempt: number, lastFailure: string | undefined): string =>
  attempt > 1 && lastFailure !== undefined ? `after ${said(lastFailure)}` : '';

export const waits = (activity: PendingActivity): string =>
  activity.lastFailure === undefined
    ? waitsForWorker(activity)
    : `tried again soon, after ${said(activity.lastFailure)}`;

/** So low is the terminal that not even each step at work has a line. */
function countsLine(steps: readonly StepStatus[], { columns }: FrameSize): string {
  const counts = (['running', 'failed', 'succeeded', 'waiting'] as const)
    .map((state) => ({ state, number: steps.filter((step) => step.state === state).length }))
    .filter(({ number }) => number > 0)
    .map(({ state, number }) => `${number} ${WORD[state]}`);
  return lineOf(columns, [`${STEP_GLYPH.running} steps: ${counts.join(', ')}`]);
}
