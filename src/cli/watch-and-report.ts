/**
 * The part that `deploy` and `watch` share: follow a release, let go on Ctrl+C, report, choose the exit code.
 */
import { type FoundRelease, type ReleaseClient, shellWord } from '../client/index.ts';
import { EXIT, type ExitCode, VERDICT_EXIT } from './exit-codes.ts';
import { type FollowEnd, followRelease } from './follow-release.ts';
import { answerLines, awayAnswers, stuckAnswers } from './render/hold.ts';
import { renderReport } from './render/report.ts';
import { jsonText, oneLine } from './render/sanitize.ts';
import type { Terminal } from './terminal.ts';

export interface WatchOptions {
  readonly output: 'text' | 'json';
  /** Give up watching (not the release) after this long. */
  readonly timeoutMs?: number;
}

export async function watchAndReport(
  client: ReleaseClient,
  release: FoundRelease,
  terminal: Terminal,
  options: WatchOptions,
): Promise<ExitCode> {
  const stop = new AbortController();
  // The first Ctrl+C lets go of the release; with no listener left, a second one ends us at once.
  const onInterrupt = (): void => stop.abort(EXIT.detached);
  process.once('SIGINT', onInterrupt);
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => stop.abort(EXIT.watchTimedOut), options.timeoutMs);
  try {
    const end = await followRelease(client, release, terminal, stop.signal);
    if (end.kind === 'ended') {
      const { report } = end;
      terminal.result(
        options.output === 'json'
          ? jsonText(report, 2)
          : renderReport(report, terminal.resultStyle, release.workflowId),
      );
      return VERDICT_EXIT[report.verdict];
    }
    if (end.kind === 'stuck') {
      for (const line of howToUnstick(release, end)) terminal.progress(line);
      return EXIT.rollbackFailed;
    }
    for (const line of howToComeBack(release)) terminal.progress(line);
    return stop.signal.reason === EXIT.watchTimedOut ? EXIT.watchTimedOut : EXIT.detached;
  } finally {
    clearTimeout(timer);
    process.off('SIGINT', onInterrupt);
  }
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
