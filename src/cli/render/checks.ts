/** How the checks of a commit have ended, for people. */

import type { ChecksReport, ChecksVerdict } from '../../release/checks.ts';
import { cutTo, widest } from './columns.ts';
import { humanDuration } from './duration.ts';
import { section } from './report.ts';
import { oneLine, safeLines } from './sanitize.ts';
import { said, shortNames } from './short-names.ts';
import { renderStep } from './step-line.ts';
import { colorsFor, type RenderOptions } from './style.ts';
import { fitted } from './wrap.ts';

const HEADLINE: Readonly<Record<ChecksVerdict, readonly ['green' | 'red' | 'yellow', string]>> = {
  passed: ['green', '✓ passed'],
  failed: ['red', '✗ failed'],
  cancelled: ['yellow', '⊘ cancelled'],
};

export function renderChecks(report: ChecksReport, options: RenderOptions): string {
  const colors = colorsFor(options);
  const { verdict, app, commit, pullRequest, cause, steps, checks } = report;
  const [color, text] = HEADLINE[verdict];
  const about = [
    oneLine(app),
    commit?.sha.slice(0, 12),
    pullRequest === null ? '' : `pull request ${pullRequest}`,
    humanDuration(report.endedAtMs - report.startedAtMs),
  ];
  const subject = commit ? `\n  “${cutTo(oneLine(commit.subject), options.width - 4)}”` : '';
  const wide = widest(steps.map(({ id }) => id));
  // One that failed by itself says more than the first of them again.
  const general =
    checks.length > 0 || cause === null
      ? []
      : [...safeLines(cause.summary).map(shortNames), ...bars(cause.evidence)];
  const sections = [
    `${colors[color](colors.bold(text))}  ${about.filter(Boolean).join('  ')}${colors.dim(subject)}`,
    section('Cause', general, colors),
    ...checks.map(({ name, cause: its }) =>
      section(oneLine(name), its ? [said(its.summary), ...bars(its.evidence)] : [], colors),
    ),
    section(
      'Steps',
      steps.map((step) => renderStep(step, options, wide)),
      colors,
    ),
  ];
  return fitted(`${sections.filter(Boolean).join('\n\n')}\n`, options);
}

const bars = (lines: readonly string[]): readonly string[] =>
  lines.flatMap(safeLines).map((line) => `│ ${line}`);
