/** Waits for the end of a run that GitHub is told about, and turns it into the last picture. */
import { readChecksReport } from '../release/checks.ts';
import { reportFromFailure, reportFromResult } from '../release/ended-report.ts';
import { brokenOff, pictureOfChecks, pictureOfRelease } from '../release/github-status.ts';
import type { Store } from '../store/store.ts';
import type { GitHubActivities } from './contracts/github.ts';
import { orUndefined } from './environment-memory.ts';
import { keptReport } from './release-marks.ts';
import type { RunEnd } from './run-end.ts';

export interface AwaitEndPorts {
  readonly store: Store;
  /** How a run has ended; null: it had not by then. */
  readonly runEnd: (runId: string, untilMs: number) => Promise<RunEnd | null>;
}

export const createAwaitEnd =
  ({ store, runEnd }: AwaitEndPorts): GitHubActivities['awaitEnd'] =>
  async ({ subject, forMs, shown }) => {
    const end = await runEnd(subject.runId, Date.now() + forMs);
    if (end === null) return null;
    if (subject.kind === 'checks') {
      const report = readChecksReport(end.kind === 'result' ? end.value : end.details);
      return report ? pictureOfChecks(subject.label, report) : brokenOff(shown);
    }
    const said =
      end.kind === 'result'
        ? reportFromResult(end.value)
        : reportFromFailure({ type: end.type, details: [end.details] });
    const { app, environment, runId } = subject;
    // One that was terminated after its last words has said all there is to say.
    const report = said ?? (await orUndefined(keptReport(store, { app, environment }, runId)));
    return pictureOfRelease(subject.label, report ?? null);
  };
