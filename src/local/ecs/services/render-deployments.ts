// Service deployments and service revisions as their own API shows them.
import type { ServiceDeployment, ServiceDeploymentBrief, ServiceRevision } from '@aws-sdk/client-ecs';
import { optionalDate } from '../dates.ts';
import type { ServiceDeploymentRecord, ServiceRevisionRecord } from '../model.ts';
import type { EcsStore } from '../store.ts';
import { resolvedPlatform } from '../tasks/render-task.ts';
import { countTasks } from './render-service.ts';

export function renderServiceDeploymentBrief(run: ServiceDeploymentRecord): ServiceDeploymentBrief {
  return {
    serviceDeploymentArn: run.arn,
    serviceArn: run.serviceArn,
    clusterArn: run.clusterArn,
    createdAt: new Date(run.createdAtMs),
    ...optionalDate('startedAt', run.startedAtMs),
    ...optionalDate('finishedAt', run.finishedAtMs),
    targetServiceRevisionArn: run.targetRevisionArn,
    status: run.status,
    ...(run.statusReason !== undefined && { statusReason: run.statusReason }),
  };
}

export function renderServiceDeployment(run: ServiceDeploymentRecord, store: EcsStore): ServiceDeployment {
  const service = store.state.services[run.serviceArn];
  const summary = (revisionArn: string, requestedTaskCount: number) => {
    const tasks = service
      ? [...store.tasksOf(service)].filter((task) => task.revisionArn === revisionArn)
      : [];
    const counts = countTasks(tasks);
    return {
      arn: revisionArn,
      requestedTaskCount,
      runningTaskCount: counts.running,
      pendingTaskCount: counts.pending,
    };
  };
  return {
    serviceDeploymentArn: run.arn,
    serviceArn: run.serviceArn,
    clusterArn: run.clusterArn,
    createdAt: new Date(run.createdAtMs),
    ...optionalDate('startedAt', run.startedAtMs),
    ...optionalDate('finishedAt', run.finishedAtMs),
    ...optionalDate('stoppedAt', run.stoppedAtMs),
    updatedAt: new Date(run.updatedAtMs),
    sourceServiceRevisions: run.sourceRevisionArns.map((arn) => summary(arn, 0)),
    targetServiceRevision: summary(run.targetRevisionArn, service?.desiredCount ?? 0),
    status: run.status,
    ...(run.statusReason !== undefined && { statusReason: run.statusReason }),
    deploymentConfiguration: run.deploymentConfiguration,
    ...(run.rollback && {
      rollback: {
        reason: run.rollback.reason,
        startedAt: new Date(run.rollback.startedAtMs),
        serviceRevisionArn: run.rollback.revisionArn,
      },
    }),
    deploymentCircuitBreaker: { ...run.breaker },
    alarms: {
      status: run.alarms?.status ?? 'DISABLED',
      alarmNames: [...(run.alarms?.alarmNames ?? [])],
      triggeredAlarmNames: [...(run.alarms?.triggeredAlarmNames ?? [])],
    },
  };
}

export function renderServiceRevision(revision: ServiceRevisionRecord): ServiceRevision {
  const fargate = revision.launchType === 'FARGATE';
  return {
    serviceRevisionArn: revision.arn,
    serviceArn: revision.serviceArn,
    clusterArn: revision.clusterArn,
    taskDefinition: revision.taskDefinitionArn,
    ...(revision.capacityProviderStrategy
      ? { capacityProviderStrategy: revision.capacityProviderStrategy }
      : { launchType: revision.launchType }),
    ...(fargate && {
      platformVersion: resolvedPlatform(revision.platformVersion),
      platformFamily: 'Linux',
    }),
    loadBalancers: revision.loadBalancers,
    serviceRegistries: revision.serviceRegistries,
    ...(revision.networkConfiguration && { networkConfiguration: revision.networkConfiguration }),
    ...(revision.serviceConnectConfiguration && {
      serviceConnectConfiguration: revision.serviceConnectConfiguration,
    }),
    ...(revision.volumeConfigurations && { volumeConfigurations: revision.volumeConfigurations }),
    containerImages: revision.containerImages.map((image) => ({ ...image })),
    guardDutyEnabled: false,
    createdAt: new Date(revision.createdAtMs),
  };
}
