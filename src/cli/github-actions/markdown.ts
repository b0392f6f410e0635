/**
 * Texts that are not ours, as parts of a Markdown page that GitHub shows.
 */
import { cut, oneLine, safeLines } from '../render/sanitize.ts';

/**
 * Of references to characters nothing in Markdown or HTML is made (CommonMark, "Entity and numeric character
 * references"): no pipe ends a cell, no backtick begins code, no tag, link, mention or image.
 */
const entities = (text: string): string =>
  text.replaceAll(/[^\p{L}\p{N} ]/gu, (character) =>
    // Dashes, arrows and check marks mean nothing there, and stay readable in the file.
    (character.codePointAt(0) ?? 0) < 128 ? `&#${character.codePointAt(0)};` : character,
  );

export const inline = (text: string, longest = 300): string => entities(cut(oneLine(text), longest));

/** In a cell or a sentence. GitHub makes no mention, issue or commit of what stands in it. */
export const code = (text: string, longest = 300): string => {
  const inside = inline(text, longest);
  return inside === '' ? '' : `<code>${inside}</code>`;
};

/** Lines as they are. Inside of `<pre>` nothing is Markdown until its end, which no line can hold. */
export const preformatted = (
  text: string,
  { lines, width }: { readonly lines: number; readonly width: number },
): string => {
  const all = safeLines(text);
  const kept = all.slice(-lines).map((line) => cut(line, width));
  const left = all.length - kept.length;
  const shown = left > 0 ? [`… ${left} lines before`, ...kept] : kept;
  return `<pre>${shown.join('\n').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</pre>`;
};

/** @param rows cells that are Markdown already */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
