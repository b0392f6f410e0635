/**
 * Every ECS operation, in an order in which each can succeed: services of both launch types behind a load balancer
 * and on their own, good and bad tasks, overrides, tags, failures.
 */
import type { Boto } from '../boto.ts';
import { ecsArn } from '../local-aws.ts';
import { cluster, isStable, programs, serviceUntil, until } from '../scene.ts';

interface Described {
  readonly services: readonly { readonly serviceArn: string; readonly deployments: readonly object[] }[];
}

const container = (command: readonly string[]) => ({
  name: 'app',
  image: 'busybox:stable',
  command,
  memory: 32,
  stopTimeout: 2,
});

/** As much of a task definition as one service can have. */
const webTask = {
  family: 'web',
  requiresCompatibilities: ['FARGATE'],
  networkMode: 'awsvpc',
  cpu: '256',
  memory: '512',
  taskRoleArn: 'arn:aws:iam::000000000000:role/task',
  executionRoleArn: 'arn:aws:iam::000000000000:role/execution',
  runtimePlatform: { cpuArchitecture: 'X86_64', operatingSystemFamily: 'LINUX' },
  volumes: [{ name: 'scratch' }],
  tags: [{ key: 'team', value: 'blue' }],
  containerDefinitions: [
    {
      ...container(['sh', '-c', 'echo hello >index.html; exec httpd -f -p 8080']),
      portMappings: [{ containerPort: 8080, protocol: 'tcp', name: 'http', appProtocol: 'http' }],
      environment: [{ name: 'COLOUR', value: 'blue' }],
      mountPoints: [{ sourceVolume: 'scratch', containerPath: '/scratch' }],
      ulimits: [{ name: 'nofile', softLimit: 1024, hardLimit: 2048 }],
      dockerLabels: { 'com.example.tour': 'yes' },
      linuxParameters: { initProcessEnabled: true },
      healthCheck: { command: ['CMD', 'true'], interval: 5, timeout: 2, retries: 2 },
      logConfiguration: {
        logDriver: 'awslogs',
        options: {
          'awslogs-group': '/tour/web',
          'awslogs-region': 'us-east-1',
          'awslogs-stream-prefix': 'ecs',
          'awslogs-create-group': 'true',
        },
      },
    },
  ],
};

const jobTask = (family: string, command: readonly string[], more: object = {}) => ({
  family,
  containerDefinitions: [{ ...container(command), ...more }],
});

const everything = ['TAGS', 'STATISTICS', 'SETTINGS', 'CONFIGURATIONS', 'ATTACHMENTS'];
const network = { awsvpcConfiguration: { subnets: ['subnet-1'], securityGroups: ['sg-1'] } };
const tags = [{ key: 'team', value: 'blue' }];

