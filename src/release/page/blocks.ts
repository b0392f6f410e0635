/**
 * Pieces of a page in Markdown. Whatever is not ours stands in code, inline or fenced: there nothing is a link, HTML, or
 * a heading. Tables are text in a fence as well: Temporal's UI knows Markdown tables since July 2026 only, and drops HTML
 * (github.com/temporalio/ui/pull/3673); `temporal workflow metadata` prints the page as it is.
 */
import { plainLine } from './inert.ts';

/** @param text of anybody */
export const code = (text: string, longest = 200): string => {
  const line = lineOf(text, longest);
  if (line === '') return '';
  const ticks = '`'.repeat(longestRun(line) + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${ticks}${pad}${line}${pad}${ticks}`;
};

/** @param lines of anybody */
export const fenced = (lines: readonly string[], language = 'text', longest = 200): string =>
  fence(
    lines.map((line) => lineOf(line, longest)),
    language,
  );

/** @param lines that are plain */
const fence = (lines: readonly string[], language: string): string => {
  const ticks = '`'.repeat(Math.max(3, longestRun(lines.join('\n')) + 1));
  return [`${ticks}${language}`, ...lines, ticks].join('\n');
};

/** Without long runs of back ticks, as what surrounds them has to be longer. */
const lineOf = (text: string, longest: number): string => plainLine(text, longest).replaceAll(/`{3,}/g, '``');

const longestRun = (text: string): number =>
  Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));

export const section = (title: string, body: string): string =>
  body === '' ? '' : `### ${title}\n\n${body}`;

export const bullets = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join('\n');

export type Row = readonly string[];

const WIDEST_CELL = 32;

/** Cells below each other; the last one of a row may be as long as it likes. */
export const table = (rows: readonly Row[]): string => {
  const cells = rows.map((row) =>
    row.map((cell, index) => lineOf(cell, index === row.length - 1 ? 160 : WIDEST_CELL)),
  );
  const columns = Math.max(0, ...cells.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, index) =>
    // The last cell of a row needs none below it.
    Math.max(0, ...cells.map((row) => (index < row.length - 1 ? Array.from(row[index] ?? '').length : 0))),
  );
  const pad = (cell: string, width: number): string =>
    cell + ' '.repeat(Math.max(0, width - Array.from(cell).length));
  const lines = cells.map((row) =>
    row
      .map((cell, index) => pad(cell, widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return rows.length === 0 ? '' : fence(lines, 'text');
};

/** `2026-11-23 20:45:07 UTC` */
export const utc = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** `20:45:07` */
export const timeOfDay = (ms: number): string => new Date(ms).toISOString().slice(11, 19);

/** In UTF-8. */
export const bytesOf = (text: string): number => {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
};

/** A page is asked for with each look at a run, and kept in the worker's memory. */
export const MOST_BYTES = 16_000;

const ROOM = [60, 40, 20, 10, 5, 2, 1] as const;

/** With as many rows to each table as fit. */
export const fitting = (render: (rows: number) => string): string => {
  for (const rows of ROOM) {
    const page = render(rows);
    if (bytesOf(page) <= MOST_BYTES) return page;
  }
  return cutTo(render(0));
};

/** What no page should need: the end is cut off. */
const cutTo = (page: string): string => {
  let cut = page;
  while (bytesOf(cut) > MOST_BYTES - 8) cut = cut.slice(0, Math.floor(cut.length * 0.9));
  return cut === page ? page : `${cut}\n\n…`;
};
