/** Commands for people to copy, in lines that fit: one that is broken goes on behind a backslash, as shells read it. */
import { brokenWord } from './broken-word.ts';
import { columnsOf } from './columns.ts';
import type { RenderOptions } from './style.ts';
import { fitLines } from './wrap.ts';

/** A way out, and the command for it. */
export type Answer = readonly [what: string, command: string];

/** `  try now:    slipway retry …`, the commands below each other. */
export const answerLines = (answers: readonly Answer[], options?: RenderOptions): string[] => {
  const most = Math.max(0, ...answers.map(([what]) => what.length));
  const beside = answers.map(([what, command]) => `  ${`${what}:`.padEnd(most + 2)} ${command}`);
  if (!options?.wrap || beside.every((line) => columnsOf(line) <= options.width)) return beside;
  return answers.flatMap(([what, command]) => [
    `  ${what}:`,
    ...commandLines(command, '    ', options.width),
  ]);
};

/** Each in as many lines as it takes. */
export const nextLines = (lines: readonly string[], options: RenderOptions): string[] =>
  lines.flatMap((line) => adviceLines(line, options));

/** What it is for, and the command: that ends at its end, at a `;` or at a dash. */
const ADVICE =
  /^(?:(?<what>.*?[:?]) )?(?<command>(?:slipway|aws|temporal) (?:'[^']*'|"[^"]*"|\\.|[^'"\\;–])*)(?:(?:;| –) (?<rest>.*))?$/;

/** `Watch it: slipway watch …; or end it: slipway abort …`, the commands each on lines of their own where all do not fit one. */
export function adviceLines(text: string, options: RenderOptions, indent = '  '): string[] {
  const whole = `${indent}${text}`;
  const { what, command, rest } = ADVICE.exec(text)?.groups ?? {};
  const isShort = !options.wrap || columnsOf(whole) <= options.width;
  if (isShort || command === undefined) return fitLines([whole], options);
  return [
    ...(what === undefined ? [] : fitLines([`${indent}${what}`], options)),
    ...commandLines(command.trimEnd(), what === undefined ? indent : `${indent}  `, options.width),
    ...(rest === undefined ? [] : adviceLines(rest, options, indent)),
  ];
}

/** Words as shells read them: what is quoted is one. */
const WORDS = /(?:'[^']*'|"[^"]*"|\\.|[^\s'"\\])+|\S+/g;
const GOES_ON = ' \\';

export function commandLines(command: string, indent: string, width: number): string[] {
  const lines: string[] = [];
  let current = indent;
  const words = command.match(WORDS) ?? [];
  for (const [index, word] of words.entries()) {
    const room = width - (index === words.length - 1 ? 0 : GOES_ON.length);
    const gap = current.trim() === '' ? '' : ' ';
    if (columnsOf(current + gap + word) <= room) {
      current += gap + word;
      continue;
    }
    if (gap !== '') {
      // One command ends where the next one begins.
      lines.push(current.endsWith(';') ? current : current + GOES_ON);
      current = `${indent}  `;
    }
    const pieces = brokenWord(current, word, room);
    lines.push(...pieces.slice(0, -1).map((piece) => `${piece}\\`));
    current = pieces.at(-1) ?? '';
  }
  return [...lines, current];
}
