/**
 * A word of a command in pieces that fit a line each. A backslash at the end of a line joins what stands before it to what
 * begins the next line – also quotes, as each piece has its own.
 */
import { columnsOf, graphemesOf } from './columns.ts';

interface Quotes {
  readonly open: string;
  readonly close: string;
}

/** As `shellWord` writes them. */
const BARE: Quotes = { open: '', close: '' };
const QUOTED: Quotes = { open: "'", close: "'" };
const PRINTED: Quotes = { open: `"$(printf '`, close: `')"` };

const PARTS = /"\$\(printf '(?<printed>[^']*)'\)"|'(?<quoted>[^']*)'|(?<escaped>\\.)|(?<bare>[^'"\\]+|.)/gsu;
/** Bytes stand before a sign that is one: of a line's end alone `$(…)` would leave nothing. */
const PRINTED_SIGNS = /(?:\\[0-7]{3})*[^\\]|(?:\\[0-7]{3})+/gu;

interface Sign {
  readonly text: string;
  readonly quotes: Quotes;
}

/** @param indent what the first line begins with; the others begin with the word, or it would end there */
export function brokenWord(indent: string, word: string, room: number): string[] {
  if (columnsOf(indent + word) <= room) return [indent + word];
  const pieces: string[] = [];
  let current = indent;
  let quotes = BARE;
  let isEmpty = true;
  for (const sign of signsOf(word)) {
    const isOpen = quotes === sign.quotes;
    const longer = isOpen ? current + sign.text : current + quotes.close + sign.quotes.open + sign.text;
    if (isEmpty || columnsOf(longer + sign.quotes.close) < room) {
      current = longer;
    } else {
      pieces.push(current + quotes.close);
      current = sign.quotes.open + sign.text;
    }
    quotes = sign.quotes;
    isEmpty = false;
  }
  return [...pieces, current + quotes.close];
}

const signsOf = (word: string): Sign[] =>
  [...word.matchAll(PARTS)].flatMap(({ groups: { printed, quoted, escaped, bare } = {} }) => [
    ...(printed?.match(PRINTED_SIGNS) ?? []).map((text) => ({ text, quotes: PRINTED })),
    ...graphemesOf(quoted ?? '').map((text) => ({ text, quotes: QUOTED })),
    ...(escaped === undefined ? [] : [{ text: escaped, quotes: BARE }]),
    ...graphemesOf(bare ?? '').map((text) => ({ text, quotes: BARE })),
  ]);
