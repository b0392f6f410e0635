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

const graphemeColumns = (grapheme: string): number => {
  let apart = 0;
  for (const point of grapheme) apart += stringWidth(point);
  return Math.max(apart, stringWidth(grapheme));
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
  let line = indent;
  let room = columns - indent.length;
  let gap = '';
  for (const each of cells) {
    if (each === undefined || room <= gap.length) continue;
    const { text, paint } = typeof each === 'string' ? { text: each, paint: undefined } : each;
    const clean = cutTo(printable(text), room - gap.length);
    if (clean.trim() === '' && clean.length < 2) continue;
    line += gap + (paint ? paint(clean) : clean);
    room -= gap.length + columnsOf(clean);
    gap = '  ';
  }
  return line.trimEnd();
};

export const widest = (texts: readonly string[], most: number): number =>
  Math.min(most, Math.max(0, ...texts.map(columnsOf)));
