/**
 * Lines of a frame, made of cells: cleaned, cut to the width of the terminal as it counts columns, then coloured. Only
 * what passes here gets into a frame, so that no text from outside can break a line or hold an escape code.
 */
import stringWidth from 'string-width';
import { printable } from '../sanitize.ts';

export interface Cell {
  readonly text: string;
  readonly paint?: ((text: string) => string) | undefined;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const GAP = '  ';
const PLAIN = /^[\x20-\x7e]*$/;

/**
 * Columns that a text may take. Terminals differ in what they join (flags, skin tones): the wider reading counts, as a
 * line that is too long breaks the frame and one that is too short does not.
 */
export const columnsOf = (text: string): number => {
  if (PLAIN.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) columns += graphemeColumns(segment);
  return columns;
};

/** Frames say the same again and again, and to measure takes its time. */
const measured = new Map<string, number>();
const MOST_MEASURED = 10_000;

const graphemeColumns = (grapheme: string): number => {
  const known = measured.get(grapheme);
  if (known !== undefined) return known;
  let apart = 0;
  for (const point of grapheme) apart += stringWidth(point);
  const columns = Math.max(apart, stringWidth(grapheme));
  if (measured.size >= MOST_MEASURED) measured.clear();
  measured.set(grapheme, columns);
  return columns;
};

/** Cut to `columns`, with an ellipsis where something is missing. */
export const cutTo = (text: string, columns: number): string => {
  if (columnsOf(text) <= columns) return text;
  if (columns < 1) return '';
  let kept = '';
  let room = columns - 1;
  for (const { segment } of graphemes.segment(text)) {
    room -= graphemeColumns(segment);
    if (room < 0) break;
    kept += segment;
  }
  return `${kept}…`;
};

export const padTo = (text: string, columns: number): string => {
  const cut = cutTo(text, columns);
  return cut + ' '.repeat(Math.max(0, columns - columnsOf(cut)));
};

/** Two blanks between cells; empty ones are left out. Cells that find no room any more are cut or left out. */
export const lineOf = (
  columns: number,
  cells: readonly (Cell | string | undefined)[],
  indent = '',
): string => {
  const parts: Cell[] = [];
  let room = columns - indent.length;
  for (const each of cells) {
    const gap = parts.length === 0 ? 0 : GAP.length;
    if (each === undefined || room <= gap) continue;
    const { text, paint } = typeof each === 'string' ? { text: each, paint: undefined } : each;
    const clean = cutTo(printable(text), room - gap);
    // An ellipsis alone says nothing.
    if (clean === '' || (clean === '…' && text !== clean)) continue;
    parts.push({ text: clean, paint });
    room -= gap + columnsOf(clean);
  }
  while (parts.at(-1)?.text.trim() === '') parts.pop();
  const painted = parts.map(({ text, paint }, index) => {
    const shown = index === parts.length - 1 ? text.trimEnd() : text;
    return paint ? paint(shown) : shown;
  });
  return painted.length === 0 ? '' : indent.slice(0, Math.max(0, columns)) + painted.join(GAP);
};

export const widest = (texts: readonly string[], most: number): number =>
  Math.min(most, Math.max(0, ...texts.map(columnsOf)));
