// CreateService: checks, then a service with its first deployment. The scheduler does the rest.
import type { CreateServiceCommandInput, CreateServiceCommandOutput } from '@aws-sdk/client-ecs';
import { AwsError } from '../../wire/aws-error.ts';
import type { SdkOperation } from '../../wire/operations.ts';
import type { EcsContext } from '../context.ts';
import { isName } from '../ids.ts';
import { invalid, requireActiveTaskDefinition, requireCluster, serviceKey } from '../lookup.ts';
import type { ClusterRecord, ServiceRecord, TaskDefinitionRecord } from '../model.ts';
import { launchOf } from '../placement/capacity-providers.ts';
import { checkPlacement } from '../placement/placement.ts';
import { beginDeployment, type RevisionContent } from '../services/deployments.ts';
import { renderService } from '../services/render-service.ts';
import {
  checkDesiredCount,
  checkLaunchType,
  checkLoadBalancers,
  checkNetwork,
  checkServiceConnect,
  mergeDeploymentConfiguration,
} from '../services/service-rules.ts';
import { serviceTargets } from '../services/service-targets.ts';
import { setTags, tagsOf } from '../tag-store.ts';

export type CreateService = SdkOperation<CreateServiceCommandInput, CreateServiceCommandOutput>;

export function createServiceOperation(context: EcsContext): CreateService {
  const { store, place, controller, targetGroups, serviceConnect, alarms } = context;
  return async (input) => {
    const cluster = requireCluster(store.state, input.cluster);
    const name = input.serviceName ?? '';
    if (!isName(name)) throw invalid('Invalid service name.');
    const definition = requireActiveTaskDefinition(store.state, input.taskDefinition);
    const existing = store.state.services[serviceKey(cluster, name)];
    if (existing && existing.status !== 'INACTIVE') {
      return { service: sameAgain(context, existing, input, definition) };
    }
    const content = revisionContent(input, cluster, definition);
    checkController(input);
    checkPlacement(input.placementConstraints, input.placementStrategy);
    checkLoadBalancers(content.loadBalancers, definition, targetGroups);
    checkServiceConnect(content.serviceConnectConfiguration, definition);
    const nowMs = Date.now();
    const service = newService(input, cluster, nowMs);
    setTags(store, service.arn, input.tags ?? []);
    store.state.services[service.arn] = service;
    beginDeployment(store.state, place, service, definition, content, alarms, nowMs);
    const [deployment] = service.deployments;
    // Its names exist from now on, so that tasks of other services that start meanwhile know them.
    if (deployment) {
      serviceTargets(
        store.state,
        service,
        store.revision(deployment.revisionArn),
        definition,
        serviceConnect,
      );
    }
    return controller.saveAndKick(service.arn, {
      service: renderService(service, store, tagsOf(store, service.arn)),
    });
  };
}

/** The same request again is answered with the service; another one under its name is refused. */
function sameAgain(
  { store }: EcsContext,
  existing: ServiceRecord,
  input: CreateServiceCommandInput,
  definition: TaskDefinitionRecord,
) {
  if (existing.status === 'DRAINING') throw invalid('Unable to Start a service that is still Draining.');
  const [newest] = existing.deployments;
  const same =
    existing.status === 'ACTIVE' &&
    input.clientToken !== undefined &&
    existing.clientToken === input.clientToken &&
    newest?.taskDefinitionArn === definition.arn;
  if (!same) throw invalid('Creation of service was not idempotent.');
  return renderService(existing, store, tagsOf(store, existing.arn));
}

function revisionContent(
  input: CreateServiceCommandInput,
  cluster: ClusterRecord,
  definition: TaskDefinitionRecord,
): RevisionContent {
  const { launchType, capacityProviderStrategy } = launchOf(input, cluster);
  checkLaunchType(launchType, definition);
  checkNetwork(definition, input.networkConfiguration);
  return {
    launchType,
    capacityProviderStrategy,
    platformVersion: input.platformVersion,
    loadBalancers: input.loadBalancers ?? [],
    serviceRegistries: input.serviceRegistries ?? [],
    networkConfiguration: input.networkConfiguration,
    serviceConnectConfiguration: input.serviceConnectConfiguration,
    volumeConfigurations: input.volumeConfigurations,
  };
}

function checkController(input: CreateServiceCommandInput): void {
  const type = input.deploymentController?.type ?? 'ECS';
  if (type !== 'ECS') {
    throw new AwsError('UnsupportedFeatureException', `The local ECS has no deployment controller ${type}.`);
  }
  if (input.schedulingStrategy === 'DAEMON') {
    throw new AwsError('UnsupportedFeatureException', 'The local ECS has no DAEMON scheduling strategy.');
  }
}

function newService(input: CreateServiceCommandInput, cluster: ClusterRecord, nowMs: number): ServiceRecord {
  checkDesiredCount(input.desiredCount);
  if (input.desiredCount === undefined) throw invalid('Desired count cannot be empty for a replica service.');
  return {
    arn: serviceKey(cluster, input.serviceName ?? ''),
    name: input.serviceName ?? '',
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    createdAtMs: nowMs,
    status: 'ACTIVE',
    clientToken: input.clientToken,
    schedulingStrategy: 'REPLICA',
    deploymentController: { type: 'ECS' },
    roleArn: input.role,
    desiredCount: input.desiredCount,
    deploymentConfiguration: mergeDeploymentConfiguration(input.deploymentConfiguration),
    healthCheckGracePeriodSeconds: input.healthCheckGracePeriodSeconds ?? 0,
    placementConstraints: input.placementConstraints ?? [],
    placementStrategy: input.placementStrategy ?? [],
    enableExecuteCommand: input.enableExecuteCommand ?? false,
    enableECSManagedTags: input.enableECSManagedTags ?? false,
    propagateTags: input.propagateTags ?? 'NONE',
    availabilityZoneRebalancing: input.availabilityZoneRebalancing ?? 'DISABLED',
    deployments: [],
    events: [],
    steady: false,
  };
}
