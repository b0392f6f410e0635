/**
 * Asks for one page of a log: a short workflow, which ends with the page. One that is taken back is cancelled; where
 * the asker is killed, it ends by itself when its wait is over.
 */
import { randomUUID } from 'node:crypto';
import {
  ApplicationFailure,
  isGrpcDeadlineError,
  WorkflowFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import {
  ConfigurationError,
  RefusedByServiceError,
  type SlipwayErrorOptions,
  TransientError,
} from '../errors.ts';
import type { LogAnswer, LogQuestion } from '../release/logs/log-question.ts';
import { LOGS_WORKFLOW, logsWorkflowId, TASK_QUEUE } from '../release/names.ts';
import type { ReleaseClient } from './connect.ts';
import type { EnvironmentName } from './environment.ts';
import { NoControlWorkerError, NoDeployWorkerError } from './errors.ts';
import { causesOf, toldBeside } from './failure-causes.ts';
import type { FoundRelease } from './find-release.ts';
import { untilAborted } from './until-aborted.ts';

export interface AskForLogOptions {
  /** Takes the question back: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Beyond what the question itself waits for. */
  readonly timeoutMs?: number;
}

/** Calls and retries of the pool, beyond the wait for new lines. */
const ANSWER_WITHIN_MS = 30_000;
const LONGEST_TROUBLE_MS = 60_000;
/** Nobody waits long for the word that nobody waits any more. */
const GOODBYE_MS = 2_000;

/**
 * The answer to a question is of its kind.
 *
 * @throws NoControlWorkerError, NoDeployWorkerError, RefusedByServiceError, ConfigurationError, TransientError
 */
export async function askForLog<Kind extends LogQuestion['kind']>(
  client: ReleaseClient,
  { app, environment }: EnvironmentName,
  question: Extract<LogQuestion, { readonly kind: Kind }>,
  { signal, timeoutMs = ANSWER_WITHIN_MS }: AskForLogOptions = {},
): Promise<Extract<LogAnswer, { readonly kind: Kind }>> {
  const { temporal } = client;
  const waitMs = 'waitMs' in question ? question.waitMs : 0;
  signal?.throwIfAborted();
  const handle = await temporal.workflow.start(LOGS_WORKFLOW, {
    workflowId: logsWorkflowId(app, environment, randomUUID()),
    taskQueue: TASK_QUEUE.control,
    args: [question],
    workflowExecutionTimeout: waitMs + LONGEST_TROUBLE_MS,
    staticSummary: `${app} → ${environment}: a page of the log of ${aboutOf(question)}`,
  });
  const answer = (): ReturnType<typeof handle.result> =>
    temporal.withDeadline(Date.now() + waitMs + timeoutMs, () => handle.result());
  try {
    return await (signal ? untilAborted(client, signal, answer) : answer());
  } catch (error) {
    if (signal?.aborted) {
      await goodbye(client, () => handle.cancel());
      throw signal.reason;
    }
    if (isGrpcDeadlineError(error)) throw await nobody(client, handle, environment, error);
    throw asOurs(error);
  }
}

/**
 * The runs under which the logs of a release may lie: its own, and the one that it began with – a release that was reset
 * goes on in another run, and what had ended before that is not written anew.
 */
export async function logRunsOf(client: ReleaseClient, release: FoundRelease): Promise<readonly string[]> {
  const { raw } = await client.temporal.workflow.getHandle(release.workflowId, release.runId).describe();
  const first = raw.workflowExecutionInfo?.firstRunId || release.runId;
  return [...new Set([release.runId, first])];
}

const aboutOf = (question: LogQuestion): string => {
  switch (question.kind) {
    case 'steps':
      return 'its steps';
    case 'step':
      return question.step;
    case 'service':
      return question.part.kind === 'service' ? question.part.name : 'its migration';
  }
};

const goodbye = async ({ temporal }: ReleaseClient, say: () => Promise<unknown>): Promise<void> => {
  await temporal.withDeadline(Date.now() + GOODBYE_MS, say).catch(() => undefined);
};

async function nobody(
  client: ReleaseClient,
  handle: WorkflowHandle,
  environment: string,
  cause: unknown,
): Promise<Error> {
  // Where nobody works on it, nobody would hear of a cancellation either.
  await goodbye(client, () => handle.terminate('nobody waits for it any more'));
  return new NoControlWorkerError(`no control worker has answered for the logs of ${environment}`, {
    cause,
    advice: 'Start one (slipway worker control) and ask again.',
  });
}

function asOurs(error: unknown): unknown {
  if (!(error instanceof WorkflowFailedError)) return error;
  const all = causesOf(error);
  const said = all.find((cause) => cause instanceof ApplicationFailure);
  if (said) return asTold(said, error);
  return new TransientError(`the log cannot be read at the moment: ${all.at(-1)?.message ?? error.message}`, {
    cause: error,
  });
}

const REFUSALS: Readonly<Record<string, new (message: string, options: SlipwayErrorOptions) => Error>> = {
  RefusedByService: RefusedByServiceError,
  ConfigurationError,
  NoDeployWorker: NoDeployWorkerError,
};

function asTold(said: ApplicationFailure, cause: Error): Error {
  const Its = REFUSALS[said.type ?? ''] ?? TransientError;
  return new Its(said.message, { cause, ...toldBeside(said) });
}
