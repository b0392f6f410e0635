/**
 * An environment for people: who has the turn, who waits, what serves, and what was released before.
 */

import type { Survey } from '../../client/survey.ts';
import type { Unattended } from '../../release/environment/attendance.ts';
import type { ServiceStanding, StandingState } from '../../release/environment/drift.ts';
import { whyFrozen } from '../../release/environment/freeze.ts';
import type { LedgerEntry, LedgerLine } from '../../release/environment/ledger.ts';
import type { EnvironmentStatus } from '../../release/environment/status.ts';
import type { Pause, Stage } from '../../release/environment/times.ts';
import { workflowIdOf } from '../../release/names.ts';
import { shortened } from '../../release/preview/change.ts';
import { shellWord } from '../../release/shell-word.ts';
import type { ReleaseStatus } from '../../release/verdict.ts';
import { arnText } from './arn.ts';
import { padded, widest } from './columns.ts';
import { environmentCommand, type Place, type Reader } from './command.ts';
import { answerLines } from './command-lines.ts';
import { humanDuration } from './duration.ts';
import { holdAnswers, holdLine, stuckAnswers, utcTime } from './hold.ts';
import { entryLines, verdictWord } from './ledger-line.ts';
import { nextSection, promotedLine, section, within } from './report.ts';
import { oneLine } from './sanitize.ts';
import { said } from './short-names.ts';
import { type Colors, colorsFor, type RenderOptions } from './style.ts';
import { fitted } from './wrap.ts';

/** Of the release that has the turn: whether it waits for people. */
export type HolderStanding = Pick<ReleaseStatus, 'hold' | 'stuck'>;

type Joined = EnvironmentStatus['joined'][number] & Partial<Pick<HolderStanding, 'hold'>>;

/** Also of those that have not got it yet: whether they are held. */
export type SeenEnvironment = Omit<EnvironmentStatus, 'joined'> &
  Partial<HolderStanding> & { readonly joined: readonly Joined[] };

/**
 * @param survey how its services stand; null: nobody was asked
 * @param nowMs decides whether a freeze holds
 */
export function renderEnvironment(
  status: SeenEnvironment,
  survey: Survey | null,
  nowMs: number,
  options: RenderOptions,
): string {
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
    turn?.unattended ? colors.red(needsAttention(turn.number, turn.unattended)) : '',
    section('Serving', serving ? [servingLine(serving)] : ['nothing that is known'], colors),
    section('Services', survey ? standingLines(survey, status, colors) : [], colors),
    section(
      'Turn',
      turn
        ? [
            `${nameLine(turn)}  since ${utcTime(turn.sinceMs)}`,
            ...heldLines(status, workflowIdOf(turn.releaseId), options).map(colors.yellow),
            idLine(turn.releaseId),
          ]
        : ['nobody has it'],
      colors,
    ),
    section(
      'On the way',
      joined.flatMap((each) => [
        `${nameLine(each)}  ${each.hold && each.phase === 'preparing' ? 'is held before its turn' : PHASE[each.phase]}`,
        ...heldLines({ hold: each.hold ?? null }, workflowIdOf(each.releaseId), options).map(colors.yellow),
        idLine(each.releaseId),
      ]),
      colors,
    ),
    section(
      'Last releases',
      ledger.slice(0, 5).flatMap((entry) => entryLines(entry, within(options))),
      colors,
    ),
  ];
  return fitted(`${sections.filter(Boolean).join('\n\n')}\n`, options);
}

const heldLines = (
  { hold = null, stuck = null }: Partial<HolderStanding>,
  workflowId: string,
  options: RenderOptions,
): readonly string[] => [
  ...(hold ? [holdLine(hold), ...answerLines(holdAnswers(hold, workflowId), within(options))] : []),
  ...(stuck === null
    ? []
    : [`‼ rollback stuck: ${said(stuck)}`, ...answerLines(stuckAnswers(workflowId, []), within(options))]),
];

/** One line for each, the newest end first. */
export function renderHistory(ledger: readonly LedgerLine[], options: RenderOptions): string {
  if (ledger.length === 0) return 'nothing was released yet\n';
  return fitted(`${ledger.flatMap((entry) => entryLines(entry, options)).join('\n')}\n`, options);
}

