// What the local ECS remembers, as plain JSON: it is one state file. Times are epoch milliseconds.
// Counts (running, pending, desired per deployment) are not stored: every answer derives them from the tasks.
import type {
  CapacityProviderStrategyItem,
  ClusterConfiguration,
  ClusterSetting,
  ContainerDefinition,
  DeploymentConfiguration,
  DeploymentController,
  HealthStatus,
  LaunchType,
  LoadBalancer,
  NetworkBinding,
  NetworkConfiguration,
  PlacementConstraint,
  PlacementStrategy,
  PropagateTags,
  RegisterTaskDefinitionCommandInput,
  ServiceConnectConfiguration,
  ServiceDeploymentRollbackMonitorsStatus,
  ServiceDeploymentStatus,
  ServiceRegistry,
  ServiceVolumeConfiguration,
  SettingName,
  Tag,
  TaskOverride,
  TaskStopCode,
} from '@aws-sdk/client-ecs';

export interface ClusterRecord {
  readonly arn: string;
  readonly name: string;
  status: 'ACTIVE' | 'INACTIVE';
  settings: ClusterSetting[];
  configuration?: ClusterConfiguration | undefined;
  capacityProviders: string[];
  defaultCapacityProviderStrategy: CapacityProviderStrategyItem[];
  /** The Cloud Map namespace that Service Connect uses when a service names none. */
  namespace?: string | undefined;
}

export interface TaskDefinitionRecord {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  status: 'ACTIVE' | 'INACTIVE' | 'DELETE_IN_PROGRESS';
  readonly registeredAtMs: number;
  deregisteredAtMs?: number;
  readonly definition: Omit<RegisterTaskDefinitionCommandInput, 'tags'>;
}

/** What a deployment deploys. Frozen once made, but for the digests that the first task resolves. */
export interface ServiceRevisionRecord {
  readonly arn: string;
  readonly serviceArn: string;
  readonly clusterArn: string;
  readonly createdAtMs: number;
  readonly taskDefinitionArn: string;
  readonly launchType: LaunchType;
  readonly capacityProviderStrategy?: CapacityProviderStrategyItem[] | undefined;
  readonly platformVersion?: string | undefined;
  readonly loadBalancers: LoadBalancer[];
  readonly serviceRegistries: ServiceRegistry[];
  readonly networkConfiguration?: NetworkConfiguration | undefined;
  readonly serviceConnectConfiguration?: ServiceConnectConfiguration | undefined;
  readonly volumeConfigurations?: ServiceVolumeConfiguration[] | undefined;
  readonly containerImages: { containerName: string; image: string; imageDigest?: string }[];
}

export type RolloutState = 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';

export interface DeploymentRecord {
  /** `ecs-svc/` and 19 digits. */
  readonly id: string;
  status: 'PRIMARY' | 'ACTIVE';
  readonly revisionArn: string;
  readonly taskDefinitionArn: string;
  /** The service deployment that it reports to; a rollback reports to the one that failed. */
  serviceDeploymentArn: string;
  readonly createdAtMs: number;
  updatedAtMs: number;
  rolloutState: RolloutState;
  rolloutStateReason: string;
  failedTasks: number;
  lastFailureAtMs?: number;
  /** How many tasks the service wanted when a newer deployment took over; follows scaling since then. */
  wantedTasks?: number;
  /** It was brought back because a later one failed. */
  rollback?: boolean;
  /** Since then all is steady, and its alarms are watched for a last time. */
  bakingSinceMs?: number;
}

export interface ServiceDeploymentRecord {
  readonly arn: string;
  readonly serviceArn: string;
  readonly clusterArn: string;
  readonly deploymentId: string;
  readonly createdAtMs: number;
  /** Absent while PENDING. */
  startedAtMs?: number;
  updatedAtMs: number;
  finishedAtMs?: number;
  stoppedAtMs?: number;
  status: ServiceDeploymentStatus;
  statusReason?: string;
  readonly sourceRevisionArns: string[];
  readonly targetRevisionArn: string;
  readonly deploymentConfiguration: DeploymentConfiguration;
  rollback?: { reason: string; startedAtMs: number; revisionArn: string };
  breaker: { status: ServiceDeploymentRollbackMonitorsStatus; failureCount: number; threshold: number };
  /** Absent in state files of earlier versions. */
  alarms?: {
    status: ServiceDeploymentRollbackMonitorsStatus;
    readonly alarmNames: readonly string[];
    triggeredAlarmNames: string[];
  };
}

export interface ServiceRecord {
  readonly arn: string;
  readonly name: string;
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly createdAtMs: number;
  status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  inactiveSinceMs?: number;
  readonly clientToken?: string | undefined;
  readonly schedulingStrategy: 'REPLICA' | 'DAEMON';
  readonly deploymentController: DeploymentController;
  readonly roleArn?: string | undefined;
  /** What it ran by before it had a capacity provider strategy, as UpdateService found it. */
  launchType?: LaunchType | undefined;
  desiredCount: number;
  deploymentConfiguration: DeploymentConfiguration;
  healthCheckGracePeriodSeconds: number;
  placementConstraints: PlacementConstraint[];
  placementStrategy: PlacementStrategy[];
  enableExecuteCommand: boolean;
  enableECSManagedTags: boolean;
  propagateTags: PropagateTags;
  availabilityZoneRebalancing: 'ENABLED' | 'DISABLED';
  /** Newest first. */
  deployments: DeploymentRecord[];
  /** The target of an automatic rollback. */
  lastCompleted?: DeploymentRecord;
  /** Newest first, at most 100. */
  events: { id: string; createdAtMs: number; message: string }[];
  steady: boolean;
}

