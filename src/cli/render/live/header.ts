/** Which release this is, how it stands, and what it goes back to. */

import type { ReleaseStatus } from '../../../release/verdict.ts';
import { arnText } from '../arn.ts';
import { columnsOf, cutTo } from '../columns.ts';
import { humanSeconds } from '../duration.ts';
import { oneLine } from '../sanitize.ts';
import { type Colors, colorsFor } from '../style.ts';
import { HEADLINE } from '../verdict-text.ts';
import { type Cell, lineOf } from './cells.ts';
import type { Block } from './layout.ts';
import type { FrameSize, LiveState } from './state.ts';

export const headerBlock = (state: LiveState, size: FrameSize): Block => {
  const { status, link, workflowId } = state;
  const { columns } = size;
  const colors = colorsFor({ ...size, width: columns });
  const lines =
    status === null
      ? [lineOf(columns, [{ text: '… asking', paint: colors.dim }, oneLine(workflowId)])]
      : [
          firstLine(status, size, colors),
          commitLine(status, columns, colors),
          wayBack(status, columns, colors),
          // Half an address is none.
          link !== null && columnsOf(link) + 2 <= columns
            ? lineOf(columns, [{ text: link, paint: colors.dim }], '  ')
            : '',
        ].filter((line) => line !== '');
  return {
    least: 1,
    good: Math.min(2, lines.length),
    want: lines.length,
    rank: 3,
    render: (height) => lines.slice(0, height),
  };
};

const firstLine = (status: ReleaseStatus, { columns, nowMs }: FrameSize, colors: Colors): string => {
  const { app, environment, number, startedAtMs, endedAtMs } = status;
  return lineOf(columns, [
    headline(status, colors),
    { text: `${oneLine(app)} → ${oneLine(environment)}`, paint: colors.bold },
    humanSeconds((endedAtMs ?? nowMs) - startedAtMs),
    number === null ? undefined : { text: `release ${number}`, paint: colors.dim },
  ]);
};

const headline = ({ phase, verdict, hold }: ReleaseStatus, colors: Colors): Cell => {
  if (verdict !== null) return { text: HEADLINE[verdict].text, paint: colors[HEADLINE[verdict].color] };
  if (phase === 'restoring') return { text: '↩ rolling back', paint: colors.yellow };
  return hold === null ? { text: '▸ running', paint: colors.cyan } : { text: '‖ held', paint: colors.yellow };
};

/** Who began it stays to be seen, however long the subject of the commit. */
const commitLine = (
  { commit, rollbackTo, startedBy }: ReleaseStatus,
  columns: number,
  colors: Colors,
): string => {
  const what = rollbackTo === null ? '' : `back to release ${rollbackTo}`;
  const sha = commit === null ? '' : oneLine(commit.sha).slice(0, 12);
  const by = startedBy === null ? '' : cutTo(`by ${oneLine(startedBy)}`, 30);
  const taken = [what, sha, by].filter(Boolean).reduce((sum, text) => sum + columnsOf(text) + 2, 2);
  const subject = commit === null ? '' : cutTo(oneLine(commit.subject), Math.max(8, columns - taken - 4));
  if (what === '' && sha === '' && by === '') return '';
  return lineOf(
    columns,
    [what, sha, subject === '' ? '' : `“${subject}”`, { text: by, paint: colors.dim }],
    '  ',
  );
};

/** The task definitions that its services had before, or the release that it brings back. */
const wayBack = ({ services, phase, verdict }: ReleaseStatus, columns: number, colors: Colors): string => {
  const targets = services.flatMap(({ name, baseline }) =>
    baseline === null ? [] : [{ name, target: arnText(baseline) }],
  );
  if (targets.length === 0 || verdict !== null) return '';
  const word = phase === 'restoring' ? 'goes back to' : 'if it fails, back to';
  const texts = targets.map(({ name, target }) =>
    target.startsWith(`${name}:`) ? target : `${oneLine(name)} on ${target}`,
  );
  const said = severalOf(texts, columns - word.length - 4);
  return lineOf(columns, [{ text: `${word} ${said}`, paint: colors.dim }], '  ');
};

/** As many as find room, at least one, and how many more there are. */
const severalOf = (texts: readonly string[], room: number): string => {
  const shown: string[] = [];
  let used = 0;
  for (const [index, text] of texts.entries()) {
    const rest = texts.length - index - 1;
    used += columnsOf(text) + (index === 0 ? 0 : 2);
    const more = rest === 0 ? 0 : ` and ${rest} more`.length;
    if (shown.length > 0 && used + more > room) break;
    shown.push(text);
  }
  const left = texts.length - shown.length;
  return left === 0 ? shown.join(', ') : `${shown.join(', ')} and ${left} more`;
};
