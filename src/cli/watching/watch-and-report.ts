/**
 * The part that `deploy` and `watch` share: follow a release, let go on Ctrl+C, report, choose the exit code.
 */
import { type FoundRelease, type ReleaseClient, slipwayCommand } from '../../client/index.ts';
import type { ReleaseReport } from '../../release/verdict.ts';
import { EXIT, type ExitCode, VERDICT_EXIT } from '../exit-codes.ts';
import { type GitHubJob, gitHubJob } from '../github-actions/github-job.ts';
import { type Answer, answerLines } from '../render/command-lines.ts';
import { awayAnswers, stuckAnswers } from '../render/hold.ts';
import { renderReport, renderRest } from '../render/report.ts';
import { jsonText, oneLine } from '../render/sanitize.ts';
import { said } from '../render/short-names.ts';
import type { RenderOptions } from '../render/style.ts';
import { fitLines } from '../render/wrap.ts';
import type { Terminal } from '../terminal.ts';
import { chooseView, SIGN_OF_LIFE_MS } from './choose-view.ts';
import { EventWriter } from './event-view.ts';
import { type FollowEnd, followRelease } from './follow-release.ts';
import { onInterrupt } from './interrupts.ts';
import { temporalLink } from './temporal-link.ts';

export interface ReportOptions {
  readonly output: 'text' | 'json' | 'ndjson';
  /** Give up watching (not the release) after this long. */
  readonly timeoutMs?: number;
  /** A view that is redrawn, where the terminal can; default: yes. */
  readonly live?: boolean | undefined;
  /** Of a GitHub Actions job: the service whose task definition its later steps want. */
  readonly service?: string;
  /** Aborts with EXIT.detached to let go; default: SIGINT and SIGTERM do. */
  readonly letGo?: AbortSignal;
}

export async function watchAndReport(
  client: ReleaseClient,
  release: FoundRelease,
  terminal: Terminal,
  options: ReportOptions,
): Promise<ExitCode> {
  const { timeoutMs } = options;
  const stop = new AbortController();
  const interrupts = options.letGo === undefined ? onInterrupt() : undefined;
  const letGo = options.letGo ?? interrupts?.signal;
  const timer =
    timeoutMs === undefined ? undefined : setTimeout(() => stop.abort(EXIT.watchTimedOut), timeoutMs);
  const signal = letGo === undefined ? stop.signal : AbortSignal.any([letGo, stop.signal]);
  const url = temporalLink(terminal.env, client, release);
  const audience: Audience = {
    terminal,
    events: options.output === 'ndjson' ? new EventWriter(terminal.result) : undefined,
    job: gitHubJob(terminal, { ...release, url }, SIGN_OF_LIFE_MS),
  };
  const { events, job } = audience;
  const view = chooseView(terminal, release, {
    link: url ?? null,
    live: options.live ?? true,
    isReported: options.output === 'text',
    events,
    ofJob: job?.view,
  });
  try {
    await job?.begun();
    const end = await followRelease(client, release, view, signal);
    view.close();
    if (end.kind === 'ended')
      return await tellReport(end.report, release, options, audience, view.leavesSteps);
    if (end.kind === 'stuck') return await tellStuck(end, release, audience);
    return await tellDetached(signal.reason === EXIT.watchTimedOut, release, audience);
  } catch (error) {
    view.close();
    await job?.lost(error);
    throw error;
  } finally {
    clearTimeout(timer);
    interrupts?.dispose();
    view.close();
  }
}

/** Who hears how it ended: people, programs that read events, a GitHub Actions job. */
interface Audience {
  readonly terminal: Terminal;
  readonly events: EventWriter | undefined;
  readonly job: GitHubJob | undefined;
}

/** Events have ended with the report already. */
async function tellReport(
  report: ReleaseReport,
  { workflowId }: FoundRelease,
  { output, service }: ReportOptions,
  { terminal, job }: Audience,
  isBegun = false,
): Promise<ExitCode> {
  if (output === 'json') terminal.result(jsonText(report, 2));
  if (output === 'text') {
    const { resultStyle } = terminal;
    // On the terminal that has shown its progress, a blank line parts it from that.
    const gap = terminal.resultIsScreen === true ? '\n' : '';
    if (isBegun) terminal.result(gap + renderRest(report, resultStyle, workflowId));
    else terminal.result(gap + renderReport(report, resultStyle, workflowId));
  }
  await job?.ended(report, service);
  return VERDICT_EXIT[report.verdict];
}

async function tellStuck(
  stuck: Stuck,
  release: FoundRelease,
  { terminal, events, job }: Audience,
): Promise<ExitCode> {
  const { reason, names } = stuck;
  const commands = commandsOf(unstickAnswers(release, stuck));
  events?.write({ type: 'stuck', reason, services: names, commands });
  const lines = howToUnstick(release, stuck, terminal.progressStyle);
  for (const line of lines) terminal.progress(line);
  const message = `${reason}\nA person is needed.`;
  await job?.left({ level: 'error', title: '‼ rollback stuck', message }, lines);
  return EXIT.rollbackFailed;
}

async function tellDetached(
  isTimedOut: boolean,
  release: FoundRelease,
  { terminal, events, job }: Audience,
): Promise<ExitCode> {
  const commands = commandsOf(awayAnswers(release.workflowId));
  events?.write({ type: 'detached', reason: isTimedOut ? 'timeout' : 'interrupt', commands });
  const lines = howToComeBack(release, terminal.progressStyle);
  for (const line of lines) terminal.progress(line);
  const message = 'The release goes on.';
  await job?.left(
    isTimedOut
      ? { level: 'error', title: 'Stopped watching: the time is up', message }
      : { level: 'warning', title: 'Detached', message },
    lines,
  );
  return isTimedOut ? EXIT.watchTimedOut : EXIT.detached;
}

const commandsOf = (answers: readonly Answer[]) => answers.map(([what, command]) => ({ what, command }));

export const howToComeBack = ({ workflowId }: FoundRelease, options?: RenderOptions): string[] => [
  'Detached: the release goes on.',
  ...answerLines(awayAnswers(workflowId), options),
];

type Stuck = Extract<FollowEnd, { kind: 'stuck' }>;

const unstickAnswers = ({ workflowId }: FoundRelease, { names }: Stuck): readonly Answer[] => [
  ...stuckAnswers(workflowId, names),
  ['come back', oneLine(slipwayCommand('watch', [workflowId]))],
];

const howToUnstick = (release: FoundRelease, stuck: Stuck, options: RenderOptions): string[] => [
  ...fitLines(
    [
      `‼ rollback stuck: ${said(stuck.reason)}`,
      '  A person is needed; the release keeps trying at growing intervals.',
    ],
    options,
  ),
  ...answerLines(unstickAnswers(release, stuck), options),
];
