/** Waits at Temporal for the end of a release, whichever run it goes on in. */
import { Context } from '@temporalio/activity';
import { type Client, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { workflowIdOf } from '../release/names.ts';
import { type Fate, fateOf } from './release-fate.ts';

/** A reset ends one run a moment before the next one can be seen. */
const BETWEEN_RUNS_MS = 200;

/** Inside an activity: how a release has ended. Errors: those of Temporal's client. */
export const endInTemporal = async (
  releaseId: string,
): Promise<Exclude<Fate, { readonly kind: 'running' }>> => {
  const { client, cancellationSignal } = Context.current();
  for (;;) {
    const fate = await fateOf(client, releaseId);
    if (fate.kind !== 'running') return fate;
    await endOfRun(client, workflowIdOf(releaseId), cancellationSignal);
    await Context.current().sleep(BETWEEN_RUNS_MS);
  }
};

/** Returns when the run has ended; how is asked afterwards. Temporal holds the answer back until then. */
const endOfRun = async (client: Client, workflowId: string, signal: AbortSignal): Promise<void> => {
  try {
    await client.withAbortSignal(signal, () => client.workflow.getHandle(workflowId).result());
  } catch (error) {
    if (!(error instanceof WorkflowFailedError || error instanceof WorkflowNotFoundError)) throw error;
  }
};
