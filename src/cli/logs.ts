/**
 * Work of `slipway logs`: which release, which log of it; then page by page what was written, and with `--follow` what
 * is written from then on.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ReleaseClient, ReleaseNotFoundError } from '../client/index.ts';
import { ConfigurationError } from '../errors.ts';
import type { LogsOptions } from './commands/logs.ts';
import { connect } from './connect.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { listLogs } from './logs/list-logs.ts';
import { findLogSource, type LogSource, sourceOf, withServices } from './logs/log-source.ts';
import { isPlanning, logTarget, type WantedLog, whatThereIs } from './logs/log-target.ts';
import { showServiceLog } from './logs/show-service-log.ts';
import { showStepLog } from './logs/show-step-log.ts';
import type { CommandContext } from './program.ts';
import { environmentCommand } from './render/command.ts';
import { inert, oneLine } from './render/sanitize.ts';
import type { Terminal } from './terminal.ts';
import { onInterrupt } from './watching/interrupts.ts';

export async function logs(
  first: string | undefined,
  second: string | undefined,
  options: LogsOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const client = await connect();
  const interrupts = onInterrupt();
  // Whoever reads us may stop reading (`| head`): then there is nothing left to follow for.
  const unread = new AbortController();
  const onPipe = (): void => unread.abort(EXIT.ok);
  process.stdout.once('error', onPipe);
  const stop = AbortSignal.any([interrupts.signal, unread.signal]);
  try {
    const { source, wanted } = await whatIsMeant(client, first, second, options, context);
    await show(client, source, wanted, options, context, stop);
    return stop.aborted ? (stop.reason as ExitCode) : EXIT.ok;
  } catch (error) {
    if (stop.aborted) return stop.reason as ExitCode;
    throw error;
  } finally {
    interrupts.dispose();
    process.stdout.off('error', onPipe);
    await client.close();
  }
}

async function show(
  client: ReleaseClient,
  source: LogSource,
  wanted: WantedLog | undefined,
  options: LogsOptions,
  { terminal }: CommandContext,
  stop: AbortSignal,
): Promise<void> {
  if (wanted === undefined) {
    const whole = await withServices(client, source);
    if (!options.follow) return listLogs(client, whole, options, terminal);
    throw new ConfigurationError('follow what?', {
      evidence: whatThereIs(whole.known),
      advice: `Name one: ${environmentCommand('logs', whole.known, terminal.resultStyle)} --follow <step or service>`,
    });
  }
  const planned = await whenPlanned(client, source, options, terminal, stop);
  const isStep = planned.known.steps.some(({ id }) => id === wanted.word);
  const whole = isStep ? planned : await withServices(client, planned);
  const target = logTarget(whole.known, wanted, terminal.resultStyle);
  // A service is the environment's, whatever release runs there.
  if (target.kind !== 'service') terminal.progress(inert(oneLine(source.owner.workflowId)));
  if (target.kind === 'step') return showStepLog(client, whole, target.step, options, terminal, stop);
  return showServiceLog(client, whole, target, options, terminal, stop);
}

const LOOK_AGAIN_MS = 1_000;

/** Who follows a release from its beginning is there before its plan. */
async function whenPlanned(
  client: ReleaseClient,
  first: LogSource,
  { follow }: LogsOptions,
  terminal: Terminal,
  stop: AbortSignal,
): Promise<LogSource> {
  let source = first;
  const waits = (): boolean => source.isRunning && isPlanning(source.known.steps);
  if (follow && waits()) terminal.progress('— the plan is being made: it is waited for');
  while (follow && source.release && waits() && !stop.aborted) {
    await sleep(LOOK_AGAIN_MS, undefined, { signal: stop });
    source = await sourceOf(client, source.release);
  }
  return source;
}

interface Meant {
  readonly source: LogSource;
  readonly wanted: WantedLog | undefined;
}

/**
 * One word alone may be a release or what is wanted of the default one: `build:api` can only be a step, an id with
 * slashes only a release; of others an environment of that name comes first.
 */
async function whatIsMeant(
  client: ReleaseClient,
  first: string | undefined,
  second: string | undefined,
  options: LogsOptions,
  { cwd, terminal }: CommandContext,
): Promise<Meant> {
  const named = nameIn(options);
  if (named && second !== undefined) {
    throw new ConfigurationError(`${JSON.stringify(second)} and ${named.word}: which of them?`, {
      advice: 'Name one of them: as the second word, or with --step or --service.',
    });
  }
  const find = (name: string | undefined): Promise<LogSource> =>
    findLogSource(client, {
      name,
      app: options.app,
      earlier: options.release,
      cwd,
      reader: terminal.resultStyle,
    });
  if (named || second !== undefined) {
    const wanted = named ?? { word: second ?? '', as: 'any' as const };
    return { source: await find(first), wanted };
  }
  if (first === undefined) return { source: await find(undefined), wanted: undefined };
  if (first.includes(':') && !first.includes('/'))
    return { source: await find(undefined), wanted: { word: first, as: 'any' } };
  try {
    return { source: await find(first), wanted: undefined };
  } catch (error) {
    if (!(error instanceof ReleaseNotFoundError) || first.includes('/')) throw error;
    // It may still be a step or a service of the default environment; where there is no such release, the first error
    // is the one to tell.
    const source = await find(undefined).catch(() => Promise.reject(error));
    return { source, wanted: { word: first, as: 'alone' } };
  }
}

const nameIn = ({ step, service }: LogsOptions): WantedLog | undefined => {
  if (step !== undefined) return { word: step, as: 'step' };
  return service === undefined ? undefined : { word: service, as: 'service' };
};
