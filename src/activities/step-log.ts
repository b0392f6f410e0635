/** The log of the step that the running activity belongs to. */
import { activityInfo, log } from '@temporalio/activity';
import { openStepLog, type StepLog } from '../store/step-log.ts';
import type { Store } from '../store/store.ts';

/** @param step e.g. `check:api`, as in the release's steps */
export const openActivityLog = (store: Store, step: string, secrets: readonly string[] = []): StepLog => {
  const { workflowExecution, attempt } = activityInfo();
  return openStepLog({
    store,
    workflowId: workflowExecution?.workflowId ?? 'no-workflow',
    runId: workflowExecution?.runId ?? 'no-run',
    step,
    attempt,
    secrets,
    onError: (error) => log.warn('a step log cannot be written', { step, error }),
  });
};
