/** What the containers of a service (or of a migration) write: read, or followed. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  askForLog,
  environmentStatus,
  type ReleaseClient,
  ReleaseNotFoundError,
} from '../../client/index.ts';
import { ConfigurationError } from '../../errors.ts';
import type { LogsOptions } from '../commands/logs.ts';
import { serviceLogLines } from '../render/logs.ts';
import { inert, oneLine } from '../render/sanitize.ts';
import type { Terminal } from '../terminal.ts';
import {
  followServiceLog,
  readServiceLog,
  type ServiceLogPorts,
  type ServiceLogWish,
} from './follow-service-log.ts';
import type { StepLogPorts } from './follow-step-log.ts';
import type { LogSource } from './log-source.ts';
import { type LogTarget, whyNoLog } from './log-target.ts';
import { lookAt } from './show-step-log.ts';

const DEFAULT_TAIL = 100;

export async function showServiceLog(
  client: ReleaseClient,
  source: LogSource,
  target: Exclude<LogTarget, { kind: 'step' }>,
  options: LogsOptions,
  terminal: Terminal,
  stop: AbortSignal,
): Promise<void> {
  const { known } = source;
  const { app, environment } = known;
  const note = (text: string): void => terminal.progress(inert(`— ${oneLine(text)}`));
  const look = target.kind === 'migration' ? lookAt(client, source, target.step) : undefined;
  if (look) {
    if (options.follow) await untilBegun(look, note, stop);
    else if ((await look()).state === 'waiting') {
      throw new ConfigurationError('the migration has not started yet', {
        advice: 'With --follow it is waited for.',
      });
    }
  }
  if (stop.aborted) return;
  const releases = await releasesOf(client, source, target);
  if (releases.length === 0) {
    throw new ConfigurationError(`in which cluster ${environment} of ${app} is nobody knows yet`, {
      advice: 'Its first release has to get as far as its first change.',
    });
  }
  const tail =
    options.tail === 'all' ? null : (options.tail ?? (options.since === undefined ? DEFAULT_TAIL : null));
  const wish: ServiceLogWish = {
    kind: 'service',
    app,
    environment,
    releases,
    part: target.kind === 'service' ? { kind: 'service', name: target.name } : { kind: 'migration' },
    tail,
    sinceMs: options.since === undefined ? null : Math.max(0, Math.floor(Date.now() - options.since)),
  };
  const service = target.kind === 'service' ? target.name : target.step.id;
  const several = new Set<string>();
  const ports: ServiceLogPorts = {
    ...(look && { isOver: async () => (await look()).state === 'over' }),
    now: Date.now,
    sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
    note,
    page: (question, signal) => askForLog<'service'>(client, known, question, { signal }),
    show(page) {
      for (const [task, streams] of Object.entries(page.cursor.tasks)) {
        if (Object.keys(streams).length > 1) several.add(task);
      }
      const naming = {
        service,
        hasSeveral: (task: string) => several.has(task),
        timestamps: options.timestamps === true,
      };
      const lines = serviceLogLines(page.lines, naming, options.output, terminal.resultStyle);
      // Lines of tasks come before the word that they have stopped, and behind the one that they have started.
      const [before, after] = [page.notes.filter((text) => !isEnd(text)), page.notes.filter(isEnd)];
      for (const text of before) note(text);
      if (lines.length > 0) terminal.result(`${lines.join('\n')}\n`);
      for (const text of after) note(text);
    },
  };
  const page = await (options.follow
    ? followServiceLog(ports, wish, stop)
    : readServiceLog(ports, wish, stop));
  if (target.kind === 'migration' && page?.running === 0 && page.cursor.done.length === 0) {
    const none = known.end === null ? null : whyNoLog({ ...target.step, logKey: '' }, known.end);
    throw new ConfigurationError(none ?? 'ECS shows no task of the migration', {
      ...(none === null && {
        advice: `${known.end === null ? 'It has not started yet, or ended' : 'It ended'} more than an hour ago: its log is in CloudWatch Logs, in the group of its service.`,
      }),
    });
  }
}

const isEnd = (text: string): boolean => /^task \S+ stopped: /.test(text);

const LOOK_EVERY_MS = 1_000;

/** Nothing is recorded of a migration before its release is about to change something. */
async function untilBegun(
  look: StepLogPorts['look'],
  note: (text: string) => void,
  stop: AbortSignal,
): Promise<void> {
  let hasWaited = false;
  for (let { state, text } = await look(); !stop.aborted; { state, text } = await look()) {
    if (state !== 'waiting') return;
    if (!hasWaited) note(text);
    hasWaited = true;
    await delay(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}

/** This release first; one that has changed nothing knows nothing, but the one that serves does. */
async function releasesOf(
  client: ReleaseClient,
  { known }: LogSource,
  { kind }: LogTarget,
): Promise<readonly number[]> {
  const { app, environment, number } = known;
  if (kind === 'migration') return number === null ? [] : [number];
  const serving = await environmentStatus(client, { app, environment }).then(
    (status) => status.serving?.number ?? null,
    (error: unknown) => {
      if (error instanceof ReleaseNotFoundError) return null;
      throw error;
    },
  );
  return [...new Set([number, serving])].filter((each) => each !== null);
}
