/** Decides what a service would be rolled back to, before anything is touched. */
import { shortArn } from '../short-arn.ts';
import { type DeploymentView, primaryOf, type ServiceView } from './observation.ts';

export type BaselineFinding =
  | { readonly kind: 'completed'; readonly taskDefinition: string }
  /** No completed deployment is visible: ECS's history may know of one. */
  | { readonly kind: 'none' }
  /** Somebody's deployment is under way: wait for it, or refuse. */
  | { readonly kind: 'busy'; readonly deploymentId: string };

/** Nobody is at work. */
export type SettledFinding = Exclude<BaselineFinding, { kind: 'busy' }>;

/** A service's first deployment starts within moments of the service itself. */
const FIRST_DEPLOYMENT_WITHIN_MS = 10_000;

/** @param stallTimeoutMs after so long a deployment that has come to nothing is a dead end, not somebody's work. */
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
  // Also without a task: where nothing need stay healthy, a failed deployment has stopped the ones before it.
  const earlier = service.deployments.find(
    (deployment) => deployment !== primary && deployment.rolloutState === 'COMPLETED',
  );
  if (primary.rolloutState === 'FAILED') {
    return earlier ? { kind: 'completed', taskDefinition: earlier.taskDefinition } : { kind: 'none' };
  }
  const isOld = nowMs - primary.createdAtMs >= stallTimeoutMs;
  if (earlier && isOld && isFruitless(service, primary, earlier))
    return { kind: 'completed', taskDefinition: earlier.taskDefinition };
  const endsByUs = isOnlyOneWithoutTasks(service) && (isOld || isFirst(service, primary));
  return endsByUs ? { kind: 'none' } : { kind: 'busy', deploymentId: primary.id };
};

/** In half a sentence, for a service of which neither its deployments nor ECS's history shows a completed one. */
export const whyNoBaseline = (service: ServiceView, history: 'none' | 'unknown'): string => {
  const primary = primaryOf(service);
  if (!primary) return 'it has no deployment';
  const where = shortArn(primary.taskDefinition);
  const hasFailed = primary.rolloutState === 'FAILED';
  if (isFirst(service, primary)) {
    return `its only deployment, of ${where}, ${hasFailed ? 'has failed' : 'has not completed'}`;
  }
  const known = history === 'none' ? 'ECS remembers no completed deployment' : "ECS's history cannot be read";
  return `${known}; it is on ${where}, and ${hasFailed ? 'its deployment has failed' : 'it runs nothing'}`;
};

/**
 * Left behind by whoever gave up (or by a release that was killed): without a circuit breaker ECS tries such a
 * deployment for ever. One that only takes its time has running tasks, and of those that fail none has kept ECS from
 * stopping old ones: while all of these are still there, no new one has ever become healthy.
 */
const isFruitless = (service: ServiceView, primary: DeploymentView, earlier: DeploymentView): boolean =>
  service.desired > 0 &&
  (primary.running === 0 || (primary.failed > 0 && earlier.running >= service.desired));

/** Nothing runs and nothing older is kept: whatever replaces it loses nothing, and only a release can end it. */
const isOnlyOneWithoutTasks = (service: ServiceView): boolean =>
  service.deployments.length === 1 && service.running === 0;

/** Made by infrastructure code, often before any image existed. */
const isFirst = (service: ServiceView, primary: DeploymentView): boolean =>
  Math.abs(primary.createdAtMs - service.createdAtMs) <= FIRST_DEPLOYMENT_WITHIN_MS;
