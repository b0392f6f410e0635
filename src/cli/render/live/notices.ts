/** What a person should read: why the release stands still and what answers it, what went wrong, what may yet. */
import type { PendingActivity } from '../../../client/watch-release.ts';
import type { ReleaseStatus } from '../../../release/verdict.ts';
import { answerLines } from '../command-lines.ts';
import { activeHold, holdAnswers, holdLine } from '../hold.ts';
import { operatorLine } from '../operators.ts';
import { oneLine } from '../sanitize.ts';
import { said } from '../short-names.ts';
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
    const answers = answerLines(holdAnswers(hold, workflowId), {
      color: false,
      width: size.columns,
      wrap: true,
    });
    lines.push(...answers.map((line) => lineOf(size.columns, [line])));
  }
  return fixed(lines, 0);
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
      status.warnings.map((warning) => `! ${said(warning)}`),
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
    : [cutLine(size, { text: `✗ ${oneLine(cause.step)}: ${said(cause.summary)}`, paint: colors.red })];

/** Of what belongs to no step: what is tried again, and what nobody has taken. */
const othersOf = (others: readonly PendingActivity[]): readonly string[] => [
  ...new Set(
    others.flatMap((activity) => {
      const { attempt, worker } = activity;
      if (attempt > 1)
        return [`↻ ${oneLine(activity.type)}  attempt ${attempt}: ${said(activity.lastFailure ?? '')}`];
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
