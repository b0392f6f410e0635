/**
 * The `reconcile` workflow: one look at a branch, and a release of its last commit where nobody has ever started one.
 * `slipway serve` keeps a schedule for it; GitHub does not deliver again by itself what was lost.
 */
import { DEPLOY_WORKFLOW, deployWorkflowId } from '../release/names.ts';
import type { ReleaseRequest } from '../release/plan.ts';
import type { Reconciled, ReconcileRequest } from '../release/reconcile.ts';
import { reconciles } from './pools/reconcile.ts';
import { startBeside } from './start-beside.ts';

export const reconcile = async (request: ReconcileRequest): Promise<Reconciled> => {
  const look = await reconciles.lookForMissed(request);
  if (look.kind !== 'missed') return look;
  const { sha } = look;
  const workflowId = deployWorkflowId(request.app, request.environment, sha);
  const isOurs = await startDeploy(workflowId, request, sha);
  // Only now: where we are lost before, the next look finds the release in Temporal.
  await reconciles.keepTip({ ...request, sha });
  return isOurs ? { kind: 'started', sha, workflowId } : { kind: 'tried', sha, by: workflowId };
};

/** False: somebody else has been faster. */
const startDeploy = (
  workflowId: string,
  { app, environment, ref }: ReconcileRequest,
  sha: string,
): Promise<boolean> => {
  const input: ReleaseRequest = {
    app,
    environment,
    sha,
    partOf: ref,
    startedBy: `reconcile of ${ref} (no delivery from GitHub has started it)`,
  };
  const staticSummary = `${app} → ${environment} · ${sha.slice(0, 12)}`;
  return startBeside(DEPLOY_WORKFLOW, { workflowId, input, staticSummary, memo: { terms: {} } });
};
