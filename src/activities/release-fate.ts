/**
 * What has become of a release's run, as Temporal tells it. Asked by control before a release of the same
 * environment looks at the cluster: what was broken off has to be put right first.
 */
import { Context } from '@temporalio/activity';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { endedReport } from '../client/ended-report.ts';
import type { ReleaseReport } from '../release/verdict.ts';
import type { ControlActivities } from './contracts/control.ts';
import type { DeployActivities } from './contracts/deploy.ts';

/**
 * `broken-off`: it is over and left no report, or Temporal knows nothing of it any more – after the namespace's
 * retention (a day or more) also of one that has left one: look for it in the store first. `movedLatest`: it had come
 * to moving `latest` itself, by the history of its newest run; false where there is none any more, as a label is not
 * worth a wrong move.
 */
export type Fate =
  | { readonly kind: 'running' }
  | { readonly kind: 'reported'; readonly report: ReleaseReport }
  | { readonly kind: 'broken-off'; readonly movedLatest: boolean };

/** Temporal answers at once or is in trouble: then the activity's next attempt asks again. */
const ANSWER_WITHIN_MS = 10_000;

/** Events of one answer. Most releases have fewer after their mark; a single one may carry a whole plan. */
const HISTORY_PAGE = 100;

/** Inside an activity: asks the Temporal that the worker is connected to. Errors: those of Temporal's client. */
export const fateInTemporal = (releaseId: string): Promise<Fate> =>
  fateOf(Context.current().client, releaseId);

/** @param releaseId `<workflow id>/<first run id>`; workflow ids may hold slashes */
export const fateOf = async (client: Client, releaseId: string): Promise<Fate> => {
  const slash = releaseId.lastIndexOf('/');
  const workflowId = releaseId.slice(0, slash);
  const firstRunId = releaseId.slice(slash + 1);
  return soon(client, async () => {
    try {
      const runId = await newestRunOf(client, workflowId, firstRunId);
      if (runId === 'running') return { kind: 'running' };
      const report = await endedReport(client, workflowId, runId);
      if (report !== undefined) return { kind: 'reported', report };
      return { kind: 'broken-off', movedLatest: await hasMovedLatest(client, workflowId, runId) };
    } catch (error) {
      // Temporal forgets only what has ended.
      if (error instanceof WorkflowNotFoundError) return { kind: 'broken-off', movedLatest: false };
      throw error;
    }
  });
};

const soon = <T>(client: Client, ask: () => Promise<T>): Promise<T> =>
  client.withDeadline(Date.now() + ANSWER_WITHIN_MS, ask);

/**
 * A reset or a continue-as-new goes on under another run id. The newest run of the workflow id tells which chain it
 * belongs to; where it is another release's, ours has ended, as only one can run.
 */
export const newestRunOf = async (
  client: Client,
  workflowId: string,
  firstRunId: string,
): Promise<string | 'running'> => {
  const { runId, status, raw } = await client.workflow.getHandle(workflowId).describe();
  const chain = raw.workflowExecutionInfo?.firstRunId || runId;
  if (chain !== firstRunId) return firstRunId;
  return status.name === 'RUNNING' || status.name === 'PAUSED' ? 'running' : runId;
};

/**
 * What was moved before the release opened its mark was moved in the repair of another one. That it was scheduled is
 * all that a history tells: an activity that is under way has no event of its own yet.
 */
const hasMovedLatest = async (client: Client, workflowId: string, runId: string): Promise<boolean> => {
  for await (const activity of scheduledActivities(client, workflowId, runId)) {
    if (activity === ('moveLatest' satisfies keyof DeployActivities)) return true;
    if (activity === ('openRelease' satisfies keyof ControlActivities)) return false;
  }
  return false;
};

/** By name, newest first: a history may be long, and only its end is wanted. */
async function* scheduledActivities(
  client: Client,
  workflowId: string,
  runId: string,
): AsyncGenerator<string> {
  const { namespace } = client.options;
  const ask = (nextPageToken: Uint8Array) =>
    client.workflowService.getWorkflowExecutionHistoryReverse({
      namespace,
      execution: { workflowId, runId },
      maximumPageSize: HISTORY_PAGE,
      nextPageToken,
    });
  for (let token: Uint8Array = new Uint8Array(); ; ) {
    const { history, nextPageToken } = await soon(client, () => ask(token));
    for (const { activityTaskScheduledEventAttributes: scheduled } of history?.events ?? []) {
      if (scheduled?.activityType?.name) yield scheduled.activityType.name;
    }
    if (nextPageToken.length === 0) return;
    token = nextPageToken;
  }
}
