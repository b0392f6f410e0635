/**
 * Text that is not ours – commit subjects, reasons, words of AWS – in what Temporal's UI shows: it renders Markdown in the
 * page of a run, and (since UI 2.5x) in the summaries of events. Nothing of it becomes a link, a heading or HTML.
 */

const ESCAPE = String.fromCharCode(27);

/** What terminals take as commands: CSI and OSC sequences. */
const SEQUENCES = new RegExp(`${ESCAPE}(?:\\[[0-?]*[ -/]*[@-~]|\\][^\\p{Cc}]*)`, 'gu');

/** C0 and C1 controls, and the marks that reorder or hide text. */
const UNSAFE = /[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** One line of at most so many characters. */
export const plainLine = (text: string, longest: number): string =>
  cut(text.replaceAll(SEQUENCES, '').replaceAll(/\s+/gu, ' ').replaceAll(UNSAFE, '').trim(), longest);

const cut = (text: string, longest: number): string => {
  if (text.length <= longest) return text;
  // Never between the halves of a character.
  return `${Array.from(text.slice(0, longest - 1))
    .join('')
    .replace(/\p{Cs}$/u, '')}…`;
};

const LONGEST_SUMMARY = 200;

/** A summary: a line without anything that Markdown, or what makes links of addresses, would take for its own. */
export const summaryLine = (text: string): string =>
  plainLine(text, LONGEST_SUMMARY)
    .replaceAll(/[[\]<>`*|~\\!#]/g, '')
    .replaceAll('//', '/')
    .replaceAll(/www\./gi, 'www ');

const MOST_NAMES = 5;

/** `web, api`; of many the first ones, and how many more there are. */
export const nameList = (names: readonly string[]): string => {
  if (names.length <= MOST_NAMES + 1) return names.join(', ') || 'nothing';
  return `${names.slice(0, MOST_NAMES).join(', ')} and ${names.length - MOST_NAMES} more`;
};
