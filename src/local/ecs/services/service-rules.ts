// What CreateService and UpdateService refuse, and the defaults they fill in.
import type {
  DeploymentConfiguration,
  LaunchType,
  LoadBalancer,
  NetworkConfiguration,
  ServiceConnectConfiguration,
} from '@aws-sdk/client-ecs';
import type { TargetGroups } from '../../elb/target-groups.ts';
import { AwsError } from '../../wire/aws-error.ts';
import { invalid } from '../lookup.ts';
import { containersOf, type TaskDefinitionRecord } from '../model.ts';
import { defaultMaximumPercent, defaultMinimumHealthyPercent } from '../scheduler/window.ts';
import { findPort } from './service-connect-aliases.ts';

/** What is given replaces what was; what is not given stays (UpdateService) or gets its default (CreateService). */
export function mergeDeploymentConfiguration(
  given: DeploymentConfiguration | undefined,
  before?: DeploymentConfiguration,
): DeploymentConfiguration {
  const merged: DeploymentConfiguration = {
    strategy: 'ROLLING',
    deploymentCircuitBreaker: { enable: false, rollback: false },
    maximumPercent: defaultMaximumPercent,
    minimumHealthyPercent: defaultMinimumHealthyPercent,
    ...before,
    ...dropUndefined(given ?? {}),
  };
  checkPercents(merged);
  if (merged.strategy !== 'ROLLING') {
    throw new AwsError(
      'UnsupportedFeatureException',
      `The local ECS deploys with the ROLLING strategy only, not ${merged.strategy}.`,
    );
  }
  const threshold = merged.deploymentCircuitBreaker?.thresholdConfiguration;
  if (threshold && !(Number.isInteger(threshold.value) && (threshold.value ?? 0) > 0)) {
    throw invalid('thresholdConfiguration.value must be a positive integer.');
  }
  return merged;
}

function checkPercents({ minimumHealthyPercent, maximumPercent }: DeploymentConfiguration): void {
  const minimum = minimumHealthyPercent ?? defaultMinimumHealthyPercent;
  const maximum = maximumPercent ?? defaultMaximumPercent;
  if (minimum < 0 || minimum > 100) {
    throw invalid('minimumHealthyPercent must be between 0 and 100.');
  }
  if (maximum < 100) throw invalid('maximumPercent must be at least 100.');
  if (maximum <= minimum && minimum !== 100) {
    throw invalid('maximumPercent must be greater than minimumHealthyPercent.');
  }
}

export function dropUndefined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== undefined && member !== null),
  ) as Partial<T>;
}

export function checkDesiredCount(count: number | undefined): void {
  if (count !== undefined && (!Number.isInteger(count) || count < 0 || count > 5000)) {
    throw invalid('Desired count must be between 0 and 5000.');
  }
}

export function checkLaunchType(launchType: LaunchType, definition: TaskDefinitionRecord): void {
  if (launchType !== 'FARGATE' && launchType !== 'EC2') {
    throw new AwsError('UnsupportedFeatureException', `The local ECS has no launch type ${launchType}.`);
  }
  const required = definition.definition.requiresCompatibilities ?? [];
  if (launchType === 'FARGATE' && !required.includes('FARGATE')) {
    throw invalid('Task definition does not support launch_type FARGATE.');
  }
}

export function checkLoadBalancers(
  balancers: readonly LoadBalancer[],
  definition: TaskDefinitionRecord,
  targetGroups: TargetGroups,
): void {
  for (const { targetGroupArn, containerName, containerPort } of balancers) {
    if (!targetGroupArn) throw invalid('The local ECS needs targetGroupArn in each load balancer.');
    if (!targetGroups.exists(targetGroupArn)) {
      throw invalid(`The target group ${targetGroupArn} does not exist.`);
    }
    if (!targetGroups.isUsed(targetGroupArn)) {
      throw invalid(
        `The target group with targetGroupArn ${targetGroupArn} does not have an associated load balancer.`,
      );
    }
    const container = containersOf(definition).find(({ name }) => name === containerName);
    if (!container) throw invalid(`The container ${containerName} does not exist in the task definition.`);
    if (!container.portMappings?.some((port) => port.containerPort === containerPort)) {
      throw invalid(`The container ${containerName} did not have a container port ${containerPort} defined.`);
    }
  }
}

export function checkServiceConnect(
  configuration: ServiceConnectConfiguration | undefined,
  definition: TaskDefinitionRecord,
): void {
  if (!configuration?.enabled) return;
  for (const { portName } of configuration.services ?? []) {
    if (!findPort(definition, portName ?? '')) {
      throw invalid(
        `The portName(s) [${portName}] referenced in serviceConnectConfiguration do not exist in the task definition.`,
      );
    }
  }
}

export function checkNetwork(
  definition: TaskDefinitionRecord,
  network: NetworkConfiguration | undefined,
): void {
  const awsvpc = definition.definition.networkMode === 'awsvpc';
  if (awsvpc && !network?.awsvpcConfiguration) {
    throw invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
  if (!awsvpc && network?.awsvpcConfiguration) {
    throw invalid(`Network Configuration is not valid for the given networkMode of this task definition.`);
  }
  const { subnets, securityGroups } = network?.awsvpcConfiguration ?? {};
  if ((subnets?.length ?? 0) > 16) throw invalid('subnets can have at most 16 items.');
  if ((securityGroups?.length ?? 0) > 5) throw invalid('securityGroups can have at most 5 items.');
}
