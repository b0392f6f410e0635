/**
 * Commands that people copy. What stands in them – workflow ids, names, reasons – may be anything, and bash, zsh, fish and
 * plain `sh` read the same in it.
 */

/** What a line of text loses on its way to a terminal: controls, marks that hide, blanks in a row, `##[`. */
const LOST = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[^\S ]|(?<=\s)\s|#(?=#*\w*\[)/u;

/** What `printf` or a shell could take for more than itself, and what is lost: of that `printf` gets the octal bytes. */
const FOR_PRINTF = new RegExp(String.raw`[\x21-\x2a\x3b-\x40\x5b-\x60\x7b-\x7e]|^-|${LOST.source}`, 'gu');

/**
 * A text as one word of a shell command. What stands in single quotes stays as it is, but for `'` and `\`, which fish reads
 * as the beginning of an escape there. A text that no line of text could bring to its reader is made by `printf`: `$'…'` is
 * none of fish's.
 */
export const shellWord = (text: string): string => {
  if (/^(?!::)[\w./@:+-]+$/.test(text)) return text;
  if (!LOST.test(text)) return `'${text.replaceAll(/['\\]/g, String.raw`'\$&'`)}'`;
  const escaped = text.replaceAll(FOR_PRINTF, octal);
  return `"$(printf '${escaped}')"`;
};

const octal = (signs: string): string =>
  [...new TextEncoder().encode(signs)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');

/**
 * `slipway …` as people can paste it.
 * @param operands names and ids, as they are
 * @param options ready words: `--limit 5`
 */
export const slipwayCommand = (
  action: string,
  operands: readonly string[],
  options: readonly string[] = [],
): string => {
  const words = operands.map(shellWord);
  const looksLikeOption = operands.some((text) => text.startsWith('-'));
  const rest = looksLikeOption ? [...options, '--', ...words] : [...words, ...options];
  return ['slipway', action, ...rest].join(' ');
};
