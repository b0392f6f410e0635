/** An environment as a page of Markdown: who has the turn, who waits, the freeze, what serves, what was released. */
import type { LedgerLine } from '../environment/ledger.ts';
import type { EnvironmentStatus } from '../environment/status.ts';
import { humanDuration } from '../human-duration.ts';
import { workflowIdOf } from '../names.ts';
import { bullets, code, fitting, type Row, section, table, utc } from './blocks.ts';

/** @param nowMs decides which of the freezes to come are named */
export const environmentPage = (status: EnvironmentStatus, nowMs: number): string =>
  fitting((rows) =>
    [
      `## ${headline(status)}`,
      bullets([...freezeLines(status, nowMs), ...repairLines(status), servingLine(status)]),
      section('Turn', bullets(turnLines(status))),
      section('On the way', table(some(status.joined.map(joinedRow), rows))),
      section('Last releases', table(some(status.ledger.map(ledgerRow), Math.min(rows, 10)))),
    ]
      .filter(Boolean)
      .join('\n\n'),
  );

const headline = ({ app, environment, turn, joined }: EnvironmentStatus): string => {
  const waits = joined.length === 0 ? '' : `, ${joined.length} on the way`;
  return `${code(`${app} → ${environment}`)} · ${turn ? `release ${turn.number} has the turn` : 'nobody has the turn'}${waits}`;
};

/** The page is made when something happens: so that it says until when, and not whether that has passed. */
const freezeLines = ({ freeze, rules }: EnvironmentStatus, nowMs: number): readonly string[] => {
  const next = rules.freezes.find(({ untilMs }) => nowMs < untilMs);
  return [
    ...(freeze && (freeze.untilMs === null || nowMs < freeze.untilMs)
      ? [
          `‖ **frozen** by ${code(freeze.owner, 80)} ${freeze.untilMs === null ? 'until somebody ends it' : `until ${utc(freeze.untilMs)}`}: ${code(freeze.reason)}`,
        ]
      : []),
    ...(next ? [`‖ **frozen** from ${utc(next.fromMs)} until ${utc(next.untilMs)}: ${code(next.name)}`] : []),
  ];
};

const repairLines = ({ needsRepair }: EnvironmentStatus): readonly string[] =>
  needsRepair
    ? [
        `‼ release ${needsRepair.number} ended without a word at ${utc(needsRepair.sinceMs)}: the next one puts it right first`,
      ]
    : [];

const servingLine = ({ serving }: EnvironmentStatus): string =>
  serving
    ? `serves: release ${serving.number}, ${code(serving.commit.sha.slice(0, 12))} ${code(serving.commit.subject, 120)}`
    : 'serves: nothing that is known';

const turnLines = ({ turn }: EnvironmentStatus): readonly string[] => {
  if (!turn) return [];
  const by = turn.startedBy === null ? '' : ` of ${code(turn.startedBy, 80)}`;
  return [
    `release ${turn.number}${by}: ${code(turn.commit.sha.slice(0, 12))} ${code(turn.commit.subject, 120)}`,
    `since ${utc(turn.sinceMs)}, workflow ${code(workflowIdOf(turn.releaseId), 300)}`,
    ...(turn.unattended ? ['‼ nobody works on it'] : []),
  ];
};

const joinedRow = ({ number, phase, commit, releaseId }: EnvironmentStatus['joined'][number]): Row => [
  `release ${number}`,
  { preparing: 'prepares', ready: 'waits', out: 'gets no turn' }[phase],
  commit.sha.slice(0, 12),
  workflowIdOf(releaseId),
];

const ledgerRow = (line: LedgerLine): Row => [
  `release ${line.number}`,
  line.verdict,
  line.commit.sha.slice(0, 12),
  utc(line.endedAtMs),
  humanDuration(line.endedAtMs - line.startedAtMs),
  [line.commit.subject, line.cause?.summary].filter(Boolean).join(' – '),
];

const some = (rows: readonly Row[], room: number): readonly Row[] =>
  rows.length <= room ? rows : [...rows.slice(0, room), [`… and ${rows.length - room} more`]];
