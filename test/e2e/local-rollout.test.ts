// The promise of the local AWS, seen from outside: with the SDK's clients, real containers and a constant prober,
// a rolling update loses no request, and a broken one is never seen by anybody.
import {
  type ContainerDefinition,
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  type Service,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Docker from 'dockerode';
import { freePorts } from '../../src/local/stack/ports.ts';
import { type LocalAws, startLocalAws } from './local-aws.ts';
import { pushImage, removeImages } from './tiny-images.ts';

const cluster = 'production';
const network = { networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } } };
let aws: LocalAws;
let ecs: ECSClient;
let port: number;
let targetGroupArn: string;

/** A server that names its version, and ends its open requests before it goes. */
const program = (version: string): string => `
import signal, threading
from http.server import *
class Handler(BaseHTTPRequestHandler):
  protocol_version = 'HTTP/1.1'
  def do_GET(self):
    body = b'${version}'
    self.send_response(200)
    self.send_header('content-length', str(len(body)))
    self.end_headers()
    self.wfile.write(body)
  def log_message(self, *_): pass
server = ThreadingHTTPServer(('', 8080), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()`;

async function register(
  family: string,
  script: string,
  more: Partial<ContainerDefinition> = {},
): Promise<string> {
  const { taskDefinition } = await ecs.send(
    new RegisterTaskDefinitionCommand({
      family,
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '256',
      memory: '512',
      containerDefinitions: [
        {
          name: 'web',
          image: 'python:3.11-slim',
          command: ['python', '-u', '-c', script],
          portMappings: [{ containerPort: 8080, name: 'http' }],
          // As the first process, Python does not hear SIGTERM before it has a handler for it.
          stopTimeout: 5,
          ...more,
        },
      ],
    }),
  );
  return taskDefinition?.taskDefinitionArn ?? '';
}

async function service(name: string): Promise<Service> {
  const { services } = await ecs.send(new DescribeServicesCommand({ cluster, services: [name] }));
  return services?.[0] ?? {};
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 50_000; Date.now() < deadline; ) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`never: ${what}: ${JSON.stringify(await service('web'), null, 1)}`);
}

async function stable(name: string): Promise<Service> {
  let found: Service = {};
  await until(`${name} stable`, async () => {
    found = await service(name);
    const [only, ...others] = found.deployments ?? [];
    return others.length === 0 && only?.rolloutState === 'COMPLETED';
  });
  return found;
}

/** Asks again and again until told to stop; says which versions answered, and every failure. */
function probe(): { stop: () => Promise<{ versions: Record<string, number>; failures: string[] }> } {
  const versions: Record<string, number> = {};
  const failures: string[] = [];
  let going = true;
  const ask = async (): Promise<void> => {
    while (going) {
      try {
        const answer = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(10_000) });
        const version = await answer.text();
        if (answer.ok) versions[version] = (versions[version] ?? 0) + 1;
        else failures.push(`${answer.status} ${version}`);
      } catch (error) {
        failures.push(String((error as Error).cause ?? error));
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const asking = Promise.all([ask(), ask(), ask()]);
  return {
    stop: async () => {
      going = false;
      await asking;
      return { versions, failures };
    },
  };
}

beforeAll(async () => {
  aws = await startLocalAws();
  const { settings } = aws;
  ecs = new ECSClient(settings);
  const elb = new ElasticLoadBalancingV2Client(settings);
  [port = 0] = await freePorts(1);
  await ecs.send(
    new CreateClusterCommand({ clusterName: cluster, serviceConnectDefaults: { namespace: cluster } }),
  );
  const balancers = await elb.send(new CreateLoadBalancerCommand({ Name: 'front', Subnets: ['subnet-1'] }));
  const groups = await elb.send(
    new CreateTargetGroupCommand({
      Name: 'web',
      Protocol: 'HTTP',
      Port: 8080,
      VpcId: 'vpc-1',
      TargetType: 'ip',
      HealthCheckIntervalSeconds: 5,
      HealthCheckTimeoutSeconds: 2,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 2,
    }),
  );
  targetGroupArn = groups.TargetGroups?.[0]?.TargetGroupArn ?? '';
  await elb.send(
    new CreateListenerCommand({
      LoadBalancerArn: balancers.LoadBalancers?.[0]?.LoadBalancerArn,
      Protocol: 'HTTP',
      Port: port,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: targetGroupArn }],
    }),
  );
  await register('web', program('v1'));
  await ecs.send(
    new CreateServiceCommand({
      cluster,
      serviceName: 'web',
      taskDefinition: 'web',
      desiredCount: 2,
      launchType: 'FARGATE',
      ...network,
      loadBalancers: [{ targetGroupArn, containerName: 'web', containerPort: 8080 }],
      deploymentConfiguration: {
        deploymentCircuitBreaker: {
          enable: true,
          rollback: true,
          thresholdConfiguration: { type: 'COUNT', value: 2 },
        },
      },
      serviceConnectConfiguration: {
        enabled: true,
        services: [{ portName: 'http', clientAliases: [{ dnsName: 'web', port: 8080 }] }],
      },
    }),
  );
  await stable('web');
});

