// Makes a new deployment of a service: its revision, its service deployment, and the PRIMARY entry.
import type { LaunchType } from '@aws-sdk/client-ecs';
import type { Alarms } from '../../cloudwatch/alarms.ts';
import { deploymentId, ecsArn, newDeploymentNumber, newServiceDeploymentId, type Place } from '../ids.ts';
import {
  containersOf,
  type EcsState,
  type ServiceDeploymentRecord,
  type ServiceRecord,
  type ServiceRevisionRecord,
  type TaskDefinitionRecord,
} from '../model.ts';
import { requestStop } from '../scheduler/service-deployment-states.ts';
import { rollout, serviceDeployment } from '../texts.ts';
import { thresholdOf } from './apply-decision.ts';

export type RevisionContent = Pick<
  ServiceRevisionRecord,
  | 'loadBalancers'
  | 'serviceRegistries'
  | 'networkConfiguration'
  | 'serviceConnectConfiguration'
  | 'volumeConfigurations'
  | 'platformVersion'
  | 'capacityProviderStrategy'
> & { readonly launchType: LaunchType };

/** Call it before a new deployment and its desired count: what the older ones are to keep up meanwhile. */
export function noteWantedTasks(service: ServiceRecord): void {
  for (const deployment of service.deployments) {
    if (deployment.status === 'PRIMARY') deployment.wantedTasks = service.desiredCount;
  }
}

/** Scaling in mid-rollout concerns both revisions. */
export function scaleOlderDeployments(service: ServiceRecord): void {
  for (const deployment of service.deployments) deployment.wantedTasks = service.desiredCount;
}

/**
 * desiredCount and circuit breaker of a rollout may change on its way: it goes by what holds now ("the latest desired
 * count", API_DeploymentCircuitBreaker). Its alarms are those that it began with.
 */
export function followConfiguration(state: EcsState, service: ServiceRecord): void {
  const enabled = service.deploymentConfiguration.deploymentCircuitBreaker?.enable ?? false;
  for (const run of Object.values(state.serviceDeployments)) {
    if (run.serviceArn !== service.arn || (run.status !== 'PENDING' && run.status !== 'IN_PROGRESS'))
      continue;
    run.breaker.status = enabled ? 'MONITORING' : 'DISABLED';
    run.breaker.threshold = thresholdOf(service);
  }
}

/** The newer deployment simply takes over: older ones become ACTIVE and go when their last task has stopped. */
export function beginDeployment(
  state: EcsState,
  place: Place,
  service: ServiceRecord,
  definition: TaskDefinitionRecord,
  content: RevisionContent,
  alarms: Pick<Alarms, 'stateOf'>,
  nowMs: number,
): void {
  const number = newDeploymentNumber();
  const path = `${service.clusterName}/${service.name}`;
  const revision: ServiceRevisionRecord = {
    ...content,
    arn: ecsArn(place, `service-revision/${path}/${number}`),
    serviceArn: service.arn,
    clusterArn: service.clusterArn,
    createdAtMs: nowMs,
    taskDefinitionArn: definition.arn,
    containerImages: containersOf(definition).map(({ name, image }) => ({
      containerName: name ?? '',
      image: image ?? '',
    })),
  };
  const runArn = ecsArn(place, `service-deployment/${path}/${newServiceDeploymentId()}`);
  const breaker = service.deploymentConfiguration.deploymentCircuitBreaker;
  state.serviceRevisions[revision.arn] = revision;
  supersede(state, service, nowMs);
  state.serviceDeployments[runArn] = {
    arn: runArn,
    serviceArn: service.arn,
    clusterArn: service.clusterArn,
    deploymentId: deploymentId(number),
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    status: 'PENDING',
    sourceRevisionArns: service.deployments.map(({ revisionArn }) => revisionArn),
    targetRevisionArn: revision.arn,
    deploymentConfiguration: service.deploymentConfiguration,
    breaker: {
      status: breaker?.enable ? 'MONITORING' : 'DISABLED',
      failureCount: 0,
      threshold: thresholdOf(service),
    },
    alarms: monitor(service, alarms),
  };
  for (const deployment of service.deployments) {
    if (deployment.status === 'PRIMARY') deployment.updatedAtMs = nowMs;
    deployment.status = 'ACTIVE';
  }
  service.deployments.unshift({
    id: deploymentId(number),
    status: 'PRIMARY',
    revisionArn: revision.arn,
    taskDefinitionArn: definition.arn,
    serviceDeploymentArn: runArn,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: rollout.inProgress(deploymentId(number)),
    failedTasks: 0,
  });
  service.steady = false;
}

/** AWS does not document the way; that the older one ends as STOPPED, 0.1 s after the newer one started, was observed. */
function supersede(state: EcsState, service: ServiceRecord, nowMs: number): void {
  for (const run of Object.values(state.serviceDeployments)) {
    if (run.serviceArn !== service.arn || run.finishedAtMs !== undefined) continue;
    requestStop(run, serviceDeployment.superseded, nowMs);
  }
}

/** With an alarm in ALARM at the start, none is watched: or a fix for what it tells of could not be deployed. */
function monitor(
  { deploymentConfiguration }: ServiceRecord,
  alarms: Pick<Alarms, 'stateOf'>,
): NonNullable<ServiceDeploymentRecord['alarms']> {
  const { enable = false, alarmNames = [] } = deploymentConfiguration.alarms ?? {};
  const watched = enable && alarmNames.every((name) => alarms.stateOf(name) !== 'ALARM');
  return {
    status: watched && alarmNames.length > 0 ? 'MONITORING' : 'DISABLED',
    alarmNames: [...alarmNames],
    triggeredAlarmNames: [],
  };
}
