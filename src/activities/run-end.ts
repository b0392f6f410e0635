/** How any run has ended, as Temporal keeps it, whichever run it goes on in after a reset. */
import { Context } from '@temporalio/activity';
import { type Client, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { workflowIdOf } from '../release/names.ts';
import { BETWEEN_RUNS_MS, endOfRun } from './release-end.ts';
import { newestRunOf } from './release-fate.ts';

/** `failure`: also one without a word (terminated, timed out, forgotten): then there is neither type nor details. */
export type RunEnd =
  | { readonly kind: 'result'; readonly value: unknown }
  | { readonly kind: 'failure'; readonly type: string; readonly details: unknown };

const WITHOUT_A_WORD: RunEnd = { kind: 'failure', type: '', details: undefined };

/** Temporal answers at once or is in trouble: then the activity's next attempt asks again. */
const ANSWER_WITHIN_MS = 10_000;

/** Inside an activity. Null: it still runs at that time. Errors: those of Temporal's client. */
export const runEndInTemporal = async (runId: string, untilMs: number): Promise<RunEnd | null> => {
  const { client, cancelled, sleep } = Context.current();
  const workflowId = workflowIdOf(runId);
  const first = runId.slice(workflowId.length + 1);
  const newest = () =>
    client
      .withDeadline(Date.now() + ANSWER_WITHIN_MS, () => newestRunOf(client, workflowId, first))
      .catch((error: unknown) => {
        // Temporal forgets only what has ended.
        if (error instanceof WorkflowNotFoundError) return 'forgotten' as const;
        throw error;
      });
  for (let looked = 0; ; ) {
    const run = await newest();
    if (run === 'forgotten') return WITHOUT_A_WORD;
    if (run !== 'running') {
      const end = await endOf(client, workflowId, run);
      looked += 1;
      if (end !== WITHOUT_A_WORD || looked > 1) return end;
      // A reset ends one run a moment before the next one can be seen.
      await sleep(BETWEEN_RUNS_MS);
      continue;
    }
    looked = 0;
    if (Date.now() >= untilMs) return null;
    // A worker's connection knows no abort signal (SDK 1.24): a worker that stops would wait for the question.
    await Promise.race([endOfRun(client, workflowId, untilMs), cancelled]);
  }
};

const endOf = async (client: Client, workflowId: string, runId: string): Promise<RunEnd> => {
  try {
    const value: unknown = await client.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
      client.workflow.getHandle(workflowId, runId).result(),
    );
    return { kind: 'result', value };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return WITHOUT_A_WORD;
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    if (!(cause instanceof ApplicationFailure)) return WITHOUT_A_WORD;
    return { kind: 'failure', type: cause.type ?? '', details: cause.details?.[0] };
  }
};