/** @param place for the command that tells more of it */
export function renderEntry(entry: LedgerEntry, place: Place, options: RenderOptions): string {
  const colors = colorsFor(options);
  const { commit, cause, images, services, notes, startedAtMs, turnAtMs, endedAtMs, supersededBy } = entry;
  const back = entry.rollbackTo === null ? '' : `, back to release ${entry.rollbackTo}`;
  const by = supersededBy === null ? '' : `, by release ${supersededBy}`;
  const sections = [
    `${verdictWord(entry.verdict, colors)}  release ${entry.number}${back}${by}\n  ${oneLine(commit.sha)}\n  “${oneLine(commit.subject)}”`,
    section('Cause', cause ? [said(cause.summary), `(${oneLine(cause.kind)})`] : [], colors),
    section(
      'When',
      [
        `started ${utcTime(startedAtMs)}${entry.startedBy === null ? '' : ` by ${oneLine(entry.startedBy)}`}`,
        ...(turnAtMs === null ? [changedNothing(entry)] : [`turn    ${utcTime(turnAtMs)}`]),
        ...(entry.approvedBy === null ? [] : [`approved by ${oneLine(entry.approvedBy)}`]),
        ...entry.pauses.map(pauseLine),
        `ended   ${utcTime(endedAtMs)}, after ${humanDuration(endedAtMs - startedAtMs)}`,
        ...(entry.overrideFreeze === null ? [] : [`in spite of a freeze: ${oneLine(entry.overrideFreeze)}`]),
      ],
      colors,
    ),
    section(
      'Services',
      services.map(
        ({ name, taskDefinition, baseline }) =>
          `${oneLine(name)}  ${entry.broughtBy === null && baseline !== taskDefinition ? `${arnText(baseline)} → ` : ''}${arnText(taskDefinition)}`,
      ),
      colors,
    ),
    section(
      'Images',
      [
        ...promotedLine(entry.promotedFrom),
        ...images.map(({ name, digest }) => `${oneLine(name)}  ${said(digest)}`),
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
    section('Took', entry.stages.map(stageLine), colors),
    nextSection([`its whole report: ${oneLine(whyCommand(entry, place, options))}`], options),
  ];
  return fitted(`${sections.filter(Boolean).join('\n\n')}\n`, options);
}

const changedNothing = ({ broughtBy }: LedgerEntry): string =>
  broughtBy === null
    ? 'it never had the turn: it has changed nothing'
    : `release ${broughtBy} had brought the same: it has changed nothing, and looked whether it is healthy`;

const STANDING: Readonly<
  Record<StandingState, { readonly word: string; readonly color: 'green' | 'yellow' | 'red' }>
> = {
  'as-recorded': { word: '✓ as released', color: 'green' },
  unsettled: { word: '… unsettled', color: 'yellow' },
  changed: { word: '‼ changed', color: 'red' },
  gone: { word: '✗ gone', color: 'red' },
};

/** A line for each service, and below it what somebody else has changed. */
function standingLines(survey: Survey, { turn }: Pick<EnvironmentStatus, 'turn'>, colors: Colors): string[] {
  if (survey.kind === 'unknown') return [`ECS could not be asked: ${said(survey.why)}`];
  const name = widest(survey.services.map((service) => service.name));
  const state = widest(Object.values(STANDING).map(({ word: text }) => text));
  const lines = survey.services.flatMap((service) => {
    const { word: text, color } = STANDING[service.state];
    const head = `${padded(oneLine(service.name), name)}  ${colors[color](padded(text, state))}  ${said(service.now)}`;
    return [head, ...driftLines(service).map((line) => `${' '.repeat(name)}    ${oneLine(line)}`)];
  });
  return turn ? [...lines, `release ${turn.number} has the turn: it may be changing them`] : lines;
}

const driftLines = ({ state, taskDefinition, differences }: ServiceStanding): readonly string[] =>
  state === 'changed' || state === 'gone'
    ? [`released: ${arnText(taskDefinition)}`, ...differences.map(shortened)]
    : [];

const whyCommand = ({ number }: LedgerEntry, place: Place, reader: Reader): string =>
  environmentCommand('why', place, reader, { rest: [String(number)] });

const pauseLine = ({ who, reason, fromMs, untilMs }: Pause): string => {
  const why = reason === '' ? '' : `: ${reason}`;
  return `paused  ${oneLine(`${utcTime(fromMs)} by ${who} for ${humanDuration(untilMs - fromMs)}${why}`)}`;
};

const stageLine = ({ kind, durationMs }: Stage): string =>
  `${kind.padEnd(WIDEST_KIND)}  ${humanDuration(durationMs).padStart(7)}`;

const WIDEST_KIND = 'register'.length;

const needsAttention = (number: number, { queue, kind, sinceMs }: Unattended): string =>
  oneLine(
    kind === 'failing'
      ? `‼ needs attention: release ${number} has the turn, and workers of ${queue} fail at it since ${utcTime(sinceMs)}`
      : `‼ needs attention: release ${number} has the turn, and no worker polls ${queue} since ${utcTime(sinceMs)}`,
  );

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
  return oneLine(`${commit.sha.slice(0, 12)}  since ${since}`);
};

/** The workflow id, as commands take it. */
const idLine = (releaseId: string): string =>
  oneLine(shellWord(releaseId.slice(0, releaseId.lastIndexOf('/'))));
