// The local AWS as one process: ECS, ECR, load balancer, logs and STS behind one port, with their state in one folder.
import { join } from 'node:path';
import type Docker from 'dockerode';
import { createAutoscaling } from './autoscaling/index.ts';
import { createCloudwatch } from './cloudwatch/index.ts';
import { createEcr } from './ecr/index.ts';
import { createEcs } from './ecs/index.ts';
import type { InstanceSize } from './ecs/placement/container-instances.ts';
import type { TaskRuntime } from './ecs/tasks/task-runtime.ts';
import type { RateLimit } from './ecs/throttle.ts';
import type { Timing } from './ecs/timing.ts';
import { createElb } from './elb/index.ts';
import { createLogs } from './logs/index.ts';
import { createSecrets } from './secrets/index.ts';
import { createSts } from './sts/index.ts';
import type { Exchange } from './wire/call.ts';
import { listenForCalls } from './wire/server.ts';

export interface AwsEndpointOptions {
  /** All state lies here; a later start over the same folder goes on where this one ended. */
  readonly folder: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly accountId: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The real registry that stores the images: on loopback, without login. */
  readonly registryUrl: string;
  /** Value of the label that tells this stack's containers from another's. */
  readonly instance: string;
  /** How to reach the engine; by default as the docker CLI does. */
  readonly docker?: Docker.DockerOptions;
  readonly timing?: Partial<Timing>;
  /** How often the load balancer checks a new target until its first success. Default 300 ms; ELB: at the interval. */
  readonly newTargetCheckMs?: number;
  /** Answer ThrottlingException above these rates, e.g. `ecsRateLimits`. Default: never. */
  readonly rateLimits?: readonly RateLimit[];
  /** The machines of the EC2 launch type. Default: this one, as an instance of each architecture. */
  readonly containerInstances?: readonly InstanceSize[];
  /** `{"<ARN or name>": "value"}`. Default: `secrets.json` in the folder. */
  readonly secretsFile?: string;
  /** Account → address of the endpoint that stands for it: its tokens open our registry, as repository policies say. */
  readonly otherAccounts?: Readonly<Record<string, string>>;
  readonly log?: (line: string) => void;
  /** Fail a call whose response does not fit the SDK's schema, instead of logging it. For tests. */
  readonly strict?: boolean;
  readonly onExchange?: (exchange: Exchange) => void;
  /** Instead of Docker: for tests. */
  readonly runtime?: TaskRuntime;
}

export interface AwsEndpoint {
  /** `http://localhost:<port>` */
  readonly url: string;
  readonly port: number;
  /** Stops answering. Containers go on running; the next start adopts them. */
  close(): Promise<void>;
  /** Stops and removes every container and network of this instance. Call it after `close()`. */
  removeContainers(): Promise<void>;
}

/** Throws PortTakenError, StateFileError, or an Error that says why Docker does not answer. */
export async function startAwsEndpoint(options: AwsEndpointOptions): Promise<AwsEndpoint> {
  const { accountId, region, log = writeToStderr } = options;
  const inFolder = (name: string): string => join(options.folder, name);
  /** What was opened so far, to be closed in reverse. */
  const closers: (() => unknown)[] = [];
  const closeAll = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const close of closers.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        // What cannot be saved must not keep the ports open.
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  };
  try {
    let port = options.port;
    const host = (): string => `localhost:${port}`;

    const logs = await createLogs({ folder: inFolder('logs'), log });
    closers.push(logs.close);
    const ecr = await createEcr({
      stateFile: inFolder('ecr.json'),
      registryUrl: options.registryUrl,
      accountId,
      ...(options.otherAccounts && { otherAccounts: options.otherAccounts }),
      host,
      log,
    });
    closers.push(ecr.close);
    const elb = await createElb({
      stateFile: inFolder('elb.json'),
      log,
      ...(options.newTargetCheckMs !== undefined && { newTargetCheckMs: options.newTargetCheckMs }),
    });
    closers.push(elb.close);
    const secretsFile = options.secretsFile ?? inFolder('secrets.json');
    const cloudwatch = await createCloudwatch({ stateFile: inFolder('cloudwatch.json') });
    const ecs = await createEcs({
      stateFile: inFolder('ecs.json'),
      accountId,
      region,
      targetGroups: elb.targetGroups,
      serviceConnect: elb.serviceConnect,
      alarms: cloudwatch.alarms,
      images: ecr.images,
      logs: logs.sink,
      instance: options.instance,
      log,
      ...(options.docker && { docker: options.docker }),
      ...(options.timing && { timing: options.timing }),
      ...(options.rateLimits && { rateLimits: options.rateLimits }),
      ...(options.containerInstances && { containerInstances: options.containerInstances }),
      secretsFile,
      ...(options.runtime && { runtime: options.runtime }),
    });
    closers.push(ecs.close);

    // The port is known before anything acts: task definitions and pulls name images by it.
    const listening = await listenForCalls({
      port: options.port,
      services: [
        ecs.service,
        ecr.service,
        elb.service,
        logs.service,
        ...cloudwatch.services,
        createSts(),
        ...createSecrets(secretsFile),
        createAutoscaling(),
      ],
      registry: ecr.door,
      credentials: { accessKeyId: options.accessKeyId, secretAccessKey: options.secretAccessKey },
      accountId,
      region,
      strict: options.strict ?? false,
      log,
      ...(options.onExchange && { onExchange: options.onExchange }),
    });
    closers.push(() => listening.close());
    port = listening.port;

    // Tasks of an earlier run are back behind the load balancer before its ports open.
    await ecs.start();
    await elb.start();
    return {
      url: `http://${host()}`,
      port,
      close: closeAll,
      removeContainers: () => ecs.removeAll(),
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

function writeToStderr(line: string): void {
  process.stderr.write(`${new Date().toISOString()} ${line}\n`);
}
