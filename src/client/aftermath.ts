/**
 * What has been done since about a release that was broken off. The marks lie in control's store; Temporal has the
 * reports of the releases that have read them.
 */
import { WorkflowNotFoundError } from '@temporalio/client';
import { type Aftermath, type BrokenOff, doneAboutIt } from '../release/broken-off.ts';
import type { ReleaseReport } from '../release/verdict.ts';
import type { ReleaseClient } from './connect.ts';
import { endedReport } from './ended-report.ts';
import { endedSince, type FoundRelease } from './find-release.ts';

/** The first release that has looked back at it; null where none is known. */
export async function aftermathOf(
  client: ReleaseClient,
  workflowId: string,
  brokenOff: BrokenOff,
): Promise<Aftermath | null> {
  for (const later of await endedSince(client, workflowId, brokenOff.endedAtMs)) {
    const report = await reportOf(client, later);
    const did = report ? doneAboutIt(brokenOff, report) : null;
    if (report && did !== null) return { ...later, verdict: report.verdict, did };
  }
  return null;
}

/** Undefined where it left none, or where Temporal has just forgotten it. */
async function reportOf(
  client: ReleaseClient,
  { workflowId, runId }: FoundRelease,
): Promise<ReleaseReport | undefined> {
  try {
    return await endedReport(client.temporal, workflowId, runId);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
