/**
 * The log of the running activity's step, under the key that all its attempts share.
 */
import { Context } from '@temporalio/activity';
import { openStepLog, type StepLog } from '../store/step-log.ts';
import type { Store } from '../store/store.ts';

/** Runs `work` with the log of `step`, which is closed whatever happens; its error is its last line. */
export async function withStepLog<T>(
  store: Store,
  step: string,
  secrets: readonly string[],
  work: (log: StepLog) => Promise<T>,
): Promise<T> {
  const { info, log: logger } = Context.current();
  const log = openStepLog({
    store,
    workflowId: info.workflowExecution?.workflowId ?? 'none',
    runId: info.workflowExecution?.runId ?? 'none',
    step,
    attempt: info.attempt,
    secrets,
    onError: (error) => logger.warn('the log of this step cannot be written', { step, error }),
  });
  try {
    return await work(log);
  } catch (error) {
    log.write(`\n--- ${error instanceof Error ? error.message : String(error)}\n`);
    throw error;
  } finally {
    await log.close();
  }
}
