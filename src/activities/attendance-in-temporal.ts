/**
 * What a release has to do and nobody does, as Temporal shows it: its pending activities and workflow task, and who
 * polls their queues. Reading it costs no Temporal action.
 */
import { Context } from '@temporalio/activity';
import type { OpenTask } from '../release/environment/attendance.ts';
import { workflowIdOf } from '../release/names.ts';

/** Temporal's own numbers, of its enums `PendingActivityState` and `TaskQueueType`. */
const SCHEDULED = 1;
const QUEUE_TYPE = { workflow: 1, activity: 2 } as const;

/** Temporal answers at once or is in trouble: then the next look asks again. */
const ANSWER_WITHIN_MS = 10_000;

const soon = <T>(ask: () => Promise<T>): Promise<T> =>
  Context.current().client.withDeadline(Date.now() + ANSWER_WITHIN_MS, ask);

/** Inside an activity. Errors: those of Temporal's client. */
export const openTasksInTemporal = async (releaseId: string): Promise<readonly OpenTask[]> => {
  const { client } = Context.current();
  const { raw } = await soon(() => client.workflow.getHandle(workflowIdOf(releaseId)).describe());
  const { pendingActivities, pendingWorkflowTask: task, executionConfig } = raw;
  const activities = (pendingActivities ?? []).flatMap((activity): readonly OpenTask[] => {
    const {
      state,
      paused,
      scheduledTime,
      nextAttemptScheduleTime: next,
      activityOptions,
      attempt,
    } = activity;
    const name = activityOptions?.taskQueue?.name;
    if (state !== SCHEDULED || paused || !name) return [];
    // Between two attempts it lies in no queue yet.
    const sinceMs = msOf(next ?? scheduledTime);
    return [{ queue: name, kind: 'activity', sinceMs, attempt: attempt ?? 1 }];
  });
  const queue = executionConfig?.taskQueue?.name;
  if (!task || !queue) return activities;
  const sinceMs = msOf(task.originalScheduledTime);
  return [...activities, { queue, kind: 'workflow', sinceMs, attempt: task.attempt ?? 1 }];
};

/**
 * Inside an activity: when a worker last began to wait for tasks there; null: none is known. Temporal lists workers for
 * some minutes after they have gone. Errors: those of Temporal's client.
 */
export const lastPollInTemporal = async (queue: string, kind: OpenTask['kind']): Promise<number | null> => {
  const { client } = Context.current();
  const { pollers } = await soon(() =>
    client.workflowService.describeTaskQueue({
      namespace: client.options.namespace,
      taskQueue: { name: queue },
      taskQueueType: QUEUE_TYPE[kind],
    }),
  );
  const times = (pollers ?? []).map(({ lastAccessTime }) => msOf(lastAccessTime));
  return times.length === 0 ? null : Math.max(...times);
};

type Time = { readonly seconds?: unknown; readonly nanos?: number | null } | null | undefined;

/** Seconds come as numbers of 64 bits. A time that is not there is now: nothing waits since then. */
const msOf = (time: Time): number =>
  time ? Number(String(time.seconds ?? 0)) * 1_000 + Math.floor((time.nanos ?? 0) / 1e6) : Date.now();
