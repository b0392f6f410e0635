/**
 * An environment for people: who has the turn, who waits, what serves, and what was released before.
 */
import { shellWord } from '../../client/shell-word.ts';
import { whyFrozen } from '../../release/environment/freeze.ts';
import type { Ending, LedgerEntry } from '../../release/environment/ledger.ts';
import type { EnvironmentStatus } from '../../release/environment/status.ts';
import { humanDuration } from './duration.ts';
import { utcTime } from './hold.ts';
import { promotedLine, section } from './report.ts';
import { cut, inert, oneLine } from './sanitize.ts';
import { type Colors, colorsFor, type RenderOptions } from './style.ts';
import { HEADLINE } from './verdict-text.ts';

/** @param nowMs decides whether a freeze holds */
export function renderEnvironment(status: EnvironmentStatus, nowMs: number, options: RenderOptions): string {
  const colors = colorsFor(options);
  const { app, environment, rules, turn, joined, freeze, serving, needsRepair, ledger } = status;
  const frozen = whyFrozen(freeze, rules.freezes, nowMs);
  const sections = [
    colors.bold(`${oneLine(app)} → ${oneLine(environment)}`),
    frozen === undefined ? '' : colors.yellow(`‖ ${oneLine(frozen)}`),
    needsRepair
      ? colors.red(
          `‼ needs repair: release ${needsRepair.number} ended without a word at ${utcTime(needsRepair.sinceMs)}; the next release puts it right first`,
        )
      : '',
    section('Serving', serving ? [servingLine(serving)] : ['nothing that is known'], colors),
    section(
      'Turn',
      turn
        ? [`${nameLine(turn)}  since ${utcTime(turn.sinceMs)}`, idLine(turn.releaseId)]
        : ['nobody has it'],
      colors,
    ),
    section(
      'On the way',
      joined.flatMap((each) => [`${nameLine(each)}  ${PHASE[each.phase]}`, idLine(each.releaseId)]),
      colors,
    ),
    section(
      'Last releases',
      ledger.slice(0, 5).map((entry) => entryLine(entry, options, colors)),
      colors,
    ),
  ];
  return inert(`${sections.filter(Boolean).join('\n\n')}\n`);
}

/** One line for each, the newest end first. */
export function renderHistory(ledger: readonly LedgerEntry[], options: RenderOptions): string {
  const colors = colorsFor(options);
  if (ledger.length === 0) return 'nothing was released yet\n';
  return inert(`${ledger.map((entry) => entryLine(entry, options, colors)).join('\n')}\n`);
}

export function renderEntry(entry: LedgerEntry, options: RenderOptions): string {
  const colors = colorsFor(options);
  const { commit, cause, images, services, notes, startedAtMs, turnAtMs, endedAtMs } = entry;
  const back = entry.rollbackTo === null ? '' : `, back to release ${entry.rollbackTo}`;
  const sections = [
    `${word(entry.verdict, colors)}  release ${entry.number}${back}\n  ${oneLine(commit.sha)}\n  “${oneLine(commit.subject)}”`,
    section('Cause', cause ? [oneLine(cause.summary), `(${oneLine(cause.kind)})`] : [], colors),
    section(
      'When',
      [
        `started ${utcTime(startedAtMs)}${entry.startedBy === null ? '' : ` by ${oneLine(entry.startedBy)}`}`,
        ...(turnAtMs === null
          ? ['it never had the turn: it has changed nothing']
          : [`turn    ${utcTime(turnAtMs)}`]),
        `ended   ${utcTime(endedAtMs)}, after ${humanDuration(endedAtMs - startedAtMs)}`,
        ...(entry.overrideFreeze === null ? [] : [`in spite of a freeze: ${oneLine(entry.overrideFreeze)}`]),
      ],
      colors,
    ),
    section(
      'Services',
      services.map(
        ({ name, taskDefinition, baseline }) =>
          `${oneLine(name)}  ${shortArn(baseline)} → ${shortArn(taskDefinition)}`,
      ),
      colors,
    ),
    section(
      'Images',
      [
        ...promotedLine(entry.promotedFrom),
        ...images.map(({ name, digest }) => `${oneLine(name)}  ${oneLine(digest)}`),
      ],
      colors,
    ),
    section(
      'Operators',
      notes.map(({ action, who, reason, atMs }) =>
        oneLine(`${utcTime(atMs)}  ${action} by ${who}${reason === '' ? '' : `: ${reason}`}`),
      ),
      colors,
    ),
    section('Next', [`its whole report: slipway why ${idLine(entry.releaseId)}`], colors),
  ];
  return inert(`${sections.filter(Boolean).join('\n\n')}\n`);
}

const PHASE = {
  preparing: 'tests and builds',
  ready: 'waits for the turn',
  out: 'gets no turn, and ends',
} as const;

type Release = EnvironmentStatus['joined'][number];

const nameLine = ({ number, commit, rollbackTo, startedBy }: Release): string => {
  const what = rollbackTo === null ? commit.sha.slice(0, 12) : `back to release ${rollbackTo}`;
  const by = startedBy === null ? '' : ` by ${startedBy}`;
  return oneLine(`release ${number}  ${what}${by}`);
};

const servingLine = ({ number, origin, commit }: NonNullable<EnvironmentStatus['serving']>): string => {
  const since =
    number === origin ? `release ${number}` : `release ${origin}, brought back by release ${number}`;
  return oneLine(`${commit.sha}  since ${since}`);
};

/** The workflow id, as commands take it. */
const idLine = (releaseId: string): string =>
  oneLine(shellWord(releaseId.slice(0, releaseId.lastIndexOf('/'))));

function entryLine(entry: LedgerEntry, { width }: RenderOptions, colors: Colors): string {
  const { number, commit, verdict, rollbackTo, startedAtMs, endedAtMs, cause } = entry;
  const what = rollbackTo === null ? `“${oneLine(commit.subject)}”` : `back to release ${rollbackTo}`;
  const why = verdict === 'succeeded' || !cause ? '' : `  ${oneLine(cause.summary)}`;
  const took = humanDuration(endedAtMs - startedAtMs);
  const head = `${String(number).padStart(4)}  ${utcTime(endedAtMs)}  ${commit.sha.slice(0, 12)}`;
  const label = word(verdict, colors);
  const padding = ' '.repeat(Math.max(0, WIDEST - labelOf(verdict).length));
  const rest = cut(`${took.padStart(7)}  ${what}${why}`, Math.max(20, width - head.length - WIDEST - 4));
  return `${head}  ${label}${padding}  ${rest}`;
}

const BROKEN_OFF = '✗ broken off';

const labelOf = (verdict: Ending): string => (verdict === 'broken-off' ? BROKEN_OFF : HEADLINE[verdict].text);

const WIDEST = Math.max(BROKEN_OFF.length, ...Object.values(HEADLINE).map(({ text }) => text.length));

const word = (verdict: Ending, colors: Colors): string =>
  colors[verdict === 'broken-off' ? 'red' : HEADLINE[verdict].color](labelOf(verdict));

const shortArn = (arn: string | null): string =>
  arn === null ? 'none' : oneLine(arn.split('/').at(-1) ?? arn);
