/**
 * What the `reconcile` workflow is asked and answers: it starts the commit at the end of a branch where no delivery of
 * GitHub's has done so. Shared with the webhook: which commits ask not to be deployed.
 */
export interface ReconcileRequest {
  readonly app: string;
  readonly environment: string;
  /** `refs/heads/main` */
  readonly ref: string;
  /** Which receiver keeps the schedule; another one leaves it alone. */
  readonly receiver: string;
}

/** Of the `reconcilePulls` workflow: the checks of pull requests instead of releases. */
export interface ReconcilePullsRequest {
  readonly app: string;
  readonly receiver: string;
}

/** The newest commit of an open pull request whose branch is in the repository itself. */
export interface PullHead {
  readonly pullRequest: number;
  readonly sha: string;
}

/** How one look at the pull requests ended. Nothing but `missed` starts anything. */
export type PullsLook =
  /** This control worker cannot ask GitHub which pull requests are open, and whose they are. */
  | { readonly kind: 'cannot-ask'; readonly why: string }
  /** As with branches. */
  | { readonly kind: 'first-look'; readonly open: number }
  | { readonly kind: 'nothing-missed'; readonly open: number }
  | { readonly kind: 'missed'; readonly missed: readonly PullHead[] };

export type ReconciledPulls =
  | Exclude<PullsLook, { readonly kind: 'missed' }>
  | {
      readonly kind: 'started';
      readonly started: readonly string[];
      /** Somebody else was faster. */
      readonly tried: readonly string[];
    };

/** How one look ended. Nothing but `missed` starts anything. */
export type Look =
  | { readonly kind: 'no-branch' }
  /** Nothing can have been missed before anybody looked. */
  | { readonly kind: 'first-look'; readonly sha: string }
  | { readonly kind: 'unchanged'; readonly sha: string }
  /** It was released here before, however that ended: a commit that has failed is not tried for ever. */
  | { readonly kind: 'tried'; readonly sha: string; readonly by: string }
  | { readonly kind: 'asks-not-to'; readonly sha: string }
  | { readonly kind: 'missed'; readonly sha: string };

export type Reconciled =
  | Look
  | { readonly kind: 'started'; readonly sha: string; readonly workflowId: string };

const SKIP = /\[skip deploy\]/i;

/** Whether the commit message says that this commit is not for an environment. */
export const asksNotToBeDeployed = (message: string): boolean => SKIP.test(message);
