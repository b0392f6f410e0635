/** The services of a plan for people: what changes in each, what it could go back to, how ECS may replace its tasks. */
import type { PreviewedService, PreviewedWindow, ReleasePreview } from '../../release/preview/preview.ts';
import { arnText } from './arn.ts';
import { humanDuration } from './duration.ts';
import { oneLine } from './sanitize.ts';
import { said } from './short-names.ts';
import type { Colors } from './style.ts';

export function plannedServiceLines(preview: ReleasePreview, colors: Colors): string[] {
  const { services, moreServices, waves, timing } = preview;
  const inOrder = services.toSorted((one, other) => (one.wave ?? 0) - (other.wave ?? 0));
  const lines = inOrder.flatMap((service) => [
    `${colors.bold(oneLine(service.name))}${waves > 1 ? `  wave ${service.wave ?? '–'} of ${waves}` : ''}  ${becomes(service, preview)}`,
    ...detailLines(service, timing.stallTimeoutMs, colors).map((line) => `  ${line}`),
  ]);
  return moreServices > 0 ? [...lines, `and ${moreServices} more`] : lines;
}

function becomes({ live, changes, note, base }: PreviewedService, { outcome }: ReleasePreview): string {
  if (live === null) return 'there is no such service';
  const now = arnText(live);
  if (outcome === 'in-place') return `${now} stays`;
  if (changes === null) return note === null ? now : `${now}: ${oneLine(note)}`;
  const from = base === 'repository' ? 'made of the file in the repository' : 'the rest as it is now';
  return `${now} → a new revision, ${changes.length === 0 ? 'the same again' : from}`;
}

function detailLines(service: PreviewedService, stallTimeoutMs: number, colors: Colors): string[] {
  const { changes, window, rollback, drift, breaker, live } = service;
  const lines = (changes ?? []).map((line) => `± ${oneLine(line)}`);
  if (drift) {
    const what = { changed: 'changed', unsettled: 'not all its tasks are there', gone: 'gone' }[drift.state];
    lines.push(colors.yellow(`‼ drift     ${what}, since release ${drift.since} has left it`));
    lines.push(...drift.changes.map(({ text, fate }) => `            ${fate}: ${oneLine(text)}`));
  }
  if (window) lines.push(`tasks       ${windowLine(window)}`);
  if (live !== null && window && !breaker)
    lines.push(
      colors.yellow(
        `‼ breaker   none: ECS itself would never give up; Slipway does, on proof or after ${humanDuration(stallTimeoutMs)} without progress`,
      ),
    );
  if (rollback) lines.push(...rollbackLines(rollback, colors));
  if (service.health !== null) lines.push(`health      ${oneLine(service.health)}`);
  return lines;
}

const WAY: Readonly<Record<PreviewedWindow['way'], string>> = {
  'start-first': 'new ones first',
  'stop-first': 'old ones go first',
  stuck: '✗ ECS may neither start nor stop one: it can never be updated',
  empty: 'scaled to zero: updated, but nothing of it runs',
};

function windowLine({ desired, lower, upper, minimumPercent, maximumPercent, way }: PreviewedWindow): string {
  const percents = `${minimumPercent} % to ${maximumPercent} %`;
  const room = way === 'empty' ? '' : `, ${lower} to ${upper} while they are replaced`;
  const gap = way === 'stop-first' && lower === 0 ? ' – nothing serves in between' : '';
  return `${desired} wanted${room} (${percents}): ${WAY[way]}${gap}`;
}

function rollbackLines(
  { to, problems, notes, unchecked }: NonNullable<PreviewedService['rollback']>,
  colors: Colors,
): string[] {
  const rest = [...problems, ...notes, ...unchecked].map(said);
  // Where there is nothing, the first line says why.
  const [first = 'not known yet', ...others] = to === null ? rest : [arnText(to), ...rest];
  const isBad = problems.length > 0;
  const isGood = to !== null && !isBad;
  const seen = unchecked.length > 0 ? ', as far as can be seen' : ', all that it needs is there';
  const head = isBad ? colors.yellow(`‼ rollback  ${first}`) : `rollback    ${first}${isGood ? seen : ''}`;
  return [head, ...others.map((line) => `            ${line}`)];
}
