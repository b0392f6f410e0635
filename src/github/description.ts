/** Text from reports, commits and containers as one line that GitHub takes. */
import { stripVTControlCharacters } from 'node:util';

/** GitHub's limit on descriptions of statuses. */
const LONGEST = 140;

/** Controls, marks that reorder or hide text, and halves of a pair that has lost the other one. */
const UNSAFE = /[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** Parts of GitHub refuse a text with characters beyond the first plane: `unicode characters above 0xffff`. */
const ASTRAL = /[\u{10000}-\u{10ffff}]/gu;

/** One line of at most 140 characters. */
export function describe(text: string): string {
  const line = stripVTControlCharacters(text)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(ASTRAL, '?')
    .replaceAll(UNSAFE, '')
    .trim();
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 1)}…`;
}
