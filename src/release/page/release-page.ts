/** A release as a page of Markdown: what Temporal's UI and `temporal workflow metadata` show of it. Pure, and bounded. */

import { humanDuration } from '../human-duration.ts';
import { shellWord } from '../shell-word.ts';
import { shortArn } from '../short-arn.ts';
import type { Hold, ReleaseStatus, ServiceReport, StepState, StepStatus, Verdict } from '../verdict.ts';
import { bullets, code, fenced, fitting, type Row, section, table, timeOfDay, utc } from './blocks.ts';

/** @param workflowId for the commands that answer it */
export const releasePage = (status: ReleaseStatus, workflowId: string): string =>
  fitting((rows) =>
    [
      `## ${headline(status)}`,
      bullets(facts(status)),
      section('Waits for a person', waiting(status, workflowId)),
      section('Cause', cause(status, rows)),
      section('Steps', table(stepRows(status.steps, rows))),
      section('Services', table(serviceRows(status, rows))),
      section('Warnings', bullets(some(status.warnings, Math.min(rows, 8)).map((line) => code(line, 300)))),
      section('Operators', bullets(some(status.operators.map(operatorLine), Math.min(rows, 8)))),
    ]
      .filter(Boolean)
      .join('\n\n'),
  );

const VERDICT: Readonly<Record<Verdict, string>> = {
  succeeded: '✓ succeeded',
  failed: '✗ failed',
  'rolled-back': '↩ rolled back',
  'rollback-failed': '‼ rollback failed',
  superseded: '⊘ superseded',
  aborted: '⊘ aborted',
  refused: '✗ refused',
};

const headline = (status: ReleaseStatus): string => {
  const { app, environment } = status;
  const place = code([app, environment].filter(Boolean).join(' → '));
  return place === '' ? word(status) : `${word(status)} · ${place}`;
};

const word = ({ phase, verdict, stuck, hold }: ReleaseStatus): string => {
  if (phase === 'ended') return verdict === null ? '✗ ended' : VERDICT[verdict];
  if (stuck !== null) return '‼ rollback stuck';
  if (phase === 'restoring') return '↩ rolling back';
  if (hold === null) return '▸ running';
  return { paused: '‖ paused', approval: '? waits for an approval', decision: '‼ waits for a decision' }[
    hold.kind
  ];
};

const facts = (status: ReleaseStatus): readonly string[] => {
  const { number, rollbackTo, cluster, commit, startedBy, promotedFrom, broughtBy } = status;
  const { startedAtMs, endedAtMs } = status;
  const end =
    endedAtMs === null ? '' : `, ended ${utc(endedAtMs)}, after ${humanDuration(endedAtMs - startedAtMs)}`;
  return [
    ...(number === null
      ? []
      : [`release ${number}${rollbackTo === null ? '' : `, back to release ${rollbackTo}`}`]),
    ...(commit === null ? [] : [`commit ${code(commit.sha)} ${code(commit.subject, 120)}`.trimEnd()]),
    ...(cluster === null ? [] : [`cluster ${code(cluster)}`]),
    `started ${utc(startedAtMs)}${startedBy === null ? '' : ` by ${code(startedBy, 80)}`}${end}`,
    ...(promotedFrom
      ? [`verified by release ${promotedFrom.number} of ${code(promotedFrom.environment)}`]
      : []),
    ...(broughtBy === null ? [] : [`in place since release ${broughtBy}: nothing was deployed`]),
  ];
};

/** What it waits for, and what to type. */
const waiting = ({ hold, stuck, phase, services }: ReleaseStatus, workflowId: string): string => {
  const blocks: string[] = [];
  if (stuck !== null) {
    const open = services.find(({ name }) => stuck.startsWith(`${name}: `))?.name ?? '<service>';
    blocks.push(
      `‼ not restored, and tried again: ${code(stuck, 300)}`,
      commands(workflowId, [
        ['try now', 'retry'],
        ['leave one', 'skip', open],
        ['leave all', 'give-up'],
      ]),
    );
  }
  // A pause means nothing any more once the release goes back.
  if (hold && !(hold.kind === 'paused' && phase === 'restoring')) {
    const end = hold.kind === 'paused' ? 'goes on by itself at' : 'ends at';
    const until = hold.untilMs === null ? '' : ` (${end} ${utc(hold.untilMs)})`;
    blocks.push(
      `${code(hold.reason, 300)}, since ${utc(hold.sinceMs)}${until}`,
      commands(workflowId, ANSWERS[hold.kind]),
    );
  }
  return blocks.join('\n\n');
};

type Answer = readonly [what: string, signal: string, service?: string];

const ANSWERS: Readonly<Record<Hold['kind'], readonly Answer[]>> = {
  paused: [
    ['go on', 'resume'],
    ['end it', 'abort'],
  ],
  approval: [
    ['yes', 'approve'],
    ['no', 'deny'],
  ],
  decision: [
    ['roll back', 'rollback'],
    ['leave all', 'give-up'],
  ],
};

