/**
 * The part that `deploy` and `watch` share: follow a release, let go on Ctrl+C, report, choose the exit code.
 */
import { type FoundRelease, type ReleaseClient, shellWord } from '../client/index.ts';
import { EXIT, type ExitCode, VERDICT_EXIT } from './exit-codes.ts';
import { type FollowEnd, followRelease } from './follow-release.ts';
import { gitHubJob } from './github-actions/github-job.ts';
import { LineView } from './line-view.ts';
import { answerLines, awayAnswers, stuckAnswers } from './render/hold.ts';
import { renderReport } from './render/report.ts';
import { jsonText, oneLine } from './render/sanitize.ts';
import { temporalLink } from './temporal-link.ts';
import type { Terminal } from './terminal.ts';

/** Silence is never mistaken for a hang. */
export const HEARTBEAT_MS = 30_000;

export interface WatchOptions {
  readonly output: 'text' | 'json';
  /** Give up watching (not the release) after this long. */
  readonly timeoutMs?: number;
  /** Of a GitHub Actions job: the service whose task definition its later steps want. */
  readonly service?: string;
  /** Aborts with EXIT.detached to let go; default: SIGINT and SIGTERM do. */
  readonly letGo?: AbortSignal;
}

export async function watchAndReport(
  client: ReleaseClient,
  release: FoundRelease,
  terminal: Terminal,
  options: WatchOptions,
): Promise<ExitCode> {
  const { timeoutMs } = options;
  const stop = new AbortController();
  const interrupts = options.letGo === undefined ? onInterrupt() : undefined;
  const letGo = options.letGo ?? interrupts?.signal;
  const timer =
    timeoutMs === undefined ? undefined : setTimeout(() => stop.abort(EXIT.watchTimedOut), timeoutMs);
  const signal = letGo === undefined ? stop.signal : AbortSignal.any([letGo, stop.signal]);
  const url = temporalLink(terminal.env, client, release);
  const job = gitHubJob(terminal, { ...release, url }, HEARTBEAT_MS);
  const view = job?.view ?? new LineView(terminal, release.workflowId, HEARTBEAT_MS);
  try {
    await job?.begun();
    const end = await followRelease(client, release, view, signal);
    view.close();
    if (end.kind === 'ended') {
      const { report } = end;
      terminal.result(
        options.output === 'json'
          ? jsonText(report, 2)
          : renderReport(report, terminal.resultStyle, release.workflowId),
      );
      await job?.ended(report, options.service);
      return VERDICT_EXIT[report.verdict];
    }
    if (end.kind === 'stuck') {
      const lines = howToUnstick(release, end);
      for (const line of lines) terminal.progress(line);
      await job?.left(
        { level: 'error', title: '‼ rollback stuck', message: `${end.reason}\nA person is needed.` },
        lines,
      );
      return EXIT.rollbackFailed;
    }
    const lines = howToComeBack(release);
    for (const line of lines) terminal.progress(line);
    const timedOut = signal.reason === EXIT.watchTimedOut;
    await job?.left(
      timedOut
        ? { level: 'error', title: 'Stopped watching: the time is up', message: 'The release goes on.' }
        : { level: 'warning', title: 'Detached', message: 'The release goes on.' },
      lines,
    );
    return timedOut ? EXIT.watchTimedOut : EXIT.detached;
  } finally {
    clearTimeout(timer);
    interrupts?.dispose();
    view.close();
  }
}

export interface Interrupts {
  readonly signal: AbortSignal;
  dispose(): void;
}

/** The first Ctrl+C (or a runner's SIGTERM) lets go of the release; with no listener left, a second one ends us at once. */
export function onInterrupt(): Interrupts {
  const stop = new AbortController();
  const abort = (): void => {
    dispose();
    stop.abort(EXIT.detached);
  };
  const dispose = (): void => {
    process.off('SIGINT', abort);
    process.off('SIGTERM', abort);
  };
  process.on('SIGINT', abort);
  process.on('SIGTERM', abort);
  return { signal: stop.signal, dispose };
}

export const howToComeBack = ({ workflowId }: FoundRelease): string[] => [
  'Detached: the release goes on.',
  ...answerLines(awayAnswers(workflowId)),
];

const howToUnstick = (
  { workflowId }: FoundRelease,
  { reason, names }: Extract<FollowEnd, { kind: 'stuck' }>,
): string[] => [
  `‼ rollback stuck: ${oneLine(reason)}`,
  '  A person is needed; the release keeps trying at growing intervals.',
  ...answerLines([
    ...stuckAnswers(workflowId, names),
    ['come back', `slipway watch ${oneLine(shellWord(workflowId))}`],
  ]),
];
