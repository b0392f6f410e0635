/** The checks of a commit as a page of Markdown, for Temporal's UI. Pure, and bounded: nobody has reviewed what is in it. */
import type { ChecksStatus, ChecksVerdict } from '../checks.ts';
import { humanDuration } from '../human-duration.ts';
import { bullets, code, fenced, fitting, section, table, utc } from './blocks.ts';
import { stepRows } from './release-page.ts';

export const checksPage = (status: ChecksStatus): string =>
  fitting((rows) =>
    [
      `## ${status.verdict === null ? '▸ running' : VERDICT[status.verdict]} · checks of ${code(status.app) || 'an app'}`,
      bullets(facts(status)),
      section('Cause', cause(status, rows)),
      section('Steps', table(stepRows(status.steps, rows))),
    ]
      .filter(Boolean)
      .join('\n\n'),
  );

const VERDICT: Readonly<Record<ChecksVerdict, string>> = {
  passed: '✓ passed',
  failed: '✗ failed',
  cancelled: '⊘ cancelled',
};

const facts = ({
  commit,
  pullRequest,
  startedBy,
  startedAtMs,
  endedAtMs,
}: ChecksStatus): readonly string[] => {
  const end =
    endedAtMs === null ? '' : `, ended ${utc(endedAtMs)}, after ${humanDuration(endedAtMs - startedAtMs)}`;
  return [
    ...(commit === null ? [] : [`commit ${code(commit.sha)} ${code(commit.subject, 120)}`.trimEnd()]),
    ...(pullRequest === null ? [] : [`pull request ${pullRequest}`]),
    `started ${utc(startedAtMs)}${startedBy === null ? '' : ` by ${code(startedBy, 80)}`}${end}`,
  ];
};

const MOST_EVIDENCE = 20;

const cause = ({ cause: why }: ChecksStatus, room: number): string => {
  if (why === null) return '';
  const evidence = why.evidence.slice(-Math.min(room, MOST_EVIDENCE));
  return [`${code(why.summary, 400)} (${code(why.step)})`, evidence.length === 0 ? '' : fenced(evidence)]
    .filter(Boolean)
    .join('\n\n');
};