/** Each as `slipway` and as the signal that any Temporal client can send. */
const commands = (workflowId: string, answers: readonly Answer[]): string => {
  const id = shellWord(workflowId);
  const lines = answers.flatMap(([what, signal, service]) => {
    const more = service === undefined ? '' : ` --input ${shellWord(JSON.stringify({ service }))}`;
    const rest = service === undefined ? '' : ` ${shellWord(service)}`;
    return [
      `# ${what}, as: slipway ${signal} ${id}${rest}`,
      `temporal workflow signal --workflow-id ${id} --name ${signal}${more}`,
    ];
  });
  return fenced(lines, 'sh', 1_300);
};

const MOST_EVIDENCE = 20;

const cause = ({ cause: why }: ReleaseStatus, room: number): string => {
  if (why === null) return '';
  const { kind, step, summary, evidence } = why;
  const line = `${code(summary, 400)} (${code(kind)} in ${code(step)})`;
  return [line, evidence.length === 0 ? '' : fenced(some(evidence, Math.min(room, MOST_EVIDENCE)))]
    .filter(Boolean)
    .join('\n\n');
};

const STEP: Readonly<Record<StepState, string>> = {
  waiting: '· waiting',
  running: '▸ running',
  succeeded: '✓ done',
  failed: '✗ failed',
  cancelled: '⊘ cancelled',
  skipped: '- skipped',
};

/** What matters most when there is no room for all. */
const STEP_RANK: Readonly<Record<StepState, number>> = {
  failed: 0,
  running: 1,
  cancelled: 2,
  waiting: 3,
  succeeded: 4,
  skipped: 5,
};

export const stepRows = (steps: readonly StepStatus[], room: number): readonly Row[] =>
  mostImportant(
    steps,
    room,
    ({ state }) => STEP_RANK[state],
    (step) => {
      const architecture = step.architecture ? ` (${step.architecture})` : '';
      return [STEP[step.state], `${step.id}${architecture}`, timeOf(step), step.detail ?? ''];
    },
  );

const timeOf = ({ startedAtMs, endedAtMs }: StepStatus): string => {
  if (startedAtMs === undefined) return '';
  return endedAtMs === undefined ? `since ${timeOfDay(startedAtMs)}` : humanDuration(endedAtMs - startedAtMs);
};

const SERVICE: Readonly<Record<ServiceReport['state'], string>> = {
  untouched: '· untouched',
  updated: '✓ updated',
  restored: '↩ restored',
  'left-alone': '‼ left alone',
  'not-restored': '‼ not restored',
};

const SERVICE_RANK: Readonly<Record<ServiceReport['state'], number>> = {
  'not-restored': 0,
  'left-alone': 1,
  updated: 2,
  restored: 3,
  untouched: 4,
};

const serviceRows = ({ services, phase }: ReleaseStatus, room: number): readonly Row[] =>
  mostImportant(
    services,
    room,
    ({ state }) => SERVICE_RANK[state],
    (service) => {
      const { state, name, baseline, taskDefinition, detail, now, empty } = service;
      const [before, after] = [shortArn(baseline ?? ''), shortArn(taskDefinition ?? '')];
      const change = state === 'updated' && before !== after ? `${before} → ${after}` : after || before;
      const more = [empty ? 'scaled to zero' : '', detail ?? '', now === undefined ? '' : `now: ${now}`];
      return [serviceWord(service, phase), name, change, more.filter(Boolean).join('; ')];
    },
  );

/** What has been touched counts as not restored until it is: on the way there that is no alarm yet. */
const serviceWord = ({ state, detail }: ServiceReport, phase: ReleaseStatus['phase']): string => {
  if (state !== 'not-restored' || phase === 'ended' || detail !== undefined) return SERVICE[state];
  return phase === 'running' ? '▸ changed' : '▸ goes back';
};

/** `arn:…:task-definition/api:7` → `api:7`. */

/** All of them in their order, where there is room; else those that matter, in their order, and how many are left out. */
const mostImportant = <T>(
  all: readonly T[],
  room: number,
  rank: (one: T) => number,
  row: (one: T) => Row,
): readonly Row[] => {
  if (all.length <= room) return all.map(row);
  const chosen = new Set(all.toSorted((one, other) => rank(one) - rank(other)).slice(0, room));
  return [...all.filter((one) => chosen.has(one)).map(row), [`… and ${all.length - room} more`]];
};

const operatorLine = ({
  atMs,
  who,
  action,
  reason,
  accepted,
  answer,
}: ReleaseStatus['operators'][number]): string => {
  const why = reason === '' ? '' : ` (${code(reason)})`;
  return `${timeOfDay(atMs)} ${code(who, 80)}: ${action}${why} – ${accepted ? '' : 'not taken: '}${code(answer)}`;
};

/** The last ones. */
const some = (lines: readonly string[], most: number): readonly string[] =>
  lines.length <= most ? lines : [`… ${lines.length - most} before`, ...lines.slice(-most)];
