/** What `slipway doctor` found, as people read it. */

import type { Place } from '../commands/doctor.ts';
import { type Finding, GROUPS, type State } from '../doctor/finding.ts';
import { columnsOf, padded, widest } from './columns.ts';
import { commandLines } from './command-lines.ts';
import { oneLine } from './sanitize.ts';
import { said } from './short-names.ts';
import { type Colors, colorsFor, type RenderOptions } from './style.ts';
import { fitLines } from './wrap.ts';

const WORDS: Readonly<Record<State, readonly [glyph: string, word: string, color: keyof Colors]>> = {
  ok: ['✓', 'ok', 'green'],
  warning: ['!', 'warning', 'yellow'],
  broken: ['✗', 'broken', 'red'],
  'not-asked': ['–', 'not asked', 'dim'],
};

const TITLES: Readonly<Record<(typeof GROUPS)[number], string>> = {
  machine: 'This machine',
  temporal: 'Temporal',
  aws: 'AWS, with the credentials of this shell',
  configuration: 'slipway.yaml',
};

export function renderDoctor(place: Place, findings: readonly Finding[], style: RenderOptions): string {
  const colors = colorsFor(style);
  const width = widest(findings.map(({ what }) => what));
  const lines = GROUPS.flatMap((group) => {
    const own = findings.filter(({ id }) => id.startsWith(`${group}.`));
    if (own.length === 0) return [];
    return [colors.bold(TITLES[group]), ...own.flatMap((finding) => findingLines(finding, width, style)), ''];
  });
  return fitLines([...lines, summary(place, findings)], style).join('\n');
}

/** What was found stands beside what it is about, or below it where it would not fit. */
function findingLines({ what, state, says, fix }: Finding, width: number, style: RenderOptions): string[] {
  const colors = colorsFor(style);
  const [glyph, word, color] = WORDS[state];
  const paint = colors[color] as (text: string) => string;
  const begin = `  ${paint(`${glyph} ${word.padEnd(9)}`)}  `;
  const fits = style.wrap !== true || INDENT.length + width + 2 + columnsOf(said(says)) <= style.width;
  return [
    ...(fits
      ? [`${begin}${padded(oneLine(what), width)}  ${said(says)}`]
      : [`${begin}${oneLine(what)}`, `${INDENT}${said(says)}`]),
    ...(fix === undefined ? [] : fixLines(oneLine(fix), style)),
  ];
}

/** A command, and what is said of it in brackets. */
const FIX = /^(?<command>(?:aws|docker|git|slipway|temporal|unset) .*?)(?: (?<remark>\(.*\)))?$/;

/** A command that does not fit beside its word stands below it, so that it can be copied. */
function fixLines(fix: string, { wrap, width }: RenderOptions): string[] {
  const line = `${INDENT}fix: ${fix}`;
  const { command, remark } = FIX.exec(fix)?.groups ?? {};
  if (!wrap || command === undefined || columnsOf(line) <= width) return [line];
  return [
    `${INDENT}fix:`,
    ...commandLines(command, `${INDENT}  `, width),
    ...(remark === undefined ? [] : [`${INDENT}  ${remark}`]),
  ];
}

const INDENT = ' '.repeat(15);

const NEEDING: Readonly<Record<Place, string>> = {
  all: 'a release',
  client: 'a client',
  local: '`slipway local up`',
  control: 'a control worker',
  checks: 'a checks worker',
  build: 'a build worker',
  deploy: 'a deploy worker',
};

function summary(place: Place, findings: readonly Finding[]): string {
  const count = (state: State): number => findings.filter((finding) => finding.state === state).length;
  const [broken, warnings] = [count('broken'), count('warning')];
  const warned = warnings === 0 ? '' : `, ${warnings} warning${warnings === 1 ? '' : 's'}`;
  if (broken === 0) return `✓ all that ${NEEDING[place]} needs is here${warned}`;
  const what = broken === 1 ? '1 thing' : `${broken} things`;
  return `✗ ${what} that ${NEEDING[place]} needs ${broken === 1 ? 'is' : 'are'} missing or broken${warned}`;
}
