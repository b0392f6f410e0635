/** Decides what a service would be rolled back to, before anything is touched. */
import { type DeploymentView, primaryOf, type ServiceView } from './observation.ts';

export type BaselineFinding =
  | { readonly kind: 'completed'; readonly taskDefinition: string }
  /** Never deployed successfully: there is nothing to go back to. */
  | { readonly kind: 'none' }
  /** Somebody's deployment is under way: wait for it, or refuse. */
  | { readonly kind: 'busy'; readonly deploymentId: string };

/** A service's first deployment starts within moments of the service itself. */
const FIRST_DEPLOYMENT_WITHIN_MS = 10_000;

/** @param stallTimeoutMs after so long a deployment without one running task is a dead end, not somebody's work. */
export const findBaseline = (
  service: ServiceView,
  nowMs: number,
  stallTimeoutMs: number,
): BaselineFinding => {
  const primary = primaryOf(service);
  if (!primary) return { kind: 'none' };
  if (primary.rolloutState === 'COMPLETED')
    return { kind: 'completed', taskDefinition: primary.taskDefinition };
  if (primary.rolloutState === null) {
    // Behind a Classic Load Balancer ECS gives no rollout state: counts are all there is.
    const steady = service.deployments.length === 1 && primary.running === service.desired;
    return steady
      ? { kind: 'completed', taskDefinition: primary.taskDefinition }
      : { kind: 'busy', deploymentId: primary.id };
  }
  const earlier = service.deployments.find(
    (deployment) =>
      deployment !== primary && deployment.rolloutState === 'COMPLETED' && deployment.running > 0,
  );
  if (primary.rolloutState === 'FAILED') {
    return earlier ? { kind: 'completed', taskDefinition: earlier.taskDefinition } : { kind: 'none' };
  }
  const fruitless =
    isOnlyOneWithoutTasks(service) &&
    (isFirst(service, primary) || nowMs - primary.createdAtMs >= stallTimeoutMs);
  return fruitless ? { kind: 'none' } : { kind: 'busy', deploymentId: primary.id };
};

/** Nothing runs and nothing older is kept: whatever replaces it loses nothing, and only a release can end it. */
const isOnlyOneWithoutTasks = (service: ServiceView): boolean =>
  service.deployments.length === 1 && service.running === 0;

/** Made by infrastructure code, often before any image existed. */
const isFirst = (service: ServiceView, primary: DeploymentView): boolean =>
  Math.abs(primary.createdAtMs - service.createdAtMs) <= FIRST_DEPLOYMENT_WITHIN_MS;
