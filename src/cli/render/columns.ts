/** How wide a text is in a terminal, and texts of a given width: columns, not characters. */
import stringWidth from 'string-width';
import { oneLine } from './sanitize.ts';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const PLAIN = /^[\x20-\x7e]*$/;

/** What a reader takes for one sign each. */
export const graphemesOf = (text: string): string[] =>
  [...graphemes.segment(text)].map(({ segment }) => segment);

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

/** With blanks behind it, where it takes less. */
export const padded = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - columnsOf(text)));

/** Of exactly so many columns: cut, or with blanks behind it. */
export const padTo = (text: string, columns: number): string => padded(cutTo(text, columns), columns);

/** Columns that the widest of them takes when it is shown as one line. */
export const widest = (texts: readonly string[], most = Number.POSITIVE_INFINITY): number =>
  Math.min(most, Math.max(0, ...texts.map((text) => columnsOf(oneLine(text)))));
