/** Waits for the end of a run that GitHub is told about, and turns it into the last picture. */
import { readChecksReport } from '../release/checks.ts';
import { reportFromFailure, reportFromResult } from '../release/ended-report.ts';
import {
  brokenOff,
  type GitHubSubject,
  pictureOfChecks,
  pictureOfRelease,
} from '../release/github-status.ts';
import type { Store } from '../store/store.ts';
import type { GitHubActivities } from './contracts/github.ts';
import { orUndefined } from './environment-memory.ts';
import { gitHubPlaceOf } from './github-place.ts';
import { keptReport } from './release-marks.ts';
import type { RunEnd } from './run-end.ts';

export interface AwaitEndPorts {
  /** App → `owner/name`, as they are told. */
  readonly gitHubRepositories?: Readonly<Record<string, string>>;
  readonly store: Store;
  /** How a run has ended; null: it had not by then. */
  readonly runEnd: (runId: string, untilMs: number) => Promise<RunEnd | null>;
}

export const createAwaitEnd =
  ({ store, runEnd, gitHubRepositories = {} }: AwaitEndPorts): GitHubActivities['awaitEnd'] =>
  async ({ subject, forMs, shown }) => {
    const end = await runEnd(subject.runId, Date.now() + forMs);
    if (end === null) return null;
    // Whoever may start a notifier must not have the success of one commit told of another one, or by another name.
    const place = gitHubPlaceOf({ gitHubRepositories }, subject.app, subject.environment);
    const isNamedSo = place === undefined || place.label === subject.label;
    if (subject.kind === 'checks') {
      const report = readChecksReport(end.kind === 'result' ? end.value : end.details);
      const isIts = report && isNamedSo && isAbout(subject, { ...report, environment: '' });
      return isIts ? pictureOfChecks(subject.label, report) : brokenOff(shown);
    }
    const said =
      end.kind === 'result'
        ? reportFromResult(end.value)
        : reportFromFailure({ type: end.type, details: [end.details] });
    const { app, environment, runId } = subject;
    // One that was terminated after its last words has said all there is to say.
    const report = said ?? (await orUndefined(keptReport(store, { app, environment }, runId)));
    const isOthers = report !== undefined && !(isNamedSo && isAbout(subject, report));
    return isOthers ? brokenOff(shown) : pictureOfRelease(subject.label, report ?? null);
  };

interface Told {
  readonly verdict: string;
  readonly app: string;
  readonly environment: string;
  /** Null: it ended before it knew, and so without success. */
  readonly commit: { readonly sha: string } | null;
}

const SUCCESSES: readonly string[] = ['passed', 'succeeded'];

/** What says so may have been made by anybody: of no commit there is no success, whatever its verdict. */
const isAbout = ({ app, environment, sha }: GitHubSubject, told: Told): boolean =>
  told.app === app &&
  told.environment === environment &&
  (told.commit === null ? !SUCCESSES.includes(told.verdict) : told.commit?.sha === sha);
