// UpdateService: some members start a deployment, others only change how the service is run (facts 3.1).

import { isDeepStrictEqual } from 'node:util';
import type { UpdateServiceCommandInput, UpdateServiceCommandOutput } from '@aws-sdk/client-ecs';
import { AwsError } from '../../wire/aws-error.ts';
import type { SdkOperation } from '../../wire/operations.ts';
import type { EcsContext } from '../context.ts';
import { invalid, requireActiveTaskDefinition, requireCluster, requireService } from '../lookup.ts';
import type { ServiceRecord, ServiceRevisionRecord } from '../model.ts';
import { type Launch, nextLaunch } from '../placement/capacity-providers.ts';
import { checkPlacement } from '../placement/placement.ts';
import {
  beginDeployment,
  followConfiguration,
  noteWantedTasks,
  type RevisionContent,
  scaleOlderDeployments,
} from '../services/deployments.ts';
import { renderService } from '../services/render-service.ts';
import {
  checkDesiredCount,
  checkLaunchType,
  checkLoadBalancers,
  checkNetwork,
  checkServiceConnect,
  dropUndefined,
  mergeDeploymentConfiguration,
} from '../services/service-rules.ts';

export type UpdateService = SdkOperation<UpdateServiceCommandInput, UpdateServiceCommandOutput>;

/** Source: aws/containers-roadmap#2836; the type of the error is not known. */
const maximumDeployments = 5;

export function updateServiceOperation(context: EcsContext): UpdateService {
  const { store, place, controller, targetGroups, alarms } = context;
  return async (input) => {
    const cluster = requireCluster(store.state, input.cluster);
    const service = requireService(store.state, cluster, input.service);
    if (service.status !== 'ACTIVE') {
      throw new AwsError('ServiceNotActiveException', 'Service was not ACTIVE.');
    }
    const [primary] = service.deployments;
    if (!primary) throw invalid('The service has no deployment to update.');
    const before = store.revision(primary.revisionArn);
    // Everything is checked before anything is changed.
    const definition = input.taskDefinition
      ? requireActiveTaskDefinition(store.state, input.taskDefinition)
      : store.taskDefinition(before.taskDefinitionArn);
    // What an empty strategy goes back to.
    const ownLaunchType = before.capacityProviderStrategy ? service.launchType : before.launchType;
    const content = nextContent(before, input, nextLaunch(before, input, cluster, ownLaunchType));
    checkDesiredCount(input.desiredCount ?? undefined);
    const configuration = mergeDeploymentConfiguration(
      input.deploymentConfiguration,
      service.deploymentConfiguration,
    );
    const starts =
      (input.forceNewDeployment ?? false) ||
      definition.arn !== before.taskDefinitionArn ||
      !isDeepStrictEqual(strip(content), strip(before));
    if (starts) {
      if (service.deployments.length >= maximumDeployments) {
        throw invalid(`${maximumDeployments} active deployments exist, unable to create new deployment.`);
      }
      if (definition.status !== 'ACTIVE') throw invalid('TaskDefinition is inactive');
      checkLaunchType(content.launchType, definition);
      checkNetwork(definition, content.networkConfiguration);
      checkLoadBalancers(content.loadBalancers, definition, targetGroups);
      checkServiceConnect(content.serviceConnectConfiguration, definition);
    }
    checkPlacement(input.placementConstraints, input.placementStrategy);
    noteWantedTasks(service);
    Object.assign(
      service,
      { deploymentConfiguration: configuration, launchType: ownLaunchType },
      settings(input),
    );
    if (starts) beginDeployment(store.state, place, service, definition, content, alarms, Date.now());
    else {
      scaleOlderDeployments(service);
      followConfiguration(store.state, service);
    }
    return controller.saveAndKick(service.arn, { service: renderService(service, store) });
  };
}

/** What takes effect without a deployment. Nulls are sent by some clients and mean "not given". */
function settings(input: UpdateServiceCommandInput): Partial<ServiceRecord> {
  return dropUndefined({
    desiredCount: input.desiredCount,
    healthCheckGracePeriodSeconds: input.healthCheckGracePeriodSeconds,
    placementConstraints: input.placementConstraints,
    placementStrategy: input.placementStrategy,
    enableExecuteCommand: input.enableExecuteCommand,
    enableECSManagedTags: input.enableECSManagedTags,
    propagateTags: input.propagateTags,
    availabilityZoneRebalancing: input.availabilityZoneRebalancing,
  }) as Partial<ServiceRecord>;
}

/** A list that is not given stays; an empty one removes. */
function nextContent(
  before: ServiceRevisionRecord,
  input: UpdateServiceCommandInput,
  { launchType, capacityProviderStrategy }: Launch,
): RevisionContent {
  return {
    launchType,
    capacityProviderStrategy,
    platformVersion: input.platformVersion ?? before.platformVersion,
    loadBalancers: input.loadBalancers ?? before.loadBalancers,
    serviceRegistries: input.serviceRegistries ?? before.serviceRegistries,
    networkConfiguration: input.networkConfiguration ?? before.networkConfiguration,
    serviceConnectConfiguration: input.serviceConnectConfiguration ?? before.serviceConnectConfiguration,
    volumeConfigurations: input.volumeConfigurations?.length
      ? input.volumeConfigurations
      : before.volumeConfigurations,
  };
}

/** The members that start a deployment when they change. */
function strip(content: RevisionContent): unknown {
  const { networkConfiguration, loadBalancers, serviceRegistries, platformVersion } = content;
  const { serviceConnectConfiguration, volumeConfigurations } = content;
  const members = {
    networkConfiguration,
    loadBalancers,
    serviceRegistries,
    platformVersion,
    serviceConnectConfiguration,
    volumeConfigurations,
  };
  // Through JSON, as the state went through it: absent and undefined are the same.
  return JSON.parse(JSON.stringify(members));
}
