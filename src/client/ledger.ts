/**
 * Asks for an environment's past, back to its first release: a short workflow that control answers out of its store.
 */
import { randomUUID } from 'node:crypto';
import { ApplicationFailure, isGrpcDeadlineError, WorkflowFailedError } from '@temporalio/client';
import { TransientError } from '../errors.ts';
import type { LedgerEntry } from '../release/environment/ledger.ts';
import {
  type LedgerAnswer,
  type LedgerPage,
  type LedgerQuestion,
  type LedgerRelease,
  MOST_ENTRIES,
  type ReleaseName,
} from '../release/environment/ledger-question.ts';
import { LEDGER_WORKFLOW, ledgerWorkflowId, TASK_QUEUE } from '../release/names.ts';
import type { ReleaseClient } from './connect.ts';
import type { EnvironmentName } from './environment.ts';
import { NoControlWorkerError } from './errors.ts';
import { causesOf } from './failure-causes.ts';

const ANSWER_WITHIN_MS = 15_000;

export interface HistoryWish {
  /** Releases below this number; default: from the newest one on. */
  readonly before?: number;
  /** Default: all. */
  readonly limit?: number;
}

export interface History extends Pick<LedgerPage, 'entries' | 'damaged'> {
  /** To be asked for next, as `before`; null: nothing is left. */
  readonly next: number | null;
}

/** Newest number first, asked for page by page. @throws NoControlWorkerError */
export async function environmentHistory(
  client: ReleaseClient,
  { app, environment }: EnvironmentName,
  { before, limit = Number.POSITIVE_INFINITY }: HistoryWish = {},
  timeoutMs = ANSWER_WITHIN_MS,
): Promise<History> {
  const entries: LedgerEntry[] = [];
  const damaged: number[] = [];
  let next: number | null = before ?? null;
  do {
    const left = limit - entries.length - damaged.length;
    const page: LedgerPage = await ask(
      client,
      { kind: 'page', app, environment, before: next, limit: Math.min(left, MOST_ENTRIES) },
      timeoutMs,
    );
    entries.push(...page.entries);
    damaged.push(...page.damaged);
    next = page.next;
  } while (next !== null && entries.length + damaged.length < limit);
  return { entries, damaged, next };
}

/** One release of any time, and its whole report where that is wanted. @throws NoControlWorkerError */
export const releaseInLedger = (
  client: ReleaseClient,
  { app, environment }: EnvironmentName,
  release: ReleaseName,
  report = false,
  timeoutMs = ANSWER_WITHIN_MS,
): Promise<LedgerRelease> => ask(client, { kind: 'release', app, environment, release, report }, timeoutMs);

/** The answer to a question is of its kind. */
async function ask<Kind extends LedgerAnswer['kind']>(
  { temporal }: ReleaseClient,
  question: LedgerQuestion & { readonly kind: Kind },
  timeoutMs: number,
): Promise<Extract<LedgerAnswer, { readonly kind: Kind }>> {
  const { app, environment } = question;
  try {
    return await temporal.workflow.execute(LEDGER_WORKFLOW, {
      workflowId: ledgerWorkflowId(app, environment, randomUUID()),
      taskQueue: TASK_QUEUE.control,
      args: [question],
      // Nobody waits for it after that.
      workflowExecutionTimeout: timeoutMs,
      staticSummary: `${app} → ${environment}: a question about its past`,
    });
  } catch (error) {
    throw asOurs(error, question, timeoutMs);
  }
}

function asOurs(error: unknown, { app, environment }: LedgerQuestion, timeoutMs: number): unknown {
  if (error instanceof WorkflowFailedError) {
    const said = causesOf(error).find((cause) => cause instanceof ApplicationFailure);
    if (said) {
      return new TransientError(`the past of ${environment} of ${app} cannot be read: ${said.message}`, {
        cause: error,
        advice: 'Look at the store of the control worker (SLIPWAY_STORE).',
      });
    }
  }
  if (error instanceof WorkflowFailedError || isGrpcDeadlineError(error)) {
    return new NoControlWorkerError(
      `no control worker answered for the past of ${environment} of ${app} within ${Math.round(timeoutMs / 1_000)} s`,
      { cause: error, advice: 'Start one (slipway worker control) and ask again.' },
    );
  }
  return error;
}
