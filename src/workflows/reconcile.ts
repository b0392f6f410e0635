/**
 * The `reconcile` workflow: one look at a branch, and a release of its last commit where nobody has ever started one.
 * `slipway serve` keeps a schedule for it; GitHub does not deliver again by itself what was lost.
 */
import { ChildWorkflowCancellationType, ParentClosePolicy, startChild } from '@temporalio/workflow';
import { DEPLOY_WORKFLOW, deployWorkflowId, TASK_QUEUE } from '../release/names.ts';
import type { ReleaseRequest } from '../release/plan.ts';
import type { Reconciled, ReconcileRequest } from '../release/reconcile.ts';
import { reconciles } from './pools/reconcile.ts';

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
async function startDeploy(
  workflowId: string,
  { app, environment, ref }: ReconcileRequest,
  sha: string,
): Promise<boolean> {
  const release: ReleaseRequest = {
    app,
    environment,
    sha,
    partOf: ref,
    startedBy: `reconcile of ${ref} (no delivery from GitHub has started it)`,
  };
  try {
    await startChild(DEPLOY_WORKFLOW, {
      workflowId,
      taskQueue: TASK_QUEUE.control,
      args: [release],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      // It goes on when this one has ended, and whatever becomes of this one.
      parentClosePolicy: ParentClosePolicy.ABANDON,
      cancellationType: ChildWorkflowCancellationType.ABANDON,
      staticSummary: `${app} → ${environment} · ${sha.slice(0, 12)}`,
      memo: { terms: {} },
    });
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'WorkflowExecutionAlreadyStartedError') return false;
    throw error;
  }
}
