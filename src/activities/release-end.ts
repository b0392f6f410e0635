/** Waits at Temporal for the end of a release, whichever run it goes on in. */
import { Context } from '@temporalio/activity';
import { type Client, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { workflowIdOf } from '../release/names.ts';
import { type Fate, fateOf } from './release-fate.ts';

/** A reset ends one run a moment before the next one can be seen. */
const BETWEEN_RUNS_MS = 200;

/** One question waits no longer than that, so that those which nobody waits for any more come to an end. */
const QUESTION_MS = 60_000;

/** Inside an activity: how a release has ended. Errors: those of Temporal's client. */
export const endInTemporal = async (
  releaseId: string,
): Promise<Exclude<Fate, { readonly kind: 'running' }>> => {
  const { client, cancelled, sleep } = Context.current();
  for (;;) {
    const fate = await fateOf(client, releaseId);
    if (fate.kind === 'reported') return fate;
    if (fate.kind === 'broken-off') {
      await sleep(BETWEEN_RUNS_MS);
      const again = await fateOf(client, releaseId);
      if (again.kind !== 'running') return again;
    }
    // A worker's connection knows no abort signal (SDK 1.24): a worker that stops would wait for the question.
    await Promise.race([endOfRun(client, workflowIdOf(releaseId)), cancelled]);
  }
};

/** Returns when the run has ended, or after a while; how is asked afterwards. Temporal holds the answer back until then. */
const endOfRun = async (client: Client, workflowId: string): Promise<void> => {
  const untilMs = Date.now() + QUESTION_MS;
  try {
    await client.withDeadline(untilMs, () => client.workflow.getHandle(workflowId).result());
  } catch (error) {
    const isAnswer = error instanceof WorkflowFailedError || error instanceof WorkflowNotFoundError;
    if (!isAnswer && Date.now() < untilMs) throw error;
  }
};
