/**
 * The `gc` workflow: deregisters task definitions of an environment that nothing refers to. It is started by people or
 * by a schedule, never by a release, and takes no turn: it ends as soon as a release takes one.
 */
import { ApplicationFailure } from '@temporalio/workflow';
import { workflowIdOf } from '../release/names.ts';
import {
  type GcReport,
  type GcRequest,
  MINIMUM_AGE_MS,
  readGcRequest,
} from '../release/requests/gc-request.ts';
import { control } from './pools/control.ts';
import { clearsOf } from './pools/deploy.ts';

/** @param input a GcRequest, as far as the starter got it right */
export const gc = async (input: GcRequest): Promise<GcReport> => {
  const { request, problem } = readGcRequest(input);
  if (problem !== null) throw ApplicationFailure.nonRetryable(problem, 'ConfigurationError');
  const { dryRun = false, minimumAgeMs = MINIMUM_AGE_MS, environment } = request;
  const { app, keep, holder, scope, needed } = await control.recallReferences({
    environment,
    ...(request.app !== undefined && { app: request.app }),
    ...(request.keep !== undefined && { keep: request.keep }),
  });
  if (holder && !dryRun) {
    throw ApplicationFailure.nonRetryable(
      `release ${holder.number} has the turn of ${environment}: nothing was cleared away beside it (${workflowIdOf(holder.releaseId)})`,
      'refused',
    );
  }
  const about = { app, environment, dryRun, keep };
  if (!scope) return { ...about, deregistered: [], kept: [], stopped: null };
  const cleared = await clearsOf(scope).deregisterUnused({ ...scope, needed, minimumAgeMs, dryRun });
  return { ...about, ...cleared };
};
