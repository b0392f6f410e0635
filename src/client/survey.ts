/** Asks how the services of an environment stand beside what the ledger says: ECS is asked by the deploy pool. */
import { isGrpcDeadlineError, WorkflowFailedError } from '@temporalio/client';
import type { ServiceStanding } from '../release/environment/drift.ts';
import { SURVEY_WORKFLOW, surveyWorkflowId, TASK_QUEUE } from '../release/names.ts';
import type { ReleaseClient } from './connect.ts';
import type { EnvironmentName } from './environment.ts';
import { causesOf } from './failure-causes.ts';

/** `unknown`: nobody could be asked, or nobody knows; `why` says which. */
export type Survey =
  | { readonly kind: 'known'; readonly services: readonly ServiceStanding[] }
  | { readonly kind: 'unknown'; readonly why: string };

const ANSWER_WITHIN_MS = 15_000;

/** @param number of the release that serves */
export async function surveyServices(
  { temporal }: ReleaseClient,
  { app, environment }: EnvironmentName,
  number: number,
  timeoutMs = ANSWER_WITHIN_MS,
): Promise<Survey> {
  const handle = await temporal.workflow.start(SURVEY_WORKFLOW, {
    workflowId: surveyWorkflowId(app, environment),
    taskQueue: TASK_QUEUE.control,
    args: [{ app, environment, number }],
    // Two people who ask at the same time get one answer; nobody waits for one that is never given.
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowExecutionTimeout: 4 * timeoutMs,
    staticSummary: `${app} → ${environment}: how its services stand`,
  });
  try {
    const services: readonly ServiceStanding[] | null = await temporal.withDeadline(
      Date.now() + timeoutMs,
      () => handle.result(),
    );
    return services
      ? { kind: 'known', services }
      : { kind: 'unknown', why: `what release ${number} has left was not kept` };
  } catch (error) {
    if (error instanceof WorkflowFailedError)
      return { kind: 'unknown', why: (causesOf(error).at(-1) ?? error).message };
    if (isGrpcDeadlineError(error)) {
      const seconds = Math.round(timeoutMs / 1_000);
      return { kind: 'unknown', why: `no deploy worker has looked within ${seconds} s` };
    }
    throw error;
  }
}
