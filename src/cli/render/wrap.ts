/**
 * Lines that fit the terminal they are for: broken at spaces, what goes on stands under what it belongs to. Where there is
 * no terminal nothing is broken, so that a line can be searched for.
 */
import { stripVTControlCharacters } from 'node:util';
import { columnsOf, graphemesOf } from './columns.ts';
import { inert } from './sanitize.ts';
import type { RenderOptions } from './style.ts';

/** A whole text for people, as it is written. */
export const fitted = (text: string, options: RenderOptions): string =>
  inert(fitLines(text.split('\n'), options).join('\n'));

export const fitLines = (lines: readonly string[], { wrap = false, width }: RenderOptions): string[] =>
  wrap ? lines.flatMap((line) => wrapLine(line, width)) : [...lines];

/** What `inert` would put a bar before, when the line is as long as it may be. */
const COMMAND = /^ *::/;
const GUARD = '│ ';

const COLOR = String.raw`\u001b\[[\d;]*m`;

/** Blanks, or a word with the colours in it; a time is one word. */
const TOKENS = new RegExp(
  String.raw` +|(?:${COLOR}|\b\d+[hm] \d\d[ms]\b|\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\b|[^ \u001b])+`,
  'g',
);
const LEADING_COLORS = new RegExp(`^(?:${COLOR})+`);
const COLORS_AND_TEXT = new RegExp(String.raw`${COLOR}|[^\u001b]+`, 'g');

/** @param line may hold colours, and no other control character */
export function wrapLine(line: string, width: number): string[] {
  const plain = stripVTControlCharacters(line);
  const guard = COMMAND.test(plain) ? GUARD.length : 0;
  if (columnsOf(plain) + guard <= width) return [line];
  const { first, next, least } = leadsOf(plain, width);
  const lines: string[] = [];
  let current = first;
  let used = columnsOf(first);
  let gap = '';
  let isBlank = true;
  const breakLine = (columns: number): void => {
    lines.push(current.trimEnd());
    // A word in one piece is worth more than its place.
    const lead = columns > width - columnsOf(next) ? least : next;
    current = lead;
    used = columnsOf(lead);
    isBlank = true;
  };
  for (const token of withoutLead(line, first).match(TOKENS) ?? []) {
    if (token.startsWith(' ')) {
      gap += token;
      continue;
    }
    const word = stripVTControlCharacters(token);
    const columns = columnsOf(word);
    if (columns === 0) {
      // A colour ends where its word does: whether blanks have one cannot be seen.
      current += token;
      continue;
    }
    if (!isBlank && used + gap.length + columns > width) breakLine(columns);
    if (!isBlank && used + gap.length <= width) {
      current += gap;
      used += gap.length;
    }
    gap = '';
    if (isBlank && COMMAND.test(word) && !current.includes('│')) {
      current += GUARD;
      used += GUARD.length;
    }
    for (const [index, piece] of piecesOf(token, width - used, width - columnsOf(least)).entries()) {
      if (index > 0) breakLine(columns);
      current += piece;
      used += columnsOf(stripVTControlCharacters(piece));
    }
    isBlank = false;
  }
  return [...lines, current.trimEnd()];
}

/** What evidence stands behind, in each of its lines. */
const BAR = /^ *│ */;
const SMALLEST_ROOM = 12;

/** What the first line begins with, and those that it goes on in: under the last cell that leaves room enough. */
function leadsOf(plain: string, width: number) {
  const [bar = ''] = BAR.exec(plain) ?? [];
  const indent = bar || (/^ */.exec(plain)?.[0] ?? '');
  const cells = [...plain.matchAll(/(?<=\S) {2,}(?=\S)/g)].map(({ index, 0: { length } }) =>
    columnsOf(plain.slice(0, index + length)),
  );
  const under = bar === '' ? cells.filter((column) => column <= width / 2).at(-1) : undefined;
  const next = under === undefined ? `${indent}  ` : ' '.repeat(under);
  const least = bar || '  ';
  return { first: indent, next: columnsOf(next) + SMALLEST_ROOM <= width ? next : least, least };
}

/** The line from its first word on; colours that begin before it stay. */
function withoutLead(line: string, lead: string): string {
  let rest = line;
  let colors = '';
  for (const sign of lead) {
    const [color = ''] = LEADING_COLORS.exec(rest) ?? [];
    colors += color;
    rest = rest.slice(color.length);
    if (rest.startsWith(sign)) rest = rest.slice(sign.length);
  }
  return colors + rest;
}

/** A word that no line has room for, in as many as it takes. */
function piecesOf(token: string, room: number, more: number): readonly string[] {
  if (columnsOf(stripVTControlCharacters(token)) <= room) return [token];
  const pieces: string[] = [];
  let piece = '';
  let left = room;
  for (const [part] of token.matchAll(COLORS_AND_TEXT)) {
    for (const sign of part.startsWith('\u001b') ? [part] : graphemesOf(part)) {
      const columns = columnsOf(stripVTControlCharacters(sign));
      if (columns > left && piece !== '') {
        pieces.push(piece);
        piece = '';
        left = Math.max(1, more);
      }
      piece += sign;
      left -= columns;
    }
  }
  return [...pieces, piece];
}
