import { workflowInfo } from '@temporalio/workflow';

/** `<workflow id>/<first run id>`: stable over retries and over continue-as-new. */
export const ownRunId = (): string => {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  return `${workflowId}/${firstExecutionRunId}`;
};
