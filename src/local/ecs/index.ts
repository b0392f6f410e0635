// The local ECS control plane: services run as real containers, rolled by health as ECS does it.
import { dirname, join } from 'node:path';
import * as schemas from '@aws-sdk/client-ecs';
import type Docker from 'dockerode';
import { type Alarms, noAlarms } from '../cloudwatch/alarms.ts';
import { createDockerRuntime } from '../docker/index.ts';
import type { ImageSource } from '../ecr/image-source.ts';
import type { ServiceConnect } from '../elb/service-connect.ts';
import type { TargetGroups } from '../elb/target-groups.ts';
import type { LogSink } from '../logs/log-sink.ts';
import { AwsError } from '../wire/aws-error.ts';
import { Gate } from '../wire/gate.ts';
import type { JsonService, Operations } from '../wire/operations.ts';
import type { EcsContext } from './context.ts';
import { ecsEnums } from './enums.ts';
import { accountSettingOperations } from './operations/account-settings.ts';
import { capacityProviderOperations } from './operations/capacity-providers.ts';
import { clusterSettingOperations } from './operations/cluster-settings.ts';
import { clusterOperations } from './operations/clusters.ts';
import { containerInstanceOperations } from './operations/container-instances.ts';
import { createServiceOperation } from './operations/create-service.ts';
import { serviceDeploymentOperations } from './operations/service-deployments.ts';
import { serviceOperations } from './operations/services.ts';
import { tagOperations } from './operations/tags.ts';
import { taskDefinitionOperations } from './operations/task-definitions.ts';
import { taskOperations } from './operations/tasks.ts';
import { updateServiceOperation } from './operations/update-service.ts';
import { type InstanceSize, localInstances } from './placement/container-instances.ts';
import { createPlacer } from './placement/placement.ts';
import { prune } from './prune.ts';
import { Controller } from './services/controller.ts';
import { EcsStore } from './store.ts';
import type { TaskRuntime } from './tasks/task-runtime.ts';
import { Tasks } from './tasks/tasks.ts';
import { type RateLimit, throttled } from './throttle.ts';
import { localTiming, type Timing } from './timing.ts';

export interface EcsOptions {
  readonly stateFile: string;
  readonly accountId: string;
  readonly region: string;
  readonly targetGroups: TargetGroups;
  readonly serviceConnect: ServiceConnect;
  /** What may fail a deployment that names them. By default there are none. */
  readonly alarms?: Alarms;
  readonly images: ImageSource;
  readonly logs: LogSink;
  /** How to reach the engine; by default as the docker CLI does, through DOCKER_HOST. */
  readonly docker?: Docker.DockerOptions;
  /** Value of the label that tells this stack's containers from another's. */
  readonly instance: string;
  readonly log: (line: string) => void;
  readonly timing?: Partial<Timing>;
  /** The machines of the EC2 launch type. By default this one, as an instance of each architecture. */
  readonly containerInstances?: readonly InstanceSize[];
  /** `{"<ARN or name>": "value"}`. By default `secrets.json` beside the state file. */
  readonly secretsFile?: string;
  /** Answer ThrottlingException above these rates; `ecsRateLimits` are ECS's own. By default never. */
  readonly rateLimits?: readonly RateLimit[];
  /** Instead of Docker: for tests. */
  readonly runtime?: TaskRuntime;
}

export interface Ecs {
  readonly service: JsonService;
  /** Adopts what an earlier process left running, then begins to act. Operations that are called earlier wait for it. */
  start(): Promise<void>;
  /** Stops acting; containers go on running. */
  close(): Promise<void>;
  /** Stops and removes every container and network of this instance. Call it after `close()`. */
  removeAll(): Promise<void>;
}

export async function createEcs(options: EcsOptions): Promise<Ecs> {
  const { accountId, region, targetGroups, serviceConnect, logs, log } = options;
  const place = { accountId, region };
  const timing: Timing = { ...localTiming, ...options.timing };
  const alarms = options.alarms ?? noAlarms;
  const store = await EcsStore.open(options.stateFile, log);
  const runtime =
    options.runtime ??
    createDockerRuntime({
      instance: options.instance,
      images: options.images,
      log,
      ...(options.docker && { docker: options.docker }),
    });
  const instanceSizes = options.containerInstances ?? localInstances();
  const placer = createPlacer(place, store, instanceSizes);
  const tasks: Tasks = new Tasks({
    place,
    store,
    runtime,
    targetGroups,
    serviceConnect,
    logs,
    timing,
    log,
    saved: () => store.save(),
    secretsFile: options.secretsFile ?? join(dirname(options.stateFile), 'secrets.json'),
    serviceChanged: (arn) => controller.kick(arn),
    taskStopped: () => controller.taskStopped(),
  });
  const controller = new Controller({
    place,
    store,
    targetGroups,
    serviceConnect,
    tasks,
    placer,
    alarms,
    timing,
    log,
  });
  const context: EcsContext = {
    place,
    store,
    controller,
    tasks,
    targetGroups,
    serviceConnect,
    placer,
    alarms,
    instanceSizes,
  };
  const operations: Operations = {
    ...clusterOperations(context),
    ...clusterSettingOperations(context),
    ...accountSettingOperations(context),
    ...capacityProviderOperations(context),
    ...containerInstanceOperations(context),
    ...taskDefinitionOperations(context),
    ...serviceOperations(context),
    CreateService: createServiceOperation(context),
    UpdateService: updateServiceOperation(context),
    ...serviceDeploymentOperations(context),
    ...taskOperations(context),
    ...tagOperations(context),
  };
  const gate = new Gate();
  return {
    service: {
      name: 'ecs',
      protocol: 'json',
      targetPrefix: 'AmazonEC2ContainerServiceV20141113',
      schemas: schemas as unknown as Readonly<Record<string, unknown>>,
      enums: ecsEnums,
      // What runs is not known before: a task would be described, started or placed without it.
      ready: () => gate.passed(),
      caughtUp: () => store.caughtUp(),
      operations: options.rateLimits ? throttled(operations, options.rateLimits) : operations,
    },
    async start() {
      try {
        const facts = await runtime.start((observation) => tasks.observe(observation));
        await serviceConnect.listenAt([facts.hostAddress], (address) => tasks.namespaceAt(address));
        prune(store.state, timing, Date.now());
        await tasks.adopt();
        controller.start();
        gate.open();
      } catch (error) {
        gate.shut(notStarted());
        throw error;
      }
    },
    async close() {
      gate.shut(notStarted());
      controller.stop();
      tasks.close();
      await runtime.close();
      await store.save();
    },
    removeAll: () => runtime.removeAll(),
  };
}

const notStarted = (): AwsError =>
  new AwsError('ServerException', 'The local ECS ended before it had started.', { statusCode: 500 });
