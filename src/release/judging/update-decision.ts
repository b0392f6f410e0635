/**
 * What to do with one service before an UpdateService: a pure function of what ECS shows of it and what is wanted
 * (the table is in test/release/judging/update-decision.test.ts, the reasons in docs/decisions/0005-rollback-target.md).
 */
import { shortArn } from '../short-arn.ts';
import { primaryOf, type ServiceView } from './observation.ts';

/** Task definition ARNs; see `ServiceUpdate` in src/activities/contracts/rollout.ts. */
export interface WantedMove {
  readonly service: string;
  readonly taskDefinition: string;
  readonly acceptable: readonly string[];
  readonly from: readonly string[];
}

/** `forward`: to what this release has registered. `back`: to a baseline, until it holds. */
export type Direction = 'forward' | 'back';

export type UpdateDecision =
  /** It runs (or is on its way to) what is wanted: no call. */
  | { readonly kind: 'there'; readonly view: ServiceView; readonly deploymentId: string }
  | { readonly kind: 'update'; readonly view: ServiceView }
  /** The deployment of the very same task definition has failed: without force ECS would see nothing to do. */
  | { readonly kind: 'force'; readonly view: ServiceView }
  | { readonly kind: 'foreign'; readonly summary: string; readonly evidence: readonly string[] }
  | { readonly kind: 'gone'; readonly summary: string };

export const decideUpdate = (
  wanted: WantedMove,
  view: ServiceView | undefined,
  direction: Direction,
): UpdateDecision => {
  const { service, taskDefinition, acceptable, from } = wanted;
  if (view?.status !== 'ACTIVE') {
    return { kind: 'gone', summary: `service ${service} ${view ? `is ${view.status}` : 'is gone'}` };
  }
  const now = view.taskDefinition;
  const primary = primaryOf(view);
  if (now === taskDefinition || acceptable.includes(now)) {
    if (!primary) return { kind: 'gone', summary: `ECS shows no primary deployment for service ${service}` };
    // Forward, only this release has registered the target: its failed deployment is for the judge to see, not to
    // be started again. Back, a deployment that failed is no place to stay.
    const isOurAttempt = direction === 'forward' && !from.includes(now);
    if (primary.rolloutState !== 'FAILED' || isOurAttempt) {
      return { kind: 'there', view, deploymentId: primary.id };
    }
    return { kind: now === taskDefinition ? 'force' : 'update', view };
  }
  return from.includes(now) ? { kind: 'update', view } : foreign(wanted, view);
};

const foreign = ({ service, taskDefinition, from }: WantedMove, view: ServiceView): UpdateDecision => {
  const since = primaryOf(view)?.createdAtMs;
  const expected = [...new Set([...from, taskDefinition])].map(shortArn).join(' or ');
  return {
    kind: 'foreign',
    summary: `somebody else changed the service: it now runs ${shortArn(view.taskDefinition)}`,
    evidence: [
      `service ${service} should run ${expected}, but ECS has it on ${view.taskDefinition}` +
        (since === undefined ? '' : ` since ${new Date(since).toISOString()}`),
    ],
  };
};
