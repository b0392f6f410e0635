/**
 * The `reconcilePulls` workflow: one look at the open pull requests of an app, and the checks of those commits that nobody
 * has had checked. `slipway serve` keeps a schedule for it, as for `reconcile`.
 */
import type { ChecksRequest } from '../release/checks.ts';
import { CHECKS_WORKFLOW, checksWorkflowId } from '../release/names.ts';
import type { PullHead, ReconciledPulls, ReconcilePullsRequest } from '../release/reconcile.ts';
import { reconcilesPulls } from './pools/reconcile.ts';
import { startBeside } from './start-beside.ts';

export const reconcilePulls = async (request: ReconcilePullsRequest): Promise<ReconciledPulls> => {
  const look = await reconcilesPulls.lookForMissedPulls(request);
  if (look.kind !== 'missed') return look;
  const { app } = request;
  const started: string[] = [];
  const tried: string[] = [];
  for (const head of look.missed) {
    const workflowId = checksWorkflowId(app, head.sha);
    // Two pull requests may have the same commit: it is checked once.
    const isOurs = await startChecks(workflowId, app, head);
    (isOurs ? started : tried).push(workflowId);
  }
  // Only now: where we are lost before, the next look finds the checks in Temporal.
  await reconcilesPulls.keepPulls({ app, heads: look.missed });
  return { kind: 'started', started, tried };
};

/** False: somebody else has been faster. */
const startChecks = (workflowId: string, app: string, { sha, pullRequest }: PullHead): Promise<boolean> => {
  const input: ChecksRequest = {
    app,
    sha,
    pullRequest,
    startedBy: 'reconcile of pull requests (no delivery from GitHub has started it)',
  };
  const staticSummary = `${app} · checks of ${sha.slice(0, 12)} · pull request ${pullRequest}`;
  return startBeside(CHECKS_WORKFLOW, { workflowId, input, staticSummary });
};
