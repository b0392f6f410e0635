/** What a person should read: why the release stands still and what answers it, what went wrong, what may yet. */
import type { PendingActivity } from '../../../client/watch-release.ts';
import type { ReleaseStatus } from '../../../release/verdict.ts';
import { columnsOf } from '../columns.ts';
import { type Answer, activeHold, answerLines, holdAnswers, holdLine } from '../hold.ts';
import { operatorLine } from '../operators.ts';
import { oneLine } from '../sanitize.ts';
import { type Colors, colorsFor } from '../style.ts';
import { type Cell, lineOf } from './cells.ts';
import type { Block } from './layout.ts';
import type { FrameSize, LiveState } from './state.ts';
import { waits } from './steps.ts';

const fixed = (lines: readonly string[], rank: number): Block => ({
  least: lines.length,
  good: lines.length,
  want: lines.length,
  rank,
  render: () => lines,
});

/** Nothing goes on until somebody answers: so this is left out last. One that is stuck ends the view, and is said below it. */
export const holdBlock = ({ status, workflowId }: LiveState, size: FrameSize): Block => {
  const colors = colorsFor({ ...size, width: size.columns });
  const hold = status === null ? null : activeHold(status);
  const lines: string[] = [];
  if (hold !== null) {
    lines.push(cutLine(size, { text: holdLine(hold), paint: colors.yellow }));
    lines.push(...commands(holdAnswers(hold, workflowId), size));
  }
  return fixed(lines, 0);
};

/**
 * Each beside what it does, or below it where it would not fit: a command in two lines cannot be copied. One that is even
 * longer than a line goes on in the next, as it must.
 */
const commands = (answers: readonly Answer[], { columns }: FrameSize): string[] => {
  const lines = answerLines(answers);
  if (lines.every((line) => columnsOf(line) <= columns)) return lines.map((line) => lineOf(columns, [line]));
  return answers.flatMap(([what, command]) => [
    lineOf(columns, [`  ${what}:`]),
    ...pieces(`    ${command}`, columns).map((piece) => lineOf(columns, [piece])),
  ]);
};

const pieces = (text: string, columns: number): readonly string[] => {
  const found: string[] = [];
  for (let at = 0; at < text.length; at += columns) found.push(text.slice(at, at + columns));
  return found;
};

export const troubleBlock = ({ trouble }: LiveState, size: FrameSize): Block =>
  fixed(
    trouble === null
      ? []
      : [cutLine(size, { text: trouble, paint: colorsFor({ ...size, width: size.columns }).yellow })],
    1,
  );

const SHOWN = 3;

export const noticesBlock = (
  status: ReleaseStatus,
  others: readonly PendingActivity[],
  size: FrameSize,
): Block => {
  const colors = colorsFor({ ...size, width: size.columns });
  const lines = [
    ...causeLines(status, size, colors),
    ...newest(othersOf(others), size, colors.yellow),
    ...newest(status.operators.map(operatorLine), size, colors.yellow),
    ...newest(
      status.warnings.map((warning) => `! ${oneLine(warning)}`),
      size,
      colors.yellow,
    ),
  ];
  return {
    least: 0,
    good: Math.min(2, lines.length),
    want: lines.length,
    rank: 5,
    render: (height) => lines.slice(0, height),
  };
};

const causeLines = ({ cause }: ReleaseStatus, size: FrameSize, colors: Colors): string[] =>
  cause === null
    ? []
    : [cutLine(size, { text: `✗ ${oneLine(cause.step)}: ${oneLine(cause.summary)}`, paint: colors.red })];

/** Of what belongs to no step: what is tried again, and what nobody has taken. */
const othersOf = (others: readonly PendingActivity[]): readonly string[] => [
  ...new Set(
    others.flatMap((activity) => {
      const { attempt, worker } = activity;
      if (attempt > 1)
        return [`↻ ${oneLine(activity.type)}  attempt ${attempt}: ${oneLine(activity.lastFailure ?? '')}`];
      // That a worker is looked for is the rule, for a moment; that there is none is worth a line.
      return worker === '' && activity.isPolled === false
        ? [`… ${oneLine(activity.type)}: ${waits(activity)}`]
        : [];
    }),
  ),
];

const newest = (
  texts: readonly string[],
  size: FrameSize,
  paint: (text: string) => string,
): readonly string[] => {
  const shown = texts.slice(-SHOWN).map((text) => cutLine(size, { text, paint }));
  const more = texts.length - SHOWN;
  return more > 0 ? [cutLine(size, { text: `… and ${more} before these`, paint }), ...shown] : shown;
};

const cutLine = ({ columns }: FrameSize, cell: Cell): string => lineOf(columns, [cell]);