export async function tourEcs(boto: Boto, targetGroupArn: string): Promise<void> {
  const ecs = <O = Record<string, unknown>>(operation: string, input: object = {}): Promise<O> =>
    boto.call<O>('ecs', operation, input);

  await ecs('CreateCluster', { clusterName: cluster, tags, capacityProviders: ['FARGATE', 'FARGATE_SPOT'] });
  await ecs('CreateCluster', { clusterName: 'empty' });
  await ecs('UpdateCluster', { cluster, settings: [{ name: 'containerInsights', value: 'disabled' }] });
  await ecs('UpdateClusterSettings', {
    cluster,
    settings: [{ name: 'containerInsights', value: 'enabled' }],
  });
  await ecs('PutClusterCapacityProviders', {
    cluster: 'empty',
    capacityProviders: ['FARGATE'],
    defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1, base: 0 }],
  });
  await ecs('DescribeCapacityProviders', { capacityProviders: ['FARGATE', 'none'] });
  await ecs('PutAccountSetting', { name: 'containerInsights', value: 'enhanced' });
  await ecs('PutAccountSettingDefault', { name: 'awsvpcTrunking', value: 'enabled' });
  await ecs('ListAccountSettings', { effectiveSettings: true });
  await ecs('DeleteAccountSetting', { name: 'containerInsights' });
  await ecs('ListClusters', { maxResults: 1 });

  await ecs('RegisterTaskDefinition', webTask);
  await ecs('RegisterTaskDefinition', jobTask('job', ['sh', '-c', programs.short]));
  await ecs('DescribeTaskDefinition', { taskDefinition: 'web', include: ['TAGS'] });
  await ecs('ListTaskDefinitions', { familyPrefix: 'job', status: 'ACTIVE', sort: 'DESC' });
  await ecs('ListTaskDefinitionFamilies', {});

  await ecs('CreateService', {
    cluster,
    serviceName: 'web',
    taskDefinition: 'web',
    desiredCount: 2,
    launchType: 'FARGATE',
    platformVersion: 'LATEST',
    networkConfiguration: network,
    loadBalancers: [{ targetGroupArn, containerName: 'app', containerPort: 8080 }],
    serviceConnectConfiguration: {
      enabled: true,
      namespace: 'tour',
      services: [{ portName: 'http', clientAliases: [{ port: 80, dnsName: 'web' }] }],
    },
    healthCheckGracePeriodSeconds: 5,
    deploymentConfiguration: {
      minimumHealthyPercent: 50,
      maximumPercent: 200,
      deploymentCircuitBreaker: { enable: true, rollback: true },
    },
    enableECSManagedTags: true,
    propagateTags: 'SERVICE',
    tags,
  });
  await ecs('CreateService', { cluster, serviceName: 'job', taskDefinition: 'job', desiredCount: 0 });
  await ecs('DescribeServices', { cluster, services: ['web', 'job', 'none'], include: ['TAGS'] });
  await serviceUntil(boto, 'web', isStable);
  await ecs('ListServices', { cluster, launchType: 'FARGATE' });
  const { taskArns } = await ecs<{ taskArns: string[] }>('ListTasks', { cluster, serviceName: 'web' });
  await ecs('DescribeTasks', {
    cluster,
    tasks: [...taskArns, '0123456789abcdef0123456789abcdef'],
    include: ['TAGS'],
  });

  // A newer deployment, looked at from all sides while it is under way, and stopped.
  await ecs('RegisterTaskDefinition', {
    ...webTask,
    containerDefinitions: webTask.containerDefinitions.map((each) => ({
      ...each,
      healthCheck: { command: ['CMD-SHELL', 'exit 1'], interval: 30, startPeriod: 100 },
    })),
  });
  await ecs('UpdateService', { cluster, service: 'web', taskDefinition: 'web' });
  const of = { cluster, service: 'web' };
  const { serviceDeployments } = await ecs<{
    serviceDeployments: { serviceDeploymentArn: string; targetServiceRevisionArn: string }[];
  }>('ListServiceDeployments', { ...of, status: ['PENDING', 'IN_PROGRESS'] });
  const [run] = serviceDeployments;
  const revisions = [run?.targetServiceRevisionArn ?? '', ecsArn(`service-revision/${cluster}/web/1`)];
  await ecs('DescribeServiceRevisions', { serviceRevisionArns: revisions });
  const runs = [run?.serviceDeploymentArn ?? '', ecsArn(`service-deployment/${cluster}/web/none`)];
  await ecs('DescribeServiceDeployments', { serviceDeploymentArns: runs });
  await ecs('StopServiceDeployment', { serviceDeploymentArn: runs[0], stopType: 'ROLLBACK' });
  await ecs('DescribeServiceDeployments', { serviceDeploymentArns: runs });
  await serviceUntil(boto, 'web', isStable);
  await ecs('DescribeServiceDeployments', { serviceDeploymentArns: runs });
  await ecs('ListServiceDeployments', of);

  await tourTasks(boto);
  await tourInstances(boto);

  const { services } = await ecs<Described>('DescribeServices', { cluster, services: ['web'] });
  const resourceArn = services[0]?.serviceArn ?? '';
  await ecs('TagResource', { resourceArn, tags: [{ key: 'more', value: '1' }] });
  await ecs('ListTagsForResource', { resourceArn });
  await ecs('UntagResource', { resourceArn, tagKeys: ['more'] });
  await ecs('DescribeClusters', { clusters: [cluster, 'none'], include: everything });

  for (const service of ['web', 'job']) await ecs('DeleteService', { cluster, service, force: true });
  await serviceUntil(boto, 'web', ({ status }) => status === 'INACTIVE');
  await ecs('DescribeServices', { cluster, services: ['web'] });
  await ecs('DeregisterTaskDefinition', { taskDefinition: 'web:1' });
  await ecs('DeleteTaskDefinitions', { taskDefinitions: ['web:1', 'none:1'] });
  await ecs('DeleteCluster', { cluster: 'empty' });
  await ecs('DescribeClusters', { clusters: ['empty'] });
}