export type TaskStatus =
  | 'PROVISIONING'
  | 'PENDING'
  | 'ACTIVATING'
  | 'RUNNING'
  | 'DEACTIVATING'
  | 'STOPPING'
  | 'DEPROVISIONING'
  | 'STOPPED';

export interface ContainerRecord {
  readonly name: string;
  readonly arn: string;
  /** As the task definition names it. */
  readonly image: string;
  readonly essential: boolean;
  lastStatus: 'PENDING' | 'RUNNING' | 'STOPPED';
  healthStatus: HealthStatus;
  imageDigest?: string;
  runtimeId?: string;
  /** On the containers' network. */
  address?: string;
  exitCode?: number;
  reason?: string;
  /** It vanished from the engine; nobody knows how it ended. */
  lost?: boolean;
  networkBindings: NetworkBinding[];
  /** When it was seen to run first: `startTimeout` counts from then. */
  startedAtMs?: number;
}

/** Why a task stops; decides whether it counts as a failure of its deployment. */
export type StopCause = 'scaling' | 'user' | 'unhealthy' | 'itself' | 'lost';

export interface TaskRecord {
  readonly id: string;
  readonly arn: string;
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly taskDefinitionArn: string;
  readonly launchType: LaunchType;
  readonly group: string;
  readonly startedBy?: string | undefined;
  readonly serviceArn?: string | undefined;
  readonly deploymentId?: string | undefined;
  readonly revisionArn?: string | undefined;
  readonly containerInstanceArn?: string | undefined;
  /** Instead of a launch type: the provider that the strategy picked. */
  readonly capacityProvider?: string | undefined;
  /** Of its network interface (awsvpc). */
  readonly subnetId?: string | undefined;
  /** Of its container instance, where the task definition leaves it open. */
  readonly cpuArchitecture?: 'X86_64' | 'ARM64' | undefined;
  readonly cpu: string;
  readonly memory: string;
  readonly overrides: TaskOverride;
  readonly platformVersion?: string | undefined;
  readonly enableExecuteCommand: boolean;
  readonly attachmentId: string;
  readonly createdAtMs: number;
  version: number;
  desiredStatus: 'RUNNING' | 'STOPPED';
  lastStatus: TaskStatus;
  containers: ContainerRecord[];
  privateAddress?: string;
  /** Where the task is, or is to be, registered. Aliases of Service Connect have an ARN of the same kind. */
  targets: { groupArn: string; containerName: string; containerPort: number; registered: boolean }[];
  pullStartedAtMs?: number;
  pullStoppedAtMs?: number;
  startedAtMs?: number;
  stoppingAtMs?: number;
  executionStoppedAtMs?: number;
  stoppedAtMs?: number;
  stopCode?: TaskStopCode;
  stoppedReason?: string;
  stopCause?: StopCause;
  /** It once passed all its checks. */
  everHealthy: boolean;
  /** Its end was counted. */
  accounted: boolean;
}

export interface EcsState {
  clusters: Record<string, ClusterRecord>;
  /** By `family:revision`. */
  taskDefinitions: Record<string, TaskDefinitionRecord>;
  lastRevisions: Record<string, number>;
  /** By ARN, as all that follow; tasks by id. */
  services: Record<string, ServiceRecord>;
  serviceRevisions: Record<string, ServiceRevisionRecord>;
  serviceDeployments: Record<string, ServiceDeploymentRecord>;
  tasks: Record<string, TaskRecord>;
  tags: Record<string, Tag[]>;
  /** RunTask is idempotent per `clientToken`: what was asked (to tell a conflict) and which tasks it made. */
  runTokens: Record<string, { request: string; taskIds: string[]; atMs: number }>;
  /** Container instances, by ARN, that take no new tasks. */
  draining: Record<string, true>;
  /** What was set by PutAccountSetting. */
  accountSettings: Partial<Record<SettingName, string>>;
}

export function emptyState(): EcsState {
  return {
    clusters: {},
    taskDefinitions: {},
    lastRevisions: {},
    services: {},
    serviceRevisions: {},
    serviceDeployments: {},
    tasks: {},
    tags: {},
    runTokens: {},
    draining: {},
    accountSettings: {},
  };
}

/** Checks only what a damaged or foreign file would lack; throws with what was expected. */
export function parseState(json: unknown): EcsState {
  if (typeof json !== 'object' || json === null) throw new Error('an object was expected');
  const state = { ...emptyState(), ...json } as EcsState;
  for (const [key, value] of Object.entries(state)) {
    if (typeof value !== 'object' || value === null) throw new Error(`${key}: an object was expected`);
  }
  return state;
}

export function isLive(task: TaskRecord): boolean {
  return task.desiredStatus === 'RUNNING' && task.lastStatus !== 'STOPPED';
}

export function containersOf(definition: TaskDefinitionRecord): ContainerDefinition[] {
  return definition.definition.containerDefinitions ?? [];
}
