/**
 * One step as one line: glyph, name, architecture, time, what happened.
 */

import type { StepState, StepStatus } from '../../release/verdict.ts';
import { padded } from './columns.ts';
import { humanDuration } from './duration.ts';
import { oneLine } from './sanitize.ts';
import { said } from './short-names.ts';
import { type Colors, colorsFor, type RenderOptions } from './style.ts';

export const STEP_GLYPH: Readonly<Record<StepState, string>> = {
  waiting: '·',
  running: '▸',
  succeeded: '✓',
  failed: '✗',
  cancelled: '⊘',
  skipped: '-',
};

export const stepPaint = (state: StepState, colors: Colors): ((text: string) => string) => {
  switch (state) {
    case 'succeeded':
      return colors.green;
    case 'failed':
      return colors.red;
    case 'cancelled':
      return colors.yellow;
    case 'running':
      return colors.cyan;
    case 'waiting':
    case 'skipped':
      return colors.dim;
  }
};

/** The word is left out where the time says that it went well. */
const WORD: Readonly<Partial<Record<StepState, string>>> = {
  running: 'started',
  failed: 'failed',
  cancelled: 'cancelled',
  skipped: 'skipped',
  waiting: 'waiting',
};

export function renderStep(step: StepStatus, options: RenderOptions, nameWidth = 0): string {
  const colors = colorsFor(options);
  const color = stepPaint(step.state, colors);
  const parts = [
    color(`${STEP_GLYPH[step.state]} ${padded(oneLine(step.id), nameWidth)}`),
    durationOf(step)?.padEnd(nameWidth > 0 ? 6 : 0),
    step.architecture,
    WORD[step.state] && color(WORD[step.state] ?? ''),
    step.detail && colors.dim(said(step.detail)),
  ];
  return parts.filter(Boolean).join('  ').trimEnd();
}

const durationOf = ({ startedAtMs, endedAtMs }: StepStatus): string | undefined =>
  startedAtMs === undefined || endedAtMs === undefined ? undefined : humanDuration(endedAtMs - startedAtMs);
