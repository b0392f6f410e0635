/** What the control pool offers to the `reconcile` workflow. Types only. */
import type {
  Look,
  PullHead,
  PullsLook,
  ReconcilePullsRequest,
  ReconcileRequest,
} from '../../release/reconcile.ts';

export interface ReconcileActivities {
  /**
   * The end of the branch, and whether anybody has to start it. What it finds done is kept in the store, so that the next
   * look is a short one. Errors: `ConfigurationError`, `RefusedByService`, `StoreDamaged`.
   */
  lookForMissed(request: ReconcileRequest): Promise<Look>;
  /** The commit has been started: it is not looked into again. */
  keepTip(input: KeepTipInput): Promise<void>;
}

export interface ReconcilePullsActivities {
  /**
   * The open pull requests of branches of the repository itself, and whose newest commits nobody has had checked. Errors:
   * `ConfigurationError`, `RefusedByService`, `Transient`, `StoreDamaged`.
   */
  lookForMissedPulls(request: ReconcilePullsRequest): Promise<PullsLook>;
  /** Their checks have been started: they are not looked into again. */
  keepPulls(input: KeepPullsInput): Promise<void>;
}

export interface KeepPullsInput {
  readonly app: string;
  readonly heads: readonly PullHead[];
}

export interface KeepTipInput extends ReconcileRequest {
  readonly sha: string;
}
