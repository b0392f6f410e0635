/** A release that has ended, in a line; in a narrow terminal in a few. */
import type { Ending, LedgerLine } from '../../release/environment/ledger.ts';
import { columnsOf, cutTo } from './columns.ts';
import { humanDuration } from './duration.ts';
import { utcTime } from './hold.ts';
import { oneLine } from './sanitize.ts';
import { said } from './short-names.ts';
import { type Colors, colorsFor, type RenderOptions } from './style.ts';
import { HEADLINE } from './verdict-text.ts';

/** Below this a line would have no room left for the commit's subject. */
const WIDE = 100;
const WIDEST_TIME = 7;

/** @param width what there is for it */
export function entryLines(entry: LedgerLine, options: RenderOptions): string[] {
  return options.wrap && options.width < WIDE ? narrowLines(entry, options) : [wideLine(entry, options)];
}

function wideLine(entry: LedgerLine, options: RenderOptions): string {
  const { number, commit, verdict, rollbackTo, startedAtMs, endedAtMs } = entry;
  const by = byText(entry);
  const took = humanDuration(endedAtMs - startedAtMs);
  const head = `${String(number).padStart(4)}  ${utcTime(endedAtMs)}  ${commit.sha.slice(0, 12)}`;
  const padding = ' '.repeat(Math.max(0, WIDEST - labelOf(verdict).length));
  const room = Math.max(20, options.width - head.length - WIDEST - 4);
  // Who it was stays to be seen, however long the subject.
  const forSubject = Math.max(8, room - WIDEST_TIME - columnsOf(by) - '    “”'.length);
  const what = rollbackTo === null ? subjectOf(entry, forSubject) : `back to release ${rollbackTo}`;
  const why = whyText(entry);
  const rest = [took.padStart(WIDEST_TIME), what, by, why].filter(Boolean).join('  ');
  return `${head}  ${verdictWord(verdict, colorsFor(options))}${padding}  ${cutTo(rest, room)}`;
}

function narrowLines(entry: LedgerLine, options: RenderOptions): string[] {
  const { number, commit, verdict, rollbackTo, startedAtMs, endedAtMs } = entry;
  const room = Math.max(8, options.width - INDENT.length);
  const took = humanDuration(endedAtMs - startedAtMs);
  const what = rollbackTo === null ? subjectOf(entry, room - 2) : `back to release ${rollbackTo}`;
  const about = [
    ...flow([utcTime(endedAtMs), `took ${took}`, commit.sha.slice(0, 12), byText(entry)], room),
    what,
    cutTo(whyText(entry), room),
  ];
  return [
    `${String(number).padStart(4)}  ${verdictWord(verdict, colorsFor(options))}`,
    ...about.filter(Boolean).map((line) => `${INDENT}${line}`),
  ];
}

const INDENT = ' '.repeat(6);

/** Cells behind each other as long as there is room. */
const flow = (cells: readonly string[], room: number): string[] => {
  const lines: string[] = [];
  for (const cell of cells.filter(Boolean)) {
    const last = lines.at(-1);
    if (last === undefined || columnsOf(last) + 2 + columnsOf(cell) > room) lines.push(cutTo(cell, room));
    else lines.splice(-1, 1, `${last}  ${cell}`);
  }
  return lines;
};

const byText = ({ startedBy }: LedgerLine): string =>
  startedBy === null ? '' : `by ${cutTo(oneLine(startedBy), 30)}`;

const subjectOf = ({ commit }: LedgerLine, room: number): string =>
  `“${cutTo(oneLine(commit.subject), room)}”`;

const whyText = ({ verdict, cause, broughtBy }: LedgerLine): string => {
  if (broughtBy !== null) return `in place since release ${broughtBy}`;
  return verdict === 'succeeded' || !cause ? '' : said(cause.summary);
};

const BROKEN_OFF = '✗ broken off';

const labelOf = (verdict: Ending): string => (verdict === 'broken-off' ? BROKEN_OFF : HEADLINE[verdict].text);

const WIDEST = Math.max(BROKEN_OFF.length, ...Object.values(HEADLINE).map(({ text }) => text.length));

export const verdictWord = (verdict: Ending, colors: Colors): string =>
  colors[verdict === 'broken-off' ? 'red' : HEADLINE[verdict].color](labelOf(verdict));
