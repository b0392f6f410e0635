// The wait for stability as the deploy pool does it, on the local ECS with real containers: what it concludes, by
// what evidence, and how soon it names the cause.
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import {
  type ContainerDefinition,
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  RegisterTaskDefinitionCommand,
  StopServiceDeploymentCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sleep } from '@temporalio/activity';
import type { StabilityResult } from '../../src/activities/contracts/rollout.ts';
import { createWaitUntilStable } from '../../src/activities/wait-until-stable.ts';
import { createContainerLogs } from '../../src/aws/container-logs.ts';
import { createEcs } from '../../src/aws/ecs.ts';
import { createLoadBalancers } from '../../src/aws/load-balancers.ts';
import { attempt } from '../activities/world.ts';
import { type LocalAws, startLocalAws } from './local-aws.ts';

const cluster = 'production';
const service = 'web';
let aws: LocalAws;
let client: ECSClient;
let elb: ElasticLoadBalancingV2Client;
let ports: Parameters<typeof createWaitUntilStable>[0];
let good: string;

const server = (status: number): string => `
from http.server import *
class Handler(BaseHTTPRequestHandler):
  def do_GET(self):
    self.send_response(${status})
    self.send_header('content-length', '0')
    self.end_headers()
HTTPServer(('', 8080), Handler).serve_forever()`;

const register = async (script: string, more: Partial<ContainerDefinition> = {}): Promise<string> => {
  const { taskDefinition } = await client.send(
    new RegisterTaskDefinitionCommand({
      family: service,
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '256',
      memory: '512',
      executionRoleArn: 'arn:aws:iam::000000000000:role/execution',
      containerDefinitions: [
        {
          name: 'app',
          image: 'python:3.11-slim',
          command: ['python', '-u', '-c', script],
          portMappings: [{ containerPort: 8080 }],
          stopTimeout: 2,
          logConfiguration: {
            logDriver: 'awslogs',
            options: {
              'awslogs-group': '/web',
              'awslogs-create-group': 'true',
              'awslogs-region': 'us-east-1',
              'awslogs-stream-prefix': 'ecs',
            },
          },
          ...more,
        },
      ],
    }),
  );
  return taskDefinition?.taskDefinitionArn ?? '';
};

beforeAll(async () => {
  aws = await startLocalAws();
  const { settings } = aws;
  client = new ECSClient(settings);
  elb = new ElasticLoadBalancingV2Client(settings);
  const ecs = createEcs(client);
  const logs = createContainerLogs({ ecs, logsIn: () => new CloudWatchLogsClient(settings), sleep });
  ports = { ecs, logs, loadBalancers: createLoadBalancers(elb), now: Date.now, sleep };

  await client.send(new CreateClusterCommand({ clusterName: cluster }));
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
  const targetGroupArn = groups.TargetGroups?.[0]?.TargetGroupArn ?? '';
  await elb.send(
    new CreateListenerCommand({
      LoadBalancerArn: balancers.LoadBalancers?.[0]?.LoadBalancerArn,
      Protocol: 'HTTP',
      Port: 10_000 + Math.floor(Math.random() * 20_000),
      DefaultActions: [{ Type: 'forward', TargetGroupArn: targetGroupArn }],
    }),
  );
  good = await register(server(200));
  const made = await client.send(
    new CreateServiceCommand({
      cluster,
      serviceName: service,
      taskDefinition: good,
      desiredCount: 1,
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
      loadBalancers: [{ targetGroupArn, containerName: 'app', containerPort: 8080 }],
    }),
  );
  const result = await watch(made.service?.deployments?.[0]?.id ?? '', good, null);
  expect(result.failures).toEqual([]);
}, 120_000);

afterAll(async () => {
  client.destroy();
  elb.destroy();
  await aws.close();
});

interface Watched extends StabilityResult {
  /** Each heartbeat's line for the service, with its time. */
  readonly said: readonly { readonly atMs: number; readonly text: string }[];
  readonly endedAtMs: number;
}