afterAll(async () => {
  ecs.destroy();
  await aws.close();
  await removeImages(new Docker(), aws.registryUrl);
});

async function updateTo(script: string, more: Partial<ContainerDefinition> = {}): Promise<string> {
  const taskDefinition = await register('web', script, more);
  await ecs.send(new UpdateServiceCommand({ cluster, service: 'web', taskDefinition }));
  return taskDefinition;
}

describe('a rolling update', () => {
  it('to a good version loses no request and ends with that version', async () => {
    const prober = probe();
    const taskDefinition = await updateTo(program('v2'));
    expect((await stable('web')).taskDefinition).toBe(taskDefinition);
    const { versions, failures } = await prober.stop();
    expect(failures).toEqual([]);
    expect(Object.keys(versions).sort()).toEqual(['v1', 'v2']);
  });

  it('that a newer one overtakes loses no request, and ends with the newer', async () => {
    const prober = probe();
    await updateTo(program('v2a'));
    await new Promise((resolve) => setTimeout(resolve, 500));
    const taskDefinition = await updateTo(program('v2'));
    expect((await stable('web')).taskDefinition).toBe(taskDefinition);
    const { versions, failures } = await prober.stop();
    expect(failures).toEqual([]);
    expect(versions).toHaveProperty('v2');
  });

  it('to more tasks and to fewer loses no request', async () => {
    const prober = probe();
    for (const desiredCount of [4, 1, 2]) {
      await ecs.send(new UpdateServiceCommand({ cluster, service: 'web', desiredCount }));
      await until('scaled', async () => {
        const { runningCount, pendingCount } = await service('web');
        return runningCount === desiredCount && pendingCount === 0;
      });
    }
    expect((await prober.stop()).failures).toEqual([]);
  });

  const wrongArchitecture = (): Promise<string> => pushImage(aws.registryUrl, 'tiny', 'arm64', 'arm64');
  it.each<[string, string, () => Promise<Partial<ContainerDefinition>>, string]>([
    [
      'crashes at start',
      "raise SystemExit('broken')",
      async () => ({}),
      'Essential container in task exited',
    ],
    [
      'answers its health check with 500',
      program('bad').replace('200', '500'),
      async () => ({}),
      'Task failed ELB health checks',
    ],
    [
      'fails its container health check',
      program('bad').replace('do_GET(self):', 'do_GET(self):\n    return self.send_error(503)'),
      async () => ({ healthCheck: { command: ['CMD', 'false'], interval: 1, retries: 1 } }),
      'Task failed container health checks',
    ],
    [
      'cannot be pulled',
      '',
      async () => ({ image: `${new URL(aws.registryUrl).host}/none:1` }),
      'CannotPullContainerError: pull image manifest has been retried',
    ],
    [
      'is of another architecture',
      '',
      async () => ({ image: await wrongArchitecture(), command: [] }),
      "CannotPullContainerError: pull image manifest has been retried 1 time(s): image Manifest does not contain descriptor matching platform 'linux/amd64'",
    ],
    ['cannot be started', '', async () => ({ command: ['/no/such/program'] }), 'CannotStartContainerError: '],
  ])('to a version that %s is rolled back, and nobody ever sees it', async (_what, script, more, reason) => {
    const { taskDefinition: good } = await service('web');
    const prober = probe();
    const bad = await updateTo(script, await more());
    // The failed deployment may be gone at once; its service deployment stays.
    await until('rolled back', async () => {
      const { serviceDeployments } = await ecs.send(
        new ListServiceDeploymentsCommand({ cluster, service: 'web' }),
      );
      return serviceDeployments?.[0]?.status === 'ROLLBACK_SUCCESSFUL';
    });
    expect((await stable('web')).taskDefinition).toBe(good);
    const { versions, failures } = await prober.stop();
    expect(failures).toEqual([]);
    expect(Object.keys(versions)).toEqual(['v2']);
    const { taskArns } = await ecs.send(
      new ListTasksCommand({ cluster, serviceName: 'web', desiredStatus: 'STOPPED' }),
    );
    const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
    const reasons = (tasks ?? [])
      .filter((task) => task.taskDefinitionArn === bad)
      .map((task) => task.stoppedReason);
    expect(reasons.filter((each) => each?.startsWith(reason)).length).toBeGreaterThanOrEqual(2);
  });
});

describe('Service Connect', () => {
  it('lets a task of another service call this one by its name', async () => {
    await register(
      'caller',
      "import urllib.request, time; assert urllib.request.urlopen('http://web:8080/').read() == b'v2'; time.sleep(60)",
    );
    await ecs.send(
      new CreateServiceCommand({
        cluster,
        serviceName: 'caller',
        taskDefinition: 'caller',
        desiredCount: 1,
        launchType: 'FARGATE',
        ...network,
        serviceConnectConfiguration: { enabled: true },
      }),
    );
    await stable('caller');
    // One that could not call would have ended within the second that makes a task healthy.
    expect(await service('caller')).toMatchObject({ runningCount: 1, deployments: [{ failedTasks: 0 }] });
  });
});
