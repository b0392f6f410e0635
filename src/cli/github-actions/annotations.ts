/** What of a release is said beside the log: the verdict with its cause, and the warnings. */
import type { ReleaseReport } from '../../release/verdict.ts';
import { HEADLINE, meaningOf } from '../render/verdict-text.ts';
import type { Annotation } from './workflow-commands.ts';

/** GitHub shows ten of a level for each step: room for those of the inputs is left. */
const MOST_WARNINGS = 6;
const MOST_EVIDENCE = 8;

export const annotationsOf = (report: ReleaseReport): readonly Annotation[] => {
  const { app, environment, verdict, cause } = report;
  const title = `${HEADLINE[verdict].text}: ${app} → ${environment}`;
  const shown = report.warnings.slice(0, MOST_WARNINGS);
  const left = report.warnings.length - shown.length;
  return [
    ...(verdict === 'succeeded'
      ? []
      : [{ level: levelOf(report), title, message: [...why(cause), meaningOf(report)].join('\n') }]),
    ...shown.map((message): Annotation => ({ level: 'warning', title: `${app} → ${environment}`, message })),
    ...(left > 0
      ? [{ level: 'warning', title, message: `and ${left} more warnings: they are in the summary` } as const]
      : []),
  ];
};

/** One that made way for a newer commit has gone as it should, although its job fails. */
const levelOf = ({ verdict }: ReleaseReport): Annotation['level'] =>
  verdict === 'superseded' ? 'warning' : 'error';

const why = (cause: ReleaseReport['cause']): readonly string[] =>
  cause === null
    ? []
    : [cause.summary, ...cause.evidence.flatMap((text) => text.split(/\r\n|[\r\n]/)).slice(0, MOST_EVIDENCE)];
