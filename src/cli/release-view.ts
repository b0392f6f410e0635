/** What shows a release while it is followed. */
import type { PendingActivity } from '../client/index.ts';
import type { Shown } from './render/progress.ts';

export interface ReleaseView {
  /** At each news; the report, with nothing pending, at the end. */
  show(status: Shown, pending: readonly PendingActivity[]): void;
  /** At each look, also where nothing has changed. */
  tick(pending: readonly PendingActivity[]): void;
  temporalIsAway(): void;
  controlIsAway(): void;
}
