/** Starts another workflow that goes on when this one has ended, whatever becomes of this one. */
import {
  ChildWorkflowCancellationType,
  type ChildWorkflowOptions,
  ParentClosePolicy,
  startChild,
} from '@temporalio/workflow';
import { TASK_QUEUE } from '../release/names.ts';

type Start = Pick<ChildWorkflowOptions, 'staticSummary' | 'memo' | 'workflowIdReusePolicy'> & {
  readonly workflowId: string;
  readonly input: unknown;
};

/** False: one of that id runs, or – unless the policy says otherwise – has run. */
export async function startBeside(
  workflowType: string,
  { workflowId, input, ...more }: Start,
): Promise<boolean> {
  try {
    await startChild(workflowType, {
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      ...more,
      workflowId,
      taskQueue: TASK_QUEUE.control,
      args: [input],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      cancellationType: ChildWorkflowCancellationType.ABANDON,
    });
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'WorkflowExecutionAlreadyStartedError') return false;
    throw error;
  }
}
