/**
 * Text from commits, logs and AWS may hold escape codes and commands for a CI runner: nothing of that gets through.
 */
import { stripVTControlCharacters } from 'node:util';

/** C0 and C1 controls, and the marks that reorder or hide text (bidi, zero width, line separators). */
const UNSAFE = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** `##[error]` (GitHub, wherever it stands in a line), `##vso[…]` (Azure), `##teamcity[…]`. */
const RUNNER_COMMAND = /##(?=\w*\[)/g;

/**
 * Lines as a CI runner must not read them: GitHub's takes what begins with `::`, after blanks, as a command
 * (actions/runner, ActionCommand.cs). For all lines that may begin with text that is not ours.
 */
export const inert = (text: string): string => text.replaceAll(/^([^\S\n]*)::/gm, '$1│ ::');

/** What JSON leaves as it is although a terminal may act on it, or show what is not there. */
const UNSAFE_IN_JSON = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** JSON for a pipe, a terminal, or for the log of a CI job: the same value, without `##[` and with escapes for the rest. */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent)
    .replaceAll(RUNNER_COMMAND, '#\\u0023')
    .replaceAll(UNSAFE_IN_JSON, (point) => `\\u${point.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** One line, safe to print. */
export const oneLine = (text: string): string =>
  stripVTControlCharacters(text)
    .replaceAll(/(?:(?!\ufeff)\s)+/g, ' ')
    .replaceAll(UNSAFE, '')
    .replaceAll(RUNNER_COMMAND, '## ')
    .trim();

/** As `oneLine`, but blanks stay as they are: for a text that is a cell of a table. */
export const printable = (text: string): string =>
  stripVTControlCharacters(text)
    .replaceAll(/[\t\n\v\f\r\u0085\u2028\u2029]/g, ' ')
    .replaceAll(UNSAFE, '')
    .replaceAll(RUNNER_COMMAND, '## ');

/** Lines of a text of several, each safe to print; empty ones are left out. */
export const safeLines = (text: string): string[] =>
  stripVTControlCharacters(text)
    .split(/\r\n|[\r\n]/)
    .map((line) =>
      line.replaceAll('\t', '  ').replaceAll(UNSAFE, '').replaceAll(RUNNER_COMMAND, '## ').trimEnd(),
    )
    .filter((line) => line !== '');

/** Cut to `width` with an ellipsis; for text that `oneLine` has made safe. */
export const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1)).replace(HALF_A_SIGN, '')}…`;

/** What is left of a sign of two code units, such as 🚀. */
const HALF_A_SIGN = /[\ud800-\udbff]$/;
