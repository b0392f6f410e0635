/**
 * Lines of a frame, made of cells: cleaned, cut to the width of the terminal as it counts columns, then coloured. Only
 * what passes here gets into a frame, so that no text from outside can break a line or hold an escape code.
 */
import { columnsOf, cutTo } from '../columns.ts';
import { printable } from '../sanitize.ts';

export interface Cell {
  readonly text: string;
  readonly paint?: ((text: string) => string) | undefined;
}

const GAP = '  ';

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
