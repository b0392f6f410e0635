/**
 * What is new in a release since it was last shown, as lines that are only ever appended.
 */
import type { PendingActivity } from '../../client/watch-release.ts';
import type { ReleaseStatus, StepStatus } from '../../release/verdict.ts';
import { humanDuration } from './duration.ts';
import { heartbeatText } from './heartbeat-text.ts';
import { cut, oneLine } from './sanitize.ts';
import { renderStep } from './step-line.ts';
import { colorsFor, type RenderOptions } from './style.ts';

type Status = Pick<ReleaseStatus, 'steps' | 'commit' | 'warnings'> & {
  readonly phase?: ReleaseStatus['phase'];
};

/** Steps that wait or are skipped say nothing new to somebody who watches. */
const isNews = (step: StepStatus, before: StepStatus | undefined): boolean =>
  step.state !== before?.state && step.state !== 'waiting' && step.state !== 'skipped';

export function renderNews(before: Status | undefined, now: Status, options: RenderOptions): string[] {
  const colors = colorsFor(options);
  const lines: string[] = [];
  if (now.commit && !before?.commit) {
    const subject = cut(oneLine(now.commit.subject), Math.max(20, options.width - 16));
    lines.push(`${colors.bold(now.commit.sha.slice(0, 12))}  ${subject}`);
  }
  for (const warning of now.warnings.slice(before?.warnings.length ?? 0)) {
    lines.push(colors.yellow(`! ${oneLine(warning)}`));
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
  return lines;
}

/** A retry is said once an attempt. */
export function renderRetry(activity: PendingActivity, options: RenderOptions): string {
  const why = activity.lastFailure ? `: ${cut(oneLine(activity.lastFailure), options.width * 2)}` : '';
  return colorsFor(options).yellow(`↻ ${oneLine(activity.type)}  attempt ${activity.attempt}${why}`);
}

/** Said when nothing has changed for a while, so that silence is never mistaken for a hang. */
export function renderHeartbeat(
  steps: readonly StepStatus[],
  pending: readonly PendingActivity[],
  nowMs: number,
  options: RenderOptions,
): string {
  const running = steps
    .filter(({ state }) => state === 'running')
    .map((step) => `${oneLine(step.id)} (${humanDuration(nowMs - (step.startedAtMs ?? nowMs))})`);
  const waiting = pending.filter(({ worker }) => worker === '').map(({ type }) => oneLine(type));
  const last = pending.map(heartbeatText).filter(Boolean);
  const parts = [
    running.length > 0 ? `still running: ${running.join(', ')}` : 'still waiting',
    waiting.length > 0 ? `no worker yet for ${[...new Set(waiting)].join(', ')}` : '',
    last.join('; '),
  ];
  return colorsFor(options).dim(`… ${parts.filter(Boolean).join(' – ')}`);
}

/** How a service's rollout stands, said whenever that changes. */
export const renderServiceProgress = (name: string, text: string, options: RenderOptions): string =>
  colorsFor(options).dim(`    ${name}  ${cut(text, options.width * 2)}`);
