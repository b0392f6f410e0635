/** How a release is shown while it is followed: as lines, as a frame that is redrawn, as events; or two of these at once. */
import type { PendingActivity } from '../../client/index.ts';
import type { ReleaseReport, ReleaseStatus } from '../../release/verdict.ts';

export interface ReleaseView {
  /** At the end, how it ended and all its steps stand where the result is printed: it need not say them again. */
  readonly leavesSteps?: boolean;
  /** Something may have changed. */
  show(status: ReleaseStatus, pending: readonly PendingActivity[]): void;
  /** Between two looks at the status: what its activities last said. */
  tick(pending: readonly PendingActivity[]): void;
  temporalIsAway(): void;
  controlIsAway(): void;
  ended(report: ReleaseReport): void;
  /** Whatever comes, also an error: the terminal is everybody's again. */
  close(): void;
}

/** What is said while somebody does not answer. */
export const TROUBLE = {
  temporal: '… Temporal does not answer; the release goes on as soon as it is back',
  control: '… no control worker answers; the release waits for one: slipway worker control',
} as const;

export const bothViews = (one: ReleaseView, other: ReleaseView): ReleaseView => ({
  leavesSteps: false,
  show(status, pending) {
    one.show(status, pending);
    other.show(status, pending);
  },
  tick(pending) {
    one.tick(pending);
    other.tick(pending);
  },
  temporalIsAway() {
    one.temporalIsAway();
    other.temporalIsAway();
  },
  controlIsAway() {
    one.controlIsAway();
    other.controlIsAway();
  },
  ended(report) {
    one.ended(report);
    other.ended(report);
  },
  close() {
    one.close();
    other.close();
  },
});
