/**
 * Who reads logs for people. They wait a while for new lines and need no heartbeat for that (each would be an action):
 * a follower that has gone is noticed when the wait is over.
 */
import { ActivityCancellationType } from '@temporalio/workflow';
import type { ServiceLogActivities, StepLogActivities } from '../../activities/contracts/logs.ts';
import { MOST_WAITED_MS } from '../../release/logs/log-pace.ts';
import { deployQueue, TASK_QUEUE } from '../../release/names.ts';
import type { Whereabouts } from '../../release/whereabouts.ts';
import { MINUTE, retryFrom, SECOND } from './options.ts';
import { poolActivities } from './proxy.ts';

const PAGE = {
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { ...retryFrom(SECOND, 5 * SECOND), maximumAttempts: 3 },
  // Somebody looks at an empty screen: nobody waits for a pool that is not there.
  scheduleToStartTimeout: 10 * SECOND,
  startToCloseTimeout: MOST_WAITED_MS + 25 * SECOND,
  scheduleToCloseTimeout: MINUTE + MOST_WAITED_MS,
} as const;

export const stepLogs = poolActivities<StepLogActivities>({ ...PAGE, taskQueue: TASK_QUEUE.control });

export const serviceLogsOf = ({
  deployQueue: name,
}: Pick<Whereabouts, 'deployQueue'>): ServiceLogActivities =>
  poolActivities<ServiceLogActivities>({ ...PAGE, taskQueue: deployQueue(name) });
