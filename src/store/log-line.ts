/** One line of a log as it may be shown: of one that redraws itself its last state, without control characters. */
import { stripVTControlCharacters } from 'node:util';
import { maskSecrets } from './redact.ts';

export const LONGEST_SHOWN_LINE = 4_000;

const CONTROL = /\p{Cc}/gu;
const HALF_CHARACTER = /[\ud800-\udbff]$/;

export const shownLine = (text: string): string => {
  const last = text.split('\r').findLast((state) => state.trim() !== '');
  const plain = stripVTControlCharacters(last ?? '')
    .replaceAll('\t', '  ')
    .replaceAll(CONTROL, '')
    .trimEnd();
  // What a colour in its midst had hidden from the redaction is seen now.
  return cut(maskSecrets(plain));
};

const cut = (line: string): string =>
  line.length <= LONGEST_SHOWN_LINE
    ? line
    : `${line.slice(0, LONGEST_SHOWN_LINE - 1).replace(HALF_CHARACTER, '')}…`;
