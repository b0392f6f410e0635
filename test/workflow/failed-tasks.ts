import type { WorkflowHandle } from '@temporalio/client';

/** WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND */
const UNHANDLED_COMMAND = 1;

/**
 * Why workflow tasks of a run have failed. That something came in just when the run wanted to end is no failure of it: the
 * server has it look again, as ever.
 */
export const failedTasks = async (handle: Pick<WorkflowHandle, 'fetchHistory'>): Promise<string[]> =>
  ((await handle.fetchHistory()).events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
    failed && failed.cause !== UNHANDLED_COMMAND ? [failed.failure?.message || String(failed.cause)] : [],
  );
