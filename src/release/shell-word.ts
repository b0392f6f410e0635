/** Commands that people copy. What stands in them – workflow ids, names, reasons – may be anything. */

/** What a line of text loses on its way to a terminal: controls, marks that hide, blanks in a row, `##[`. */
const LOST = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[^\S ]|(?<=\s)\s|#(?=#*\w*\[)/gu;

/** A text as one word of a shell command. One that would not come through as it is has escapes, as bash and zsh read them. */
export const shellWord = (text: string): string => {
  if (/^[\w./@:+-]+$/.test(text)) return text;
  if (text.search(LOST) === -1) return `'${text.replaceAll("'", String.raw`'\''`)}'`;
  const escaped = text
    .replaceAll(/[\\']/g, String.raw`\$&`)
    .replaceAll(LOST, (sign) => encodeURIComponent(sign).replaceAll('%', String.raw`\x`));
  return `$'${escaped}'`;
};

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
