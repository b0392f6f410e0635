/** What `slipway doctor` found, as people read it. */
import { type Finding, GROUPS, type State } from '../doctor/finding.ts';
import { inert, oneLine } from './sanitize.ts';
import { type Colors, colorsFor, type RenderOptions } from './style.ts';

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

export function renderDoctor(place: string, findings: readonly Finding[], style: RenderOptions): string {
  const colors = colorsFor(style);
  const lines = GROUPS.flatMap((group) => {
    const own = findings.filter(({ id }) => id.startsWith(`${group}.`));
    return own.length === 0
      ? []
      : [colors.bold(TITLES[group]), ...own.flatMap((finding) => findingLines(finding, colors)), ''];
  });
  return [...lines, summary(place, findings)].join('\n');
}

function findingLines({ what, state, says, fix }: Finding, colors: Colors): readonly string[] {
  const [glyph, word, color] = WORDS[state];
  const paint = colors[color] as (text: string) => string;
  const line = `  ${paint(`${glyph} ${word.padEnd(9)}`)}  ${oneLine(what).padEnd(24)}  ${inert(oneLine(says))}`;
  return fix === undefined ? [line] : [line, `               fix: ${oneLine(fix)}`];
}

function summary(place: string, findings: readonly Finding[]): string {
  const count = (state: State): number => findings.filter((finding) => finding.state === state).length;
  const [broken, warnings] = [count('broken'), count('warning')];
  const warned = warnings === 0 ? '' : `, ${warnings} warning${warnings === 1 ? '' : 's'}`;
  const what =
    place === 'all'
      ? 'a release'
      : place === 'local'
        ? '`slipway local up`'
        : place === 'client'
          ? 'a client'
          : `a ${place} worker`;
  if (broken === 0) return `✓ all that ${what} needs is here${warned}`;
  return `✗ ${broken} thing${broken === 1 ? '' : 's'} that ${what} needs ${broken === 1 ? 'is' : 'are'} missing or broken${warned}`;
}
