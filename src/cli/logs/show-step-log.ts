/** The log of one step: read, or followed until the step has ended. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  askForLog,
  describeRelease,
  type ReleaseClient,
  releaseStatus,
  slipwayCommand,
} from '../../client/index.ts';
import { ConfigurationError, type SlipwayError } from '../../errors.ts';
import type { StepLogPage } from '../../release/logs/log-question.ts';
import type { StepKind, StepStatus } from '../../release/verdict.ts';
import type { LogsOptions } from '../commands/logs.ts';
import { stepLogLines } from '../render/logs.ts';
import { inert, oneLine } from '../render/sanitize.ts';
import { renderStep } from '../render/step-line.ts';
import type { Terminal } from '../terminal.ts';
import { followStepLog, readStepLog, type StepLogPorts, type StepLook } from './follow-step-log.ts';
import { type LogSource, sourceOf } from './log-source.ts';
import { whatThereIs, whyNoLog } from './log-target.ts';

const DEFAULT_TAIL = 500;

export async function showStepLog(
  client: ReleaseClient,
  source: LogSource,
  step: StepStatus,
  options: LogsOptions,
  terminal: Terminal,
  stop: AbortSignal,
): Promise<void> {
  const { known, owner, isRunning } = source;
  if (options.since !== undefined) {
    throw new ConfigurationError('--since is for services: the lines of a step carry no times', {
      advice: 'Take --tail <lines>, or --tail all.',
    });
  }
  const none = whyNoLog(step, known.end);
  const mayCome = isRunning && step.state === 'waiting';
  if (none !== null && !(options.follow && mayCome)) throw noLog(source, none, mayCome);
  const tail = options.tail === 'all' ? null : (options.tail ?? DEFAULT_TAIL);
  const note = (text: string): void => terminal.progress(inert(`— ${oneLine(text)}`));
  let wasThere = false;
  const ports: StepLogPorts = {
    now: Date.now,
    sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
    note,
    look: lookAt(client, source, step),
    page: (wish, signal) => {
      const { id, logKey = null } = step;
      return askForLog<'step'>(
        client,
        known,
        { kind: 'step', ...owner, step: id, logKey, ...wish },
        { signal },
      );
    },
    show(page) {
      for (const text of notesOf(page, wasThere)) note(text);
      wasThere ||= page.isThere;
      const lines = stepLogLines(step.id, page.lines, options.output);
      if (lines.length > 0) terminal.result(`${lines.join('\n')}\n`);
    },
  };
  if (options.follow) {
    await followStepLog(ports, { tail }, stop);
    if (stop.aborted) return;
    const { text } = await ports.look();
    if (!wasThere) throw gone(source, step, text);
    note(text);
    return;
  }
  await readStepLog(ports, { tail }, !(isRunning && step.state === 'running'), stop);
  if (!wasThere) throw gone(source, step, '');
  if (isRunning && step.state === 'running') note('it still runs: --follow goes on with what is to come');
}

const notesOf = (page: StepLogPage, wasThere: boolean): readonly string[] => [
  ...(page.skippedBytes > 0 && !wasThere
    ? [`${page.skippedBytes} bytes before this are left out: --tail all shows them`]
    : []),
  ...(page.startedOver ? ['the log was begun anew: from its beginning'] : []),
];

const noLog = ({ known }: LogSource, why: string, mayCome: boolean): ConfigurationError =>
  new ConfigurationError(why, {
    evidence: whatThereIs(known),
    ...(mayCome && { advice: 'With --follow it is waited for.' }),
  });

/** The step did run, so that something was written: by a worker with another store, or it was removed since. */
const gone = ({ known, owner }: LogSource, { id, state }: StepStatus, how: string): SlipwayError =>
  state === 'running' && how === '' && known.end === null
    ? new ConfigurationError(`${id} has not written anything yet`, {
        advice: 'With --follow it is waited for.',
      })
    : new ConfigurationError(
        `the log of ${id} is not in the store of the control worker${how && ` (${how})`}`,
        {
          evidence: whatThereIs(known),
          advice: `It was removed there, or the worker that ran the step had another store: all workers need one (--store, SLIPWAY_STORE). The last lines of a failed step are in its report: ${slipwayCommand('why', [owner.workflowId])}`,
        },
      );

/** Which activity runs a step; the steps themselves are the workflow's alone. */
const ACTIVITY: Readonly<Partial<Record<StepKind, string>>> = {
  check: 'runCheck',
  build: 'buildImage',
  push: 'pushImage',
};

/** How often the status is asked for although the history has not grown: an answer may have been lost. */
const STATUS_EVERY_MS = 15_000;

/** `describe()` costs no action; the status is a query, asked for when the history has grown. */
export const lookAt = (client: ReleaseClient, source: LogSource, first: StepStatus): StepLogPorts['look'] => {
  let step = first;
  let historyLength = -1;
  let askedAtMs = 0;
  return async () => {
    const { release } = source;
    if (!release || !source.isRunning) return endOf(step);
    const { running, historyLength: length, pending } = await describeRelease(client, release);
    if (!running) {
      const { known } = await sourceOf(client, release);
      const last = known.steps.find(({ id }) => id === step.id) ?? step;
      return endOf(last);
    }
    if (length !== historyLength || Date.now() - askedAtMs > STATUS_EVERY_MS) {
      const status = await releaseStatus(client, release);
      historyLength = length;
      askedAtMs = Date.now();
      step = status.steps.find(({ id }) => id === step.id) ?? step;
    }
    if (step.state === 'waiting') {
      return { state: 'waiting', text: `${step.id} has not started yet: it is waited for`, retry: null };
    }
    if (step.state !== 'running') return endOf(step);
    const again = pending.filter(({ type, attempt }) => type === ACTIVITY[step.kind] && attempt > 1);
    return { state: 'running', text: '', retry: retryText(step, again) };
  };
};

type Pending = Awaited<ReturnType<typeof describeRelease>>['pending'][number];

/**
 * Several of a kind may run at once, and nothing tells which of them is the step: then nothing is said. Which worker has
 * it is not said either: until another one has taken it, Temporal names the one before.
 */
const retryText = ({ id }: StepStatus, again: readonly Pending[]): string | null => {
  const [only, ...others] = again;
  if (!only || others.length > 0) return null;
  const { attempt, lastFailure } = only;
  const why = lastFailure === undefined ? '' : ` (the one before: ${lastFailure})`;
  return `attempt ${attempt} of ${id}${why}`;
};

/** A release that was ended from outside leaves its steps as they were. */
const endOf = (step: StepStatus): StepLook => {
  const text =
    step.state === 'running'
      ? `the release has ended while ${step.id} ran`
      : renderStep(step, { color: false, width: 100 });
  return { state: 'over', text, retry: null };
};
