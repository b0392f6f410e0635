/**
 * A release that has no verdict: one that runs (what it does, what it waits for), or one that was broken off.
 */
import type { PendingActivity } from '../../client/watch-release.ts';
import type { ReleaseStatus } from '../../release/verdict.ts';
import {
  activeHold,
  answerLines,
  awayAnswers,
  holdAnswers,
  holdLine,
  stuckAnswers,
  stuckNames,
  utcTime,
} from './hold.ts';
import { operatorLine } from './operators.ts';
import { pendingLines } from './pending.ts';
import { causeLines, section, serviceLines, stepLines } from './report.ts';
import { inert, oneLine } from './sanitize.ts';
import { colorsFor, type RenderOptions } from './style.ts';

export function renderStatus(
  status: ReleaseStatus,
  workflowId: string,
  state: 'running' | 'broken-off',
  options: RenderOptions,
  pending: readonly PendingActivity[] = [],
): string {
  const colors = colorsFor(options);
  const sections = [
    headline(status, state, options),
    state === 'running' ? waitsFor(status, workflowId, options) : '',
    section('At work', pendingLines(pending, options), colors),
    section('Cause', causeLines(status.cause, options), colors),
    section('Warnings', status.warnings.map(oneLine), colors),
    section('Services', state === 'running' ? [] : serviceLines(status.services, colors), colors),
    section('Operators', status.operators.map(operatorLine), colors),
    section('Steps', stepLines(status.steps, options), colors),
    section('Next', state === 'running' ? [] : [repairLine(status)], colors),
  ];
  return inert(`${sections.filter(Boolean).join('\n\n')}\n`);
}

function headline(status: ReleaseStatus, state: 'running' | 'broken-off', options: RenderOptions): string {
  const colors = colorsFor(options);
  const word =
    state === 'broken-off'
      ? colors.red(colors.bold('✗ broken off'))
      : status.phase === 'restoring'
        ? colors.yellow(colors.bold('↩ rolling back'))
        : colors.cyan(colors.bold('▸ running'));
  const commit = status.commit ? `  ${status.commit.sha.slice(0, 12)}` : '';
  const meaning =
    state === 'broken-off'
      ? 'it ended without a verdict; what it had changed is still in place. Below is how it stood then'
      : `since ${utcTime(status.startedAtMs)}`;
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
          colors.red(`‼ rollback stuck: ${oneLine(stuck)}`),
          ...answerLines(stuckAnswers(workflowId, stuckNames(status))),
        ]),
    ...(hold === null ? [] : [colors.yellow(holdLine(hold)), ...answerLines(holdAnswers(hold, workflowId))]),
  ];
  return lines.length > 0 ? lines.join('\n') : answerLines(awayAnswers(workflowId)).join('\n');
}

const repairLine = ({ environment, commit }: ReleaseStatus): string =>
  `the next release puts right what this one left, then begins: slipway deploy ${oneLine(environment)}${commit ? ` --sha ${commit.sha}` : ''}`;
