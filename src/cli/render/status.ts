/**
 * A release that has no verdict: one that runs (what it does, what it waits for), or one that was broken off.
 */
import type { BrokenEnd } from '../../client/errors.ts';
import type { PendingActivity } from '../../client/watch-release.ts';
import type { Aftermath } from '../../release/broken-off.ts';
import { slipwayCommand } from '../../release/shell-word.ts';
import type { ReleaseStatus } from '../../release/verdict.ts';
import { environmentCommand, type Reader } from './command.ts';
import { adviceLines, answerLines } from './command-lines.ts';
import { activeHold, awayAnswers, holdAnswers, holdLine, stuckAnswers, stuckNames, utcTime } from './hold.ts';
import { operatorLine } from './operators.ts';
import { pendingLines } from './pending.ts';
import { causeLines, nextSection, section, serviceLines, stepLines, within } from './report.ts';
import { oneLine } from './sanitize.ts';
import { said } from './short-names.ts';
import { colorsFor, type RenderOptions } from './style.ts';
import { HEADLINE } from './verdict-text.ts';
import { fitted } from './wrap.ts';

/** @param state `running`, or how it was broken off */
export function renderStatus(
  status: ReleaseStatus,
  workflowId: string,
  state: 'running' | BrokenEnd,
  options: RenderOptions,
  pending: readonly PendingActivity[] = [],
): string {
  const colors = colorsFor(options);
  const sections = [
    headline(status, state, options),
    state === 'running' ? waitsFor(status, workflowId, options) : '',
    section('Since then', state === 'running' ? [] : aftermathLines(state.aftermath), colors),
    section(
      'At work',
      pendingLines(pending, options).flatMap((line) => adviceLines(line, within(options), '')),
      colors,
    ),
    section('Cause', causeLines(status.cause, options), colors),
    section('Warnings', status.warnings.map(said), colors),
    section('Services', state === 'running' ? [] : serviceLines(status.services, colors), colors),
    section('Operators', status.operators.map(operatorLine), colors),
    section('Steps', stepLines(status.steps, options), colors),
    nextSection(state === 'running' ? [] : [nextLine(status, state.aftermath, options)], options),
  ];
  return fitted(`${sections.filter(Boolean).join('\n\n')}\n`, options);
}

function headline(status: ReleaseStatus, state: 'running' | BrokenEnd, options: RenderOptions): string {
  const colors = colorsFor(options);
  const word =
    state !== 'running'
      ? colors.red(colors.bold('✗ broken off'))
      : status.phase === 'restoring'
        ? colors.yellow(colors.bold('↩ rolling back'))
        : colors.cyan(colors.bold('▸ running'));
  const commit = status.commit ? `  ${status.commit.sha.slice(0, 12)}` : '';
  const meaning =
    state === 'running'
      ? `since ${utcTime(status.startedAtMs)}`
      : `it ended without a verdict at ${utcTime(state.endedAtMs)}; ${sinceThen(state.aftermath)}. Below is how it stood`;
  return `${word}  ${oneLine(status.app)} → ${oneLine(status.environment)}${commit}\n  ${meaning}`;
}

/** What a person can do about it stands right below what it waits for. */
function waitsFor(status: ReleaseStatus, workflowId: string, options: RenderOptions): string {
  const { stuck } = status;
  const hold = activeHold(status);
  const colors = colorsFor(options);
  const lines = [
    ...(stuck === null
      ? []
      : [
          colors.red(`‼ rollback stuck: ${said(stuck)}`),
          ...answerLines(stuckAnswers(workflowId, stuckNames(status)), options),
        ]),
    ...(hold === null
      ? []
      : [colors.yellow(holdLine(hold)), ...answerLines(holdAnswers(hold, workflowId), options)]),
  ];
  return lines.length > 0 ? lines.join('\n') : answerLines(awayAnswers(workflowId), options).join('\n');
}

const sinceThen = (aftermath: Aftermath | null): string =>
  aftermath ? 'a later release has looked back at it' : 'what it had changed was still in place then';

const aftermathLines = (aftermath: Aftermath | null): string[] =>
  aftermath
    ? [`${oneLine(aftermath.workflowId)}  ${HEADLINE[aftermath.verdict].text}`, said(aftermath.did)]
    : [];

/** Its commit is offered again only where no later one has gone past it. */
const nextLine = (status: ReleaseStatus, aftermath: Aftermath | null, reader: Reader): string => {
  if (aftermath) return `the report of that one: ${oneLine(slipwayCommand('why', [aftermath.workflowId]))}`;
  const options = status.commit ? [`--sha ${status.commit.sha}`] : [];
  const deploy = environmentCommand('deploy', status, reader, { options });
  return `the next release puts right what this one left, then begins: ${oneLine(deploy)}`;
};
