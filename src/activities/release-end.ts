/** Waits at Temporal for the end of a release, whichever run it goes on in. */
import { Context } from '@temporalio/activity';
import { type Client, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { workflowIdOf } from '../release/names.ts';
import { type Fate, fateOf } from './release-fate.ts';

/** A reset ends one run a moment before the next one can be seen. */
export const BETWEEN_RUNS_MS = 200;

/** A worker's connection aborts no call (a TODO of the SDK): what is left behind at a shutdown ends by itself. */
const LONGEST_CALL_MS = 60_000;

/** Clocks do not agree to the millisecond on when that is over. */
const SLACK_MS = 1_000;

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
export const endOfRun = async (
  client: Client,
  workflowId: string,
  latestMs = Number.POSITIVE_INFINITY,
): Promise<void> => {
  const untilMs = Math.min(latestMs, Date.now() + LONGEST_CALL_MS);
  try {
    await client.withDeadline(untilMs, () => client.workflow.getHandle(workflowId).result());
  } catch (error) {
    const hasEnded = error instanceof WorkflowFailedError || error instanceof WorkflowNotFoundError;
    if (!hasEnded && Date.now() < untilMs - SLACK_MS) throw error;
  }
};
