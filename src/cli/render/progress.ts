/**
 * What is new in a release since it was last shown, as lines that are only ever appended.
 */
import type { PendingActivity } from '../../client/watch-release.ts';
import type { Hold, ReleaseStatus, StepStatus } from '../../release/verdict.ts';
import { cutTo } from './columns.ts';
import { answerLines } from './command-lines.ts';
import { humanDuration } from './duration.ts';
import { heartbeatText } from './heartbeat-text.ts';
import { activeHold, holdAnswers, holdLine } from './hold.ts';
import { operatorLine } from './operators.ts';
import { subjectText } from './report.ts';
import { oneLine } from './sanitize.ts';
import { said } from './short-names.ts';
import { renderStep } from './step-line.ts';
import { colorsFor, type RenderOptions } from './style.ts';

/** A status, or the report that ends the watching (nothing is held any more). */
export type Shown = Pick<ReleaseStatus, 'steps' | 'commit' | 'warnings' | 'operators'> &
  Partial<Pick<ReleaseStatus, 'phase' | 'hold'>>;

/** Steps that wait or are skipped say nothing new to somebody who watches; one that waits for its turn says for whom. */
const isNews = (step: StepStatus, before: StepStatus | undefined): boolean => {
  if (step.state === 'waiting' || step.state === 'skipped') return false;
  const saysWhy = step.kind === 'turn' && step.state === 'running' && step.detail !== before?.detail;
  return step.state !== before?.state || saysWhy;
};

/** @param workflowId for the commands that answer a hold */
export function renderNews(
  before: Shown | undefined,
  now: Shown,
  workflowId: string,
  options: RenderOptions,
): string[] {
  const colors = colorsFor(options);
  const lines: string[] = [];
  if (now.commit && !before?.commit) {
    const subject = subjectText(now.commit, Math.max(20, options.width - 18));
    lines.push(`${colors.bold(now.commit.sha.slice(0, 12))}  ${subject}`);
  }
  for (const warning of now.warnings.slice(before?.warnings.length ?? 0)) {
    lines.push(colors.yellow(`! ${said(warning)}`));
  }
  for (const record of now.operators.slice(before?.operators.length ?? 0)) {
    lines.push(colors.yellow(operatorLine(record)));
  }
  const known = new Map(before?.steps.map((step) => [step.id, step]));
  const news = now.steps.filter((step) => isNews(step, known.get(step.id)));
  // By the time of the change, so that a step that ended stands before the one it made way for.
  const changedAt = (step: StepStatus): number => step.endedAtMs ?? step.startedAtMs ?? 0;
  for (const step of [...news].sort((a, b) => changedAt(a) - changedAt(b))) {
    lines.push(renderStep(step, options));
  }
  if (now.phase === 'restoring' && before?.phase !== 'restoring') {
    lines.push(colors.yellow('↩ restoring every service that was touched'));
  }
  return [...lines, ...holdNews(activeHold(before ?? {}), activeHold(now), workflowId, options)];
}

/** A pause under new terms is news; the end of one shows in the steps that go on, but may take a while to. */
function holdNews(
  before: Hold | null,
  now: Hold | null,
  workflowId: string,
  options: RenderOptions,
): string[] {
  const colors = colorsFor(options);
  const same =
    before?.kind === now?.kind && before?.sinceMs === now?.sinceMs && before?.untilMs === now?.untilMs;
  if (same) return [];
  if (now === null) return [colors.dim('▸ no longer held')];
  return [colors.yellow(holdLine(now)), ...answerLines(holdAnswers(now, workflowId), options)];
}

/** A retry is said once an attempt. */
export function renderRetry(activity: PendingActivity, options: RenderOptions): string {
  const why = activity.lastFailure ? `: ${cutTo(said(activity.lastFailure), options.width * 2)}` : '';
  return colorsFor(options).yellow(`↻ ${oneLine(activity.type)}  attempt ${activity.attempt}${why}`);
}

/** Said when nothing has changed for a while, so that silence is never mistaken for a hang. */
export function renderHeartbeat(
  steps: readonly StepStatus[],
  pending: readonly PendingActivity[],
  hold: Hold | null,
  nowMs: number,
  options: RenderOptions,
): string {
  const running = steps
    .filter(({ state }) => state === 'running')
    .map((step) => `${oneLine(step.id)} (${humanDuration(nowMs - (step.startedAtMs ?? nowMs))})`);
  const waiting = pending
    .filter(({ worker }) => worker === '')
    .map(({ type, taskQueue }) => oneLine(taskQueue === undefined ? type : `${type} on ${taskQueue}`));
  const last = pending.map(heartbeatText).filter(Boolean);
  const parts = [
    hold === null ? '' : oneLine(hold.reason),
    running.length > 0 ? `still running: ${running.join(', ')}` : 'still waiting',
    waiting.length > 0 ? `no worker yet for ${[...new Set(waiting)].join(', ')}` : '',
    last.join('; '),
  ];
  return colorsFor(options).dim(`… ${parts.filter(Boolean).join(' – ')}`);
}

/** How a service's rollout stands, said whenever that changes. */
export const renderServiceProgress = (name: string, text: string, options: RenderOptions): string =>
  colorsFor(options).dim(`    ${name}  ${cutTo(text, options.width * 2)}`);
