/**
 * What has become of a release's run, as Temporal tells it. Asked by control before a release of the same
 * environment looks at the cluster: what was broken off has to be put right first.
 */
import { Context } from '@temporalio/activity';
import { type Client, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { reportFromFailure, reportFromResult } from '../release/ended-report.ts';
import type { ReleaseReport } from '../release/verdict.ts';

/**
 * `broken-off`: it is over and left no report, or Temporal knows nothing of it any more – after the namespace's
 * retention (a day or more) also of one that has left one: look for it in the store first.
 */
export type Fate =
  | { readonly kind: 'running' }
  | { readonly kind: 'reported'; readonly report: ReleaseReport }
  | { readonly kind: 'broken-off' };

/** Temporal answers at once or is in trouble: then the activity's next attempt asks again. */
const ANSWER_WITHIN_MS = 10_000;

/** Inside an activity: asks the Temporal that the worker is connected to. Errors: those of Temporal's client. */
export const fateInTemporal = (releaseId: string): Promise<Fate> =>
  fateOf(Context.current().client, releaseId);

/** @param releaseId `<workflow id>/<first run id>`; workflow ids may hold slashes */
export const fateOf = async (client: Client, releaseId: string): Promise<Fate> => {
  const slash = releaseId.lastIndexOf('/');
  const workflowId = releaseId.slice(0, slash);
  const firstRunId = releaseId.slice(slash + 1);
  return client.withDeadline(Date.now() + ANSWER_WITHIN_MS, async () => {
    try {
      const runId = await newestRunOf(client, workflowId, firstRunId);
      if (runId === 'running') return { kind: 'running' };
      return await endOf(client, workflowId, runId);
    } catch (error) {
      // Temporal forgets only what has ended.
      if (error instanceof WorkflowNotFoundError) return { kind: 'broken-off' };
      throw error;
    }
  });
};

/**
 * A reset or a continue-as-new goes on under another run id. The newest run of the workflow id tells which chain it
 * belongs to; where it is another release's, ours has ended, as only one can run.
 */
const newestRunOf = async (
  client: Client,
  workflowId: string,
  firstRunId: string,
): Promise<string | 'running'> => {
  const { runId, status, raw } = await client.workflow.getHandle(workflowId).describe();
  const chain = raw.workflowExecutionInfo?.firstRunId || runId;
  if (chain !== firstRunId) return firstRunId;
  return status.name === 'RUNNING' || status.name === 'PAUSED' ? 'running' : runId;
};

const endOf = async (client: Client, workflowId: string, runId: string): Promise<Fate> => {
  try {
    const report = reportFromResult(await client.workflow.getHandle(workflowId, runId).result());
    return report === undefined ? { kind: 'broken-off' } : { kind: 'reported', report };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const report = reportFromFailure(error.cause);
    return report === undefined ? { kind: 'broken-off' } : { kind: 'reported', report };
  }
};
