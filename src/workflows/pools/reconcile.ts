/** Of the control pool, for looks that come again by themselves: trouble ends one, and the next one begins anew. */
import type { ReconcileActivities, ReconcilePullsActivities } from '../../activities/contracts/reconcile.ts';
import { TASK_QUEUE } from '../../release/names.ts';
import { MINUTE, READ } from './options.ts';
import { poolActivities } from './proxy.ts';

export const reconciles = poolActivities<ReconcileActivities>({
  ...READ,
  retry: { ...READ.retry, maximumAttempts: 3 },
  taskQueue: TASK_QUEUE.control,
  startToCloseTimeout: 10 * MINUTE,
  // Before it has something to fetch it does not beat at all: most looks find nothing, and each beat is a call.
  heartbeatTimeout: MINUTE,
});

export const reconcilesPulls = poolActivities<ReconcilePullsActivities>({
  ...READ,
  retry: { ...READ.retry, maximumAttempts: 3 },
  taskQueue: TASK_QUEUE.telling,
  startToCloseTimeout: 2 * MINUTE,
});