/** Tasks on their own: with overrides, without an image, without room, stopped by hand. */
async function tourTasks(boto: Boto): Promise<void> {
  const ended = (arn: string): Promise<unknown> =>
    until(
      arn,
      () =>
        boto.call<{ tasks: { lastStatus: string }[] }>('ecs', 'DescribeTasks', {
          cluster,
          tasks: [arn],
          include: ['TAGS'],
        }),
      ({ tasks }) => tasks[0]?.lastStatus === 'STOPPED',
    );
  const run = async (input: object): Promise<string> => {
    const { tasks } = await boto.call<{ tasks: { taskArn: string }[] }>('ecs', 'RunTask', {
      cluster,
      ...input,
    });
    return tasks[0]?.taskArn ?? '';
  };
  const app = {
    name: 'app',
    environment: [{ name: 'COLOUR', value: 'red' }],
    command: ['sh', '-c', 'exit 3'],
  };
  await ended(
    await run({
      taskDefinition: 'job',
      startedBy: 'tour',
      group: 'tour',
      clientToken: 'once',
      overrides: { containerOverrides: [app], taskRoleArn: 'arn:aws:iam::000000000000:role/tour' },
      tags,
      referenceId: 'tour-1',
    }),
  );
  await boto.call(
    'ecs',
    'RegisterTaskDefinition',
    jobTask('unpullable', ['true'], { image: 'localhost:1/none:1' }),
  );
  await ended(await run({ taskDefinition: 'unpullable' }));
  await boto.call('ecs', 'RegisterTaskDefinition', jobTask('huge', ['true'], { memory: 9_000_000 }));
  // No room: an answer of its own kind, `failures`.
  await run({ taskDefinition: 'huge' });
  const long = await run({
    taskDefinition: 'web:1',
    launchType: 'FARGATE',
    networkConfiguration: network,
    overrides: { cpu: '512', memory: '1024' },
  });
  await boto.call('ecs', 'StopTask', { cluster, task: long, reason: 'the tour goes on' });
  await ended(long);
  await boto.call('ecs', 'ListTasks', { cluster, desiredStatus: 'STOPPED', maxResults: 1 });
}

async function tourInstances(boto: Boto): Promise<void> {
  const { containerInstanceArns } = await boto.call<{ containerInstanceArns: string[] }>(
    'ecs',
    'ListContainerInstances',
    { cluster, status: 'ACTIVE' },
  );
  await boto.call('ecs', 'DescribeContainerInstances', {
    cluster,
    containerInstances: [...containerInstanceArns, 'none'],
    include: ['TAGS', 'CONTAINER_INSTANCE_HEALTH'],
  });
  const [first = ''] = containerInstanceArns;
  const started = { cluster, taskDefinition: 'job', containerInstances: [first, 'none'] };
  await boto.call('ecs', 'StartTask', started);
  for (const status of ['DRAINING', 'ACTIVE'])
    await boto.call('ecs', 'UpdateContainerInstancesState', {
      cluster,
      containerInstances: [first, 'none'],
      status,
    });
}
