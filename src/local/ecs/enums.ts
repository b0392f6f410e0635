// Words that ECS takes from a fixed list, by member – with the parent's or the operation's name where it needs one.
// The SDK's schemas do not have them. What code ECS refuses others with is not documented.
import * as sdk from '@aws-sdk/client-ecs';
import type { EnumTable } from '../wire/shape-check.ts';

export const ecsEnums: EnumTable = words({
  launchType: sdk.LaunchType,
  schedulingStrategy: sdk.SchedulingStrategy,
  propagateTags: sdk.PropagateTags,
  availabilityZoneRebalancing: sdk.AvailabilityZoneRebalancing,
  desiredStatus: sdk.DesiredStatus,
  assignPublicIp: sdk.AssignPublicIp,
  networkMode: sdk.NetworkMode,
  pidMode: sdk.PidMode,
  ipcMode: sdk.IpcMode,
  requiresCompatibilities: sdk.Compatibility,
  logDriver: sdk.LogDriver,
  versionConsistency: sdk.VersionConsistency,
  appProtocol: sdk.ApplicationProtocol,
  sort: sdk.SortOrder,
  stopType: sdk.StopServiceDeploymentStopType,
  'runtimePlatform.cpuArchitecture': sdk.CPUArchitecture,
  'runtimePlatform.operatingSystemFamily': sdk.OSFamily,
  'portMappings.protocol': sdk.TransportProtocol,
  'dependsOn.condition': sdk.ContainerCondition,
  'ulimits.name': sdk.UlimitName,
  'resourceRequirements.type': sdk.ResourceType,
  'environmentFiles.type': sdk.EnvironmentFileType,
  'dockerVolumeConfiguration.scope': sdk.Scope,
  'deploymentController.type': sdk.DeploymentControllerType,
  'deploymentConfiguration.strategy': sdk.DeploymentStrategy,
  'thresholdConfiguration.type': sdk.ThresholdType,
  'placementStrategy.type': sdk.PlacementStrategyType,
  'placementConstraints.type': sdk.PlacementConstraintType,
  'ListTaskDefinitions.status': sdk.TaskDefinitionStatus,
  'ListTaskDefinitionFamilies.status': sdk.TaskDefinitionFamilyStatus,
  'ListContainerInstances.status': sdk.ContainerInstanceStatus,
  'UpdateContainerInstancesState.status': sdk.ContainerInstanceStatus,
  'ListServiceDeployments.status': sdk.ServiceDeploymentStatus,
  'DescribeClusters.include': sdk.ClusterField,
  'DescribeContainerInstances.include': sdk.ContainerInstanceField,
  'DescribeServices.include': sdk.ServiceField,
  'DescribeTaskDefinition.include': sdk.TaskDefinitionField,
  'DescribeTasks.include': sdk.TaskField,
});

function words(enums: Readonly<Record<string, Readonly<Record<string, string>>>>): EnumTable {
  return new Map(Object.entries(enums).map(([member, values]) => [member, Object.values(values)]));
}
