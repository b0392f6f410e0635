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
