/** Which schedules a receiver wants by its configuration, and which of those that there are it has made. */
import {
  RECONCILE_PULLS_WORKFLOW,
  RECONCILE_WORKFLOW,
  reconcilePullsScheduleId,
  reconcileScheduleId,
} from '../release/names.ts';
import type { ReconcilePullsRequest, ReconcileRequest } from '../release/reconcile.ts';
import { pullsEveryMs, reconcileEveryMs, type ServeConfiguration } from './configuration.ts';

export interface WantedSchedule {
  readonly scheduleId: string;
  readonly everyMs: number;
  readonly workflowType: string;
  readonly request: ReconcileRequest | ReconcilePullsRequest;
  readonly summary: string;
}

export function wantedSchedules(configuration: ServeConfiguration): readonly WantedSchedule[] {
  const { name: receiver, deployments, pullRequests } = configuration;
  const ofPushes = deployments.flatMap((deployment): readonly WantedSchedule[] => {
    const everyMs = reconcileEveryMs(deployment);
    if (everyMs === null) return [];
    const { app, environment, ref } = deployment;
    return [
      {
        scheduleId: reconcileScheduleId(deployment, receiver),
        everyMs,
        workflowType: RECONCILE_WORKFLOW,
        request: { app, environment, ref, receiver },
        summary: `${app} → ${environment}: has a push to ${ref} been missed?`,
      },
    ];
  });
  const ofPulls = pullRequests.flatMap((pulls): readonly WantedSchedule[] => {
    const everyMs = pullsEveryMs(pulls);
    if (everyMs === null) return [];
    const { app } = pulls;
    return [
      {
        scheduleId: reconcilePullsScheduleId(app, receiver),
        everyMs,
        workflowType: RECONCILE_PULLS_WORKFLOW,
        request: { app, receiver },
        summary: `${app}: has a pull request been missed?`,
      },
    ];
  });
  return [...ofPushes, ...ofPulls];
}

/**
 * Whether this receiver has made it: by the id that it gives, and by what it starts. What somebody has copied from it by
 * hand, or another receiver keeps for the same rule, is not.
 */
export function isMadeBy(
  receiver: string,
  scheduleId: string,
  { workflowType, args }: { readonly workflowType?: unknown; readonly args?: unknown },
): boolean {
  const [request] = Array.isArray(args) ? (args as readonly Partial<ReconcileRequest>[]) : [];
  const { app = '', environment = '', ref = '' } = request ?? {};
  if (request?.receiver !== receiver) return false;
  switch (workflowType) {
    case RECONCILE_WORKFLOW:
      return scheduleId === reconcileScheduleId({ app, environment, ref }, receiver);
    case RECONCILE_PULLS_WORKFLOW:
      return scheduleId === reconcilePullsScheduleId(app, receiver);
    default:
      return false;
  }
}
