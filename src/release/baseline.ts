/** Decides what a service would be rolled back to, before anything is touched. */
import { primaryOf, type ServiceView } from './observation.ts';

export type BaselineFinding =
  | { readonly kind: 'completed'; readonly taskDefinition: string }
  /** Never deployed successfully: there is nothing to go back to. */
  | { readonly kind: 'none' }
  /** Somebody's deployment is under way: wait for it, or refuse. */
  | { readonly kind: 'busy'; readonly deploymentId: string };

/** A service's first deployment starts within moments of the service itself. */
const FIRST_DEPLOYMENT_WITHIN_MS = 10_000;

export const findBaseline = (service: ServiceView): BaselineFinding => {
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
  return isFirstAndFruitless(service) ? { kind: 'none' } : { kind: 'busy', deploymentId: primary.id };
};

/** Made by infrastructure code before any image existed: its first deployment can only be ended by a release. */
const isFirstAndFruitless = (service: ServiceView): boolean => {
  const [only, ...others] = service.deployments;
  return (
    only !== undefined &&
    others.length === 0 &&
    service.running === 0 &&
    Math.abs(only.createdAtMs - service.createdAtMs) <= FIRST_DEPLOYMENT_WITHIN_MS
  );
};