const watch = async (
  deploymentId: string,
  taskDefinition: string,
  baseline: string | null = good,
): Promise<Watched> => {
  const { run, beats } = attempt();
  const said: { atMs: number; text: string }[] = [];
  const seen = setInterval(() => {
    const last = beats.at(-1) as { services?: Record<string, { phase: string; detail: string }> } | undefined;
    const { phase = '', detail = '' } = last?.services?.[service] ?? {};
    const text = `${phase}: ${detail}`;
    if (text !== said.at(-1)?.text) said.push({ atMs: Date.now(), text });
  }, 50);
  try {
    const startedAtMs = Date.now();
    const timing = {
      stabilityTimeoutMs: 90_000,
      stallTimeoutMs: 60_000,
      capacityTimeoutMs: 60_000,
      pollIntervalMs: 1_000,
    };
    const rollout = {
      name: service,
      service,
      taskDefinition,
      deploymentId,
      started: true,
      startedAtMs,
      baseline,
    };
    const input = { cluster, timing, rollouts: [rollout], decideAll: false };
    return { ...(await run(createWaitUntilStable(ports), input)), said, endedAtMs: Date.now() };
  } finally {
    clearInterval(seen);
  }
};

const update = async (taskDefinition: string): Promise<string> => {
  const answer = await client.send(new UpdateServiceCommand({ cluster, service, taskDefinition }));
  return answer.service?.deployments?.[0]?.id ?? '';
};

/** Back to the good version, so that each case starts from there. */
const restore = async (): Promise<void> => {
  const id = await update(good);
  expect((await watch(id, good)).failures).toEqual([]);
};

const current = async () => {
  const { services } = await client.send(new DescribeServicesCommand({ cluster, services: [service] }));
  return services?.[0];
};

describe('a bad version', () => {
  it('that crashes is named at its first exit, and failed at its second with its last words', async () => {
    const bad = await register("print('reading DATABASE_URL'); raise SystemExit('KeyError: DATABASE_URL')");
    const { failures, said, endedAtMs } = await watch(await update(bad), bad);
    expect(failures).toMatchObject([
      {
        kind: 'task-failed',
        summary: expect.stringMatching(/^container app exited with code 1, [2-9] times$/),
      },
    ]);
    const evidence = failures[0]?.evidence ?? [];
    expect(evidence[0]).toMatch(/^task [0-9a-f]{32} stopped: .*app: exit code 1/);
    const heading = evidence.findIndex((line) => /^last 50 lines of container app, task/.test(line));
    expect(evidence.slice(heading + 1, heading + 3).sort()).toEqual([
      '  KeyError: DATABASE_URL',
      '  reading DATABASE_URL',
    ]);
    const { tasks = [] } = { tasks: await ports.ecs.stoppedTasks(cluster, service) };
    const firstExitMs = Math.min(...tasks.map(({ stoppedAtMs }) => stoppedAtMs));
    // On a busy machine both exits may lie between two looks: then the verdict is what names them.
    const named = said.find(({ text }) => text.includes('exited with code 1'));
    expect((named?.atMs ?? endedAtMs) - firstExitMs).toBeLessThan(10_000);
    await restore();
  });

  it('that fails its health checks is failed while the old task passes, and the load balancer says why', async () => {
    const bad = await register(server(500));
    const { failures } = await watch(await update(bad), bad);
    expect(failures).toMatchObject([
      { kind: 'task-failed', summary: expect.stringMatching(/health checks/) },
    ]);
    const evidence = failures[0]?.evidence.join('\n') ?? '';
    expect(evidence).toMatch(/other targets in target group web: .*1 healthy/);
    expect(evidence).toMatch(/last 50 lines of container app[^\n]*\n {2}.*GET \/ HTTP/);
    await restore();
  });
});

describe('a deployment that somebody else ends', () => {
  const slow = (): Promise<string> => register(`import time; time.sleep(60)`);

  it('by stopping it is told apart', async () => {
    const next = await slow();
    const watching = watch(await update(next), next);
    await sleepMs(2_000);
    const { serviceDeployments } = await client.send(new ListServiceDeploymentsCommand({ cluster, service }));
    const serviceDeploymentArn = serviceDeployments?.[0]?.serviceDeploymentArn;
    await client.send(new StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: 'ROLLBACK' }));
    expect((await watching).failures).toMatchObject([
      { kind: 'stopped', summary: expect.stringMatching(/^somebody stopped the deployment: /) },
    ]);
    await restore();
  });

  it.each([
    ['by putting the old version back', () => good, 'replaced'],
    ['by deploying something else', () => register(server(204)), 'foreign-change'],
  ] as const)('%s is told apart', async (_how, theirs, kind) => {
    const next = await slow();
    const watching = watch(await update(next), next);
    await sleepMs(2_000);
    const other = await theirs();
    await update(other);
    expect((await watching).failures).toMatchObject([{ kind }]);
    expect((await current())?.taskDefinition).toBe(other);
    await restore();
  });
});

const sleepMs = (durationMs: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, durationMs));
