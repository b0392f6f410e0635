/**
 * The services of a release, a line each: tasks of the old and the new version, target health, and how it stands – as
 * far as the wait for stability tells it, else as the release itself does.
 */
import type { PendingActivity } from '../../../client/watch-release.ts';
import type { ReleaseStatus } from '../../../release/verdict.ts';
import { padTo, widest } from '../columns.ts';
import { type RolloutView, rolloutsIn, type TasksView } from '../rollouts.ts';
import { oneLine } from '../sanitize.ts';
import { said } from '../short-names.ts';
import { standingOf } from '../standing.ts';
import { type Colors, colorsFor } from '../style.ts';
import { type Cell, lineOf } from './cells.ts';
import type { Block } from './layout.ts';
import type { FrameSize } from './state.ts';

interface Row {
  readonly name: string;
  readonly old: string;
  readonly fresh: string;
  readonly health: string;
  readonly phase: string;
  readonly detail: string;
}

/** What needs somebody's eye stands first where not all have room. */
const URGENCY = [
  'failed',
  'not-restored',
  'to-restore',
  'left-alone',
  'capacity',
  'not-visible',
  'starting',
  'baking',
  'draining',
];
const urgency = ({ phase }: Row): number => {
  const at = URGENCY.indexOf(phase);
  return at === -1 ? URGENCY.length : at;
};

export const servicesBlock = (
  status: Pick<ReleaseStatus, 'services' | 'phase'>,
  pending: readonly PendingActivity[],
  size: FrameSize,
): Block => {
  const rows = rowsOf(status, rolloutsIn(pending));
  const isQuiet = rows.every(({ phase }) => phase === 'untouched');
  const shown = isQuiet ? [] : rows;
  const open = shown.filter((row) => urgency(row) < URGENCY.length).length;
  const most = Math.max(4, Math.floor(size.rows / 3));
  return {
    least: Math.min(1, shown.length),
    good: shown.length === 0 ? 0 : Math.min(most, Math.max(open, 1) + 2),
    want: shown.length === 0 ? 0 : shown.length + 1,
    rank: 4,
    render: (height) => table(shown, height, size),
  };
};

const rowsOf = (
  { services, phase }: Pick<ReleaseStatus, 'services' | 'phase'>,
  rollouts: ReadonlyMap<string, RolloutView>,
): readonly Row[] => {
  const known = new Map(services.map((service) => [oneLine(service.name), service]));
  // Of an earlier release that is being repaired: not among the services of this one.
  const others = [...rollouts.keys()].filter((name) => !known.has(name));
  return [...known.keys(), ...others].map((name) => {
    const rollout = rollouts.get(name);
    const service = known.get(name);
    if (rollout) return liveRow(name, rollout);
    const standing = service ? standingOf(service, phase) : '';
    return { name, old: '', fresh: '', health: '', phase: standing, detail: service?.detail ?? '' };
  });
};

const liveRow = (name: string, { phase, detail, tasks, targets }: RolloutView): Row => ({
  name,
  old: tasks ? tasksText(tasks.old) : '',
  fresh: tasks ? tasksText(tasks.new) : '',
  health: targets ? `${targets.healthy}/${targets.total} healthy` : '',
  phase,
  // The counts are in the table: of `1/2 new running, 2 old left; container exited` the end is left.
  detail: tasks
    ? detail.replace(/^(.*: )?\d+\/\d+ new running, \d+ old left(, \d+ draining)?(; )?/, '')
    : detail,
});

/** `1/2, 1 pending, 3 failed`. */
const tasksText = ({ running, desired, pending, failed }: TasksView): string =>
  [
    running === 0 && desired === 0 ? '-' : `${running}/${desired}`,
    pending > 0 ? `${pending} pending` : '',
    failed > 0 ? `${failed} failed` : '',
  ]
    .filter(Boolean)
    .join(', ');

const HEAD: Row = { name: 'service', old: 'old', fresh: 'new', health: 'health', phase: 'state', detail: '' };

const table = (rows: readonly Row[], height: number, size: FrameSize): readonly string[] => {
  const { columns } = size;
  const colors = colorsFor({ ...size, width: columns });
  const fits = rows.length + 1 <= height;
  const room = fits ? rows.length : height - 2;
  if (room < 1) return [lineOf(columns, [`services: ${summary(rows)}`], '  ')];
  const ordered = fits ? rows : [...rows].sort((one, other) => urgency(one) - urgency(other));
  const shown = ordered.slice(0, room);
  const draw = columnsFor([HEAD, ...shown], columns, colors);
  const more = fits
    ? []
    : [
        lineOf(
          columns,
          [{ text: `… ${rows.length - room} more: ${summary(ordered.slice(room))}`, paint: colors.dim }],
          '  ',
        ),
      ];
  return [draw(HEAD, true), ...shown.map((row) => draw(row, false)), ...more];
};

/** `80 stable, 13 starting`. */
const summary = (rows: readonly Row[]): string => {
  const phases = [...new Set(rows.map(({ phase }) => phase))];
  return phases.map((phase) => `${rows.filter((row) => row.phase === phase).length} ${phase}`).join(', ');
};

/** A narrow terminal keeps name, new tasks and state. */
const columnsFor = (rows: readonly Row[], columns: number, colors: Colors) => {
  const width = (read: (row: Row) => string, most: number): number => widest(rows.map(read), most);
  const isNarrow = columns < 60;
  const hasTasks = rows.some(({ fresh }, index) => index > 0 && fresh !== '');
  const hasHealth = rows.some(({ health }, index) => index > 0 && health !== '') && !isNarrow;
  // Counts come and go: columns stay where they are, where there is room for that.
  const atLeast = (least: number, wanted: number): number =>
    columns < 70 ? wanted : Math.max(least, wanted);
  const widths = {
    name: width(({ name }) => name, Math.max(8, Math.floor(columns / 3))),
    old: width(({ old }) => old, 14),
    fresh: atLeast(
      '1/2, 1 pending'.length,
      width(({ fresh }) => fresh, columns < 80 ? 16 : 24),
    ),
    health: atLeast(
      '1/2 healthy'.length,
      width(({ health }) => health, 15),
    ),
    phase: atLeast(
      'draining'.length,
      width(({ phase }) => phase, 14),
    ),
  };
  return (row: Row, isHead: boolean): string => {
    const paint = isHead ? colors.dim : undefined;
    const cell = (text: string, most: number): Cell => ({ text: padTo(text, most), paint });
    return lineOf(
      columns,
      [
        cell(row.name, widths.name),
        hasTasks && !isNarrow ? cell(row.old, widths.old) : undefined,
        hasTasks ? cell(row.fresh, widths.fresh) : undefined,
        hasHealth ? cell(row.health, widths.health) : undefined,
        { text: padTo(row.phase, widths.phase), paint: isHead ? colors.dim : phasePaint(row.phase, colors) },
        { text: said(row.detail), paint: colors.dim },
      ],
      '  ',
    );
  };
};

const phasePaint = (phase: string, colors: Colors): ((text: string) => string) | undefined => {
  if (phase === 'stable' || phase === 'updated') return colors.green;
  if (phase === 'failed' || phase === 'not-restored') return colors.red;
  return phase === 'restored' || phase === 'to-restore' || phase === 'left-alone' || phase === 'capacity'
    ? colors.yellow
    : undefined;
};
