/** The report of one run that has ended, asked of Temporal: for starters, and for control when it looks back. */
import { type Client, WorkflowFailedError } from '@temporalio/client';
import { reportFromFailure, reportFromResult } from '../release/ended-report.ts';
import type { ReleaseReport } from '../release/verdict.ts';

/** Undefined where the run left none. Waits while it runs. Errors: those of Temporal's client. */
export const endedReport = async (
  client: Client,
  workflowId: string,
  runId: string,
): Promise<ReleaseReport | undefined> => {
  try {
    return reportFromResult(await client.workflow.getHandle(workflowId, runId).result());
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return reportFromFailure(error.cause);
  }
};
