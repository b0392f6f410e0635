/**
 * A release as a page for the summary of a job: the verdict, why, and a row for each service and step. All texts but
 * our own may be anybody's; GitHub leaves out a page above 1 MiB, and nobody reads one.
 */
import { shortArn } from '../../release/short-arn.ts';
import type { Cause, ReleaseReport, ServiceReport, StepStatus } from '../../release/verdict.ts';
import { humanDuration } from '../render/duration.ts';
import { operatorLine } from '../render/operators.ts';
import { HEADLINE, meaningOf } from '../render/verdict-text.ts';
import { code, inline, preformatted, table } from './markdown.ts';

const MOST_ROWS = 100;
const MOST_LINES = 60;
const EVIDENCE = { lines: 80, width: 500 } as const;

/** @param url of the release in Temporal's UI */
export function summaryOf(report: ReleaseReport, workflowId: string, url: string | undefined): string {
  const { cause, services, steps } = report;
  const sections = [
    `### ${HEADLINE[report.verdict].text}: ${code(report.app)} → ${code(report.environment)}`,
    inline(meaningOf(report), 1_000),
    facts(report, workflowId, url),
    ...(cause === null ? [] : [causeSection(cause)]),
    ...bulleted('Warnings', report.warnings),
    ...bulleted('Operators', report.operators.map(operatorLine)),
    ...(services.length === 0
      ? []
      : [table(['service', 'state', 'task definition'], rows(services.map(serviceRow), 3))]),
    details(`${steps.length} steps`, table(['step', 'state', 'time', ''], rows(steps.map(stepRow), 4))),
  ];
  return `${sections.join('\n\n')}\n`;
}

/** Of one that is not watched any more, or that needs a person. */
export const awaySummary = (
  title: string,
  workflowId: string,
  commands: readonly string[],
  url: string | undefined,
): string =>
  [
    `### ${inline(title)}`,
    `Release ${link(code(workflowId), url)}`,
    preformatted(commands.join('\n'), { lines: 20, width: 500 }),
  ].join('\n\n');

function facts(report: ReleaseReport, workflowId: string, url: string | undefined): string {
  const { commit, number, startedBy } = report;
  return table(
    ['release', 'commit', 'by', 'took'],
    [
      [
        `${number === null ? '' : `${number} `}${link(code(workflowId), url)}`,
        commit === null ? '' : `${code(commit.sha.slice(0, 12))} ${code(commit.subject, 120)}`,
        code(startedBy ?? ''),
        humanDuration(report.endedAtMs - report.startedAtMs),
      ],
    ],
  );
}

const link = (text: string, url: string | undefined): string =>
  url === undefined ? text : `<a href="${inline(url, 2_000)}">${text}</a>`;

const causeSection = ({ summary, kind, step, evidence }: Cause): string => {
  const head = `**Cause**: ${inline(summary, 1_000)} (${code(kind)} in ${code(step)})`;
  return evidence.length === 0 ? head : `${head}\n\n${preformatted(evidence.join('\n'), EVIDENCE)}`;
};

function bulleted(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const shown = lines.slice(0, MOST_LINES).map((line) => `- ${inline(line, 500)}`);
  const left = lines.length - shown.length;
  return [[`**${title}**`, '', ...shown, ...(left > 0 ? [`- … and ${left} more`] : [])].join('\n')];
}

/** A table's cells, with a row that says how many were left out. */
function rows(all: readonly (readonly string[])[], columns: number): readonly (readonly string[])[] {
  if (all.length <= MOST_ROWS) return all;
  const rest = [`… and ${all.length - MOST_ROWS} more`, ...Array<string>(columns - 1).fill('')];
  return [...all.slice(0, MOST_ROWS), rest];
}

const arnCode = (arn: string | null): string => (arn === null ? '' : code(shortArn(arn)));

const serviceRow = ({ name, state, baseline, taskDefinition }: ServiceReport): string[] => [
  code(name),
  state,
  state === 'updated' && baseline !== null && baseline !== taskDefinition
    ? `${arnCode(baseline)} → ${arnCode(taskDefinition)}`
    : arnCode(taskDefinition ?? baseline),
];

const stepRow = ({ id, state, startedAtMs, endedAtMs, detail }: StepStatus): string[] => [
  code(id),
  state,
  startedAtMs === undefined || endedAtMs === undefined ? '' : humanDuration(endedAtMs - startedAtMs),
  code(detail ?? ''),
];

/** Between the empty lines it is Markdown again. */
const details = (title: string, body: string): string =>
  `<details><summary>${title}</summary>\n\n${body}\n\n</details>`;
