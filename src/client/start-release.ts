/**
 * Starts a release – of a commit, or back to an earlier one – or attaches to the run that does the same already.
 */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import {
  DEPLOY_WORKFLOW,
  deployWorkflowId,
  ROLLBACK_WORKFLOW,
  rollbackWorkflowId,
} from '../release/names.ts';
import type { ReleaseRequest } from '../release/plan.ts';
import type { RollbackRequest } from '../release/requests/rollback-request.ts';
import { slipwayCommand } from '../release/shell-word.ts';
import type { ReleaseClient } from './connect.ts';
import { RefusedByReleaseError } from './errors.ts';
import { type Run, startRun, type Terms } from './start-run.ts';

/** `sha` is the full one (40 hex digits), so that one commit has one workflow id. */
export type StartRequest = ReleaseRequest & { readonly app: string };

export type StartRollbackRequest = RollbackRequest & { readonly app: string };

export interface StartedRelease {
  readonly workflowId: string;
  readonly runId: string;
  /** True where the release was running already and nothing was started. */
  readonly attached: boolean;
}

/** @throws RefusedByReleaseError where one runs on other terms */
export function startRelease(client: ReleaseClient, request: StartRequest): Promise<StartedRelease> {
  const { app, environment, sha, allowOlder, force, overrideFreeze } = request;
  return start(client, {
    workflowType: DEPLOY_WORKFLOW,
    workflowId: deployWorkflowId(app, environment, sha),
    request,
    terms: {
      ...(allowOlder && { 'allow-older': allowOlder }),
      ...(force && { force }),
      ...(overrideFreeze !== undefined && { 'override-freeze': overrideFreeze }),
    },
    listedBy: { app, environment, commit: sha },
    summary: summaryOf(request),
  });
}

/** What Temporal's UI shows beside the workflow id. */
export const summaryOf = ({ app, environment, sha }: StartRequest): string =>
  `${app} → ${environment} · ${sha.slice(0, 12)}`;

/** Without a target it goes where the environment says: then one such run at a time. */
export function startRollback(client: ReleaseClient, request: StartRollbackRequest): Promise<StartedRelease> {
  const { app, environment, to = 'last' } = request;
  return start(client, {
    workflowType: ROLLBACK_WORKFLOW,
    workflowId: rollbackWorkflowId(app, environment, to),
    request,
    terms: {},
    summary: `${app} → ${environment} · back to ${to}`,
    listedBy: { app, environment },
  });
}

async function start(client: ReleaseClient, wanted: Omit<Run, 'again'>): Promise<StartedRelease> {
  const { workflowId, terms } = wanted;
  try {
    const handle = await startRun(client, { ...wanted, again: true });
    return { workflowId, runId: handle.firstExecutionRunId, attached: false };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const { runId, memo } = await client.temporal.workflow.getHandle(workflowId).describe();
    refuseOtherTerms(workflowId, terms, (memo?.terms ?? {}) as Terms);
    return { workflowId, runId, attached: true };
  }
}

function refuseOtherTerms(workflowId: string, wanted: Terms, running: Terms): void {
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(running)])].sort();
  const other = names.filter((name) => wanted[name] !== running[name]);
  if (other.length === 0) return;
  const its = other.map((name) => `${name}: ${running[name] ?? 'no'}`).join(', ');
  throw new RefusedByReleaseError(
    `${workflowId} runs already, on other terms than you ask for (its ${its})`,
    {
      advice: `Watch it as it is: ${slipwayCommand('watch', [workflowId])}; or end it first: ${slipwayCommand('abort', [workflowId])}`,
    },
  );
}
