/**
 * An environment for people: who has the turn, who waits, what serves, and what was released before.
 */

import { shellWord } from '../../client/shell-word.ts';
import type { Survey } from '../../client/survey.ts';
import type { Unattended } from '../../release/environment/attendance.ts';
import type { ServiceStanding, StandingState } from '../../release/environment/drift.ts';
import { whyFrozen } from '../../release/environment/freeze.ts';
import type { Ending, LedgerEntry, LedgerLine } from '../../release/environment/ledger.ts';
import type { EnvironmentStatus } from '../../release/environment/status.ts';
import type { Pause, Stage } from '../../release/environment/times.ts';
import { workflowIdOf } from '../../release/names.ts';
import { shortened } from '../../release/preview/change.ts';
import type { ReleaseStatus } from '../../release/verdict.ts';
import { arnText } from './arn.ts';
import { humanDuration } from './duration.ts';
import { answerLines, holdAnswers, holdLine, stuckAnswers, utcTime } from './hold.ts';
import { promotedLine, section } from './report.ts';
import { cut, inert, oneLine } from './sanitize.ts';
import { type Colors, colorsFor, type RenderOptions } from './style.ts';
import { HEADLINE } from './verdict-text.ts';

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
            ...heldLines(status, workflowIdOf(turn.releaseId)).map(colors.yellow),
            idLine(turn.releaseId),
          ]
        : ['nobody has it'],
      colors,
    ),
    section(
      'On the way',
      joined.flatMap((each) => [
        `${nameLine(each)}  ${each.hold && each.phase === 'preparing' ? 'is held before its turn' : PHASE[each.phase]}`,
        ...heldLines({ hold: each.hold ?? null }, workflowIdOf(each.releaseId)).map(colors.yellow),
        idLine(each.releaseId),
      ]),
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

const heldLines = (
  { hold = null, stuck = null }: Partial<HolderStanding>,
  workflowId: string,
): readonly string[] => [
  ...(hold ? [holdLine(hold), ...answerLines(holdAnswers(hold, workflowId))] : []),
  ...(stuck === null
    ? []
    : [`‼ rollback stuck: ${oneLine(stuck)}`, ...answerLines(stuckAnswers(workflowId, []))]),
];

/** One line for each, the newest end first. */
export function renderHistory(ledger: readonly LedgerLine[], options: RenderOptions): string {
  const colors = colorsFor(options);
  if (ledger.length === 0) return 'nothing was released yet\n';
  return inert(`${ledger.map((entry) => entryLine(entry, options, colors)).join('\n')}\n`);
}

/** @param environment for the command that tells more of it */
export function renderEntry(entry: LedgerEntry, environment: string, options: RenderOptions): string {
  const colors = colorsFor(options);
  const { commit, cause, images, services, notes, startedAtMs, turnAtMs, endedAtMs, supersededBy } = entry;
  const back = entry.rollbackTo === null ? '' : `, back to release ${entry.rollbackTo}`;
  const by = supersededBy === null ? '' : `, by release ${supersededBy}`;
  const sections = [
    `${word(entry.verdict, colors)}  release ${entry.number}${back}${by}\n  ${oneLine(commit.sha)}\n  “${oneLine(commit.subject)}”`,
    section('Cause', cause ? [oneLine(cause.summary), `(${oneLine(cause.kind)})`] : [], colors),
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
    section('Took', entry.stages.map(stageLine), colors),
    section('Next', [`its whole report: ${oneLine(whyCommand(entry, environment))}`], colors),
  ];
  return inert(`${sections.filter(Boolean).join('\n\n')}\n`);
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
  if (survey.kind === 'unknown') return [`ECS could not be asked: ${oneLine(survey.why)}`];
  const name = Math.max(0, ...survey.services.map((service) => service.name.length));
  const state = Math.max(...Object.values(STANDING).map(({ word: text }) => text.length));
  const lines = survey.services.flatMap((service) => {
    const { word: text, color } = STANDING[service.state];
    const head = `${oneLine(service.name).padEnd(name)}  ${colors[color](text.padEnd(state))}  ${oneLine(service.now)}`;
    return [head, ...driftLines(service).map((line) => `${' '.repeat(name)}    ${oneLine(line)}`)];
  });
  return turn ? [...lines, `release ${turn.number} has the turn: it may be changing them`] : lines;
}

const driftLines = ({ state, taskDefinition, differences }: ServiceStanding): readonly string[] =>
  state === 'changed' || state === 'gone'
    ? [`released: ${arnText(taskDefinition)}`, ...differences.map(shortened)]
    : [];

const whyCommand = ({ number }: LedgerEntry, environment: string): string =>
  `slipway why ${shellWord(environment)} ${number}`;

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
  return oneLine(`${commit.sha}  since ${since}`);
};

/** The workflow id, as commands take it. */
const idLine = (releaseId: string): string =>
  oneLine(shellWord(releaseId.slice(0, releaseId.lastIndexOf('/'))));

function entryLine(entry: LedgerLine, { width }: RenderOptions, colors: Colors): string {
  const { number, commit, verdict, rollbackTo, startedBy, startedAtMs, endedAtMs } = entry;
  const why = whyLine(entry);
  const by = startedBy === null ? '' : `  by ${cut(oneLine(startedBy), 30)}`;
  const took = humanDuration(endedAtMs - startedAtMs);
  const head = `${String(number).padStart(4)}  ${utcTime(endedAtMs)}  ${commit.sha.slice(0, 12)}`;
  const label = word(verdict, colors);
  const padding = ' '.repeat(Math.max(0, WIDEST - labelOf(verdict).length));
  const room = Math.max(20, width - head.length - WIDEST - 4);
  // Who it was stays to be seen, however long the subject.
  const forSubject = Math.max(8, room - WIDEST_TIME - by.length - '  “”'.length);
  const what =
    rollbackTo === null ? `“${cut(oneLine(commit.subject), forSubject)}”` : `back to release ${rollbackTo}`;
  const rest = cut(`${took.padStart(WIDEST_TIME)}  ${what}${by}${why}`, room);
  return `${head}  ${label}${padding}  ${rest}`;
}

const whyLine = ({ verdict, cause, broughtBy }: LedgerLine): string => {
  if (broughtBy !== null) return `  in place since release ${broughtBy}`;
  return verdict === 'succeeded' || !cause ? '' : `  ${oneLine(cause.summary)}`;
};

const WIDEST_TIME = 7;

const BROKEN_OFF = '✗ broken off';

const labelOf = (verdict: Ending): string => (verdict === 'broken-off' ? BROKEN_OFF : HEADLINE[verdict].text);

const WIDEST = Math.max(BROKEN_OFF.length, ...Object.values(HEADLINE).map(({ text }) => text.length));

const word = (verdict: Ending, colors: Colors): string =>
  colors[verdict === 'broken-off' ? 'red' : HEADLINE[verdict].color](labelOf(verdict));
