/**
 * Text from commits, logs and AWS may hold escape codes: nothing of that reaches the terminal.
 */
import { stripVTControlCharacters } from 'node:util';

/** C0 and C1 controls, and the marks that reorder or hide text (bidi, zero width, line separators). */
const UNSAFE = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** One line, safe to print. */
export const oneLine = (text: string): string =>
  stripVTControlCharacters(text)
    .replaceAll(/(?:(?!\ufeff)\s)+/g, ' ')
    .replaceAll(UNSAFE, '')
    .trim();

/** Lines of a text of several, each safe to print; empty ones are left out. */
export const safeLines = (text: string): string[] =>
  stripVTControlCharacters(text)
    .split(/\r\n|[\r\n]/)
    .map((line) => line.replaceAll('\t', '  ').replaceAll(UNSAFE, '').trimEnd())
    .filter((line) => line !== '');

/** Cut to `width` with an ellipsis; for text that `oneLine` has made safe. */
export const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
