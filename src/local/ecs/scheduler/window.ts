// The arithmetic of a rolling update and of the circuit breaker, as the ECS documentation gives it.
import type { DeploymentConfiguration, ThresholdConfiguration } from '@aws-sdk/client-ecs';

export interface Window {
  /** Healthy tasks that must stay: ceil(desired × minimumHealthyPercent / 100). */
  readonly lower: number;
  /** RUNNING and PENDING tasks that may be: floor(desired × maximumPercent / 100). */
  readonly upper: number;
}

export const defaultMinimumHealthyPercent = 100;
export const defaultMaximumPercent = 200;

export function deploymentWindow(
  desiredCount: number,
  configuration: Pick<DeploymentConfiguration, 'minimumHealthyPercent' | 'maximumPercent'>,
): Window {
  const minimum = configuration.minimumHealthyPercent ?? defaultMinimumHealthyPercent;
  const maximum = configuration.maximumPercent ?? defaultMaximumPercent;
  return {
    lower: Math.ceil((desiredCount * minimum) / 100),
    upper: Math.floor((desiredCount * maximum) / 100),
  };
}

/**
 * How many failed tasks end a deployment. The default is half of the desired count, at least 3, at most 200.
 * Source: API_DeploymentCircuitBreaker and API_ThresholdConfiguration. The latest desired count is what counts.
 */
export function failureThreshold(
  desiredCount: number,
  threshold: ThresholdConfiguration | undefined,
): number {
  const value = threshold?.value ?? 50;
  switch (threshold?.type) {
    case 'COUNT':
      return Math.max(1, value);
    case 'UNBOUNDED_PERCENT':
      return Math.max(1, Math.ceil((desiredCount * value) / 100));
    default:
      return Math.min(200, Math.max(3, Math.ceil((desiredCount * value) / 100)));
  }
}

/** How long the next start waits after `failures` failed ones in a row: the first two are tried again at once. */
export function restartDelayMs(failures: number, baseMs: number, maximumMs: number): number {
  if (failures < 2) return 0;
  return Math.min(maximumMs, baseMs * 2 ** Math.min(failures - 2, 30));
}
