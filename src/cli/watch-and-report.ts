/**
 * The part that `deploy` and `watch` share: follow a release, let go on Ctrl+C, report, choose the exit code.
 */
import { type FoundRelease, type ReleaseClient, shellWord } from '../client/index.ts';
import { chooseView } from './choose-view.ts';
import { EventWriter } from './event-view.ts';
import { EXIT, type ExitCode, VERDICT_EXIT } from './exit-codes.ts';
import { type FollowEnd, followRelease } from './follow-release.ts';
import { type Answer, answerLines, awayAnswers, stuckAnswers } from './render/hold.ts';
import { renderReport } from './render/report.ts';
import { jsonText, oneLine } from './render/sanitize.ts';
import { releaseLink } from './temporal-link.ts';
import type { Terminal } from './terminal.ts';

export interface WatchOptions {
  readonly output: 'text' | 'json' | 'ndjson';
  /** Give up watching (not the release) after this long. */
  readonly timeoutMs?: number;
  /** A view that is redrawn, where the terminal can; default: yes. */
  readonly live?: boolean;
}

export async function watchAndReport(
  client: ReleaseClient,
  release: FoundRelease,
  terminal: Terminal,
  options: WatchOptions,
): Promise<ExitCode> {
  const stop = new AbortController();
  // The first Ctrl+C lets go of the release; with no listener left, a second one ends us at once. Not `once`: what gives
  // the cursor back (signal-exit) ends the process where it finds itself alone with the signal.
  const onInterrupt = (): void => {
    stop.abort(EXIT.detached);
    setImmediate(() => process.off('SIGINT', onInterrupt));
  };
  process.on('SIGINT', onInterrupt);
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => stop.abort(EXIT.watchTimedOut), options.timeoutMs);
  const events = options.output === 'ndjson' ? new EventWriter(terminal.result) : undefined;
  const link = releaseLink(client, release, terminal.env);
  const view = chooseView(terminal, release, { link, live: options.live ?? true, events });
  try {
    const end = await followRelease(client, release, view, stop.signal).finally(() => view.close());
    if (end.kind === 'ended') {
      const { report } = end;
      if (options.output === 'json') terminal.result(jsonText(report, 2));
      else if (!events) terminal.result(renderReport(report, terminal.resultStyle, release.workflowId));
      return VERDICT_EXIT[report.verdict];
    }
    if (end.kind === 'stuck') {
      const { reason, names } = end;
      events?.write({
        type: 'stuck',
        reason,
        services: names,
        commands: commandsOf(unstickAnswers(release, end)),
      });
      for (const line of howToUnstick(release, end)) terminal.progress(line);
      return EXIT.rollbackFailed;
    }
    const isTimedOut = stop.signal.reason === EXIT.watchTimedOut;
    const commands = commandsOf(awayAnswers(release.workflowId));
    events?.write({ type: 'detached', reason: isTimedOut ? 'timeout' : 'interrupt', commands });
    for (const line of howToComeBack(release)) terminal.progress(line);
    return isTimedOut ? EXIT.watchTimedOut : EXIT.detached;
  } finally {
    clearTimeout(timer);
    process.off('SIGINT', onInterrupt);
  }
}

const commandsOf = (answers: readonly Answer[]) => answers.map(([what, command]) => ({ what, command }));

export const howToComeBack = ({ workflowId }: FoundRelease): string[] => [
  'Detached: the release goes on.',
  ...answerLines(awayAnswers(workflowId)),
];

type Stuck = Extract<FollowEnd, { kind: 'stuck' }>;

const unstickAnswers = ({ workflowId }: FoundRelease, { names }: Stuck): readonly Answer[] => [
  ...stuckAnswers(workflowId, names),
  ['come back', `slipway watch ${oneLine(shellWord(workflowId))}`],
];

const howToUnstick = (release: FoundRelease, stuck: Stuck): string[] => [
  `‼ rollback stuck: ${oneLine(stuck.reason)}`,
  '  A person is needed; the release keeps trying at growing intervals.',
  ...answerLines(unstickAnswers(release, stuck)),
];
