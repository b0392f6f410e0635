/** What a clearing has deregistered, and what it has kept and why. */
import type { GcReport } from '../../release/requests/gc-request.ts';
import { section } from './report.ts';
import { oneLine } from './sanitize.ts';
import { colorsFor, type RenderOptions } from './style.ts';
import { fitted } from './wrap.ts';

/** Of a long list, the beginning and the end are shown. */
const SHOWN = 10;

export function renderGc(report: GcReport, options: RenderOptions): string {
  const colors = colorsFor(options);
  const { app, environment, dryRun, deregistered, kept, stopped } = report;
  const count = deregistered.length;
  const what = `${count} task definition${count === 1 ? '' : 's'}`;
  const done = dryRun ? `would deregister ${what}; nothing was changed` : `deregistered ${what}`;
  const sections = [
    `${colors.bold(`${oneLine(app)} → ${oneLine(environment)}`)}  ${done}`,
    stopped === null ? '' : colors.yellow(`‖ it has ended before its time: ${oneLine(stopped.text)}`),
    section(dryRun ? 'Would go' : 'Gone', count === 0 ? [] : [someOf(deregistered)], colors),
    section(
      'Kept',
      kept.map(({ why, revisions }) => `${oneLine(why)}: ${someOf(revisions)}`),
      colors,
    ),
  ];
  return fitted(`${sections.filter(Boolean).join('\n\n')}\n`, options);
}

const someOf = (revisions: readonly string[]): string => {
  const all = revisions.map(oneLine);
  if (all.length <= SHOWN) return all.join(', ');
  const half = SHOWN / 2;
  return `${all.slice(0, half).join(', ')}, … ${all.length - SHOWN} more …, ${all.slice(-half).join(', ')}`;
};
