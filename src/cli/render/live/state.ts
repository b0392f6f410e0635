/** What a frame is made of: what is known of a release at one moment. */
import type { PendingActivity } from '../../../client/watch-release.ts';
import type { ReleaseReport, ReleaseStatus } from '../../../release/verdict.ts';
import type { RenderOptions } from '../style.ts';

export interface LiveState {
  readonly workflowId: string;
  /** Of Temporal's UI. */
  readonly link: string | null;
  /** Null before the first answer. */
  readonly status: ReleaseStatus | null;
  readonly pending: readonly PendingActivity[];
  /** Why nothing new is known; null while all is well. */
  readonly trouble: string | null;
}

export interface FrameSize extends Pick<RenderOptions, 'color'> {
  readonly columns: number;
  readonly rows: number;
  readonly nowMs: number;
}

/** A release that has ended holds nothing and waits for nobody. */
export const endedStatus = (report: ReleaseReport): ReleaseStatus => ({
  ...report,
  phase: 'ended',
  hold: null,
  stuck: null,
});
