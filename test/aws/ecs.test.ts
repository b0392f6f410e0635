import { describe, expect, it } from '@jest/globals';
import { createEcs } from '../../src/aws/ecs.ts';
import { nextTaskDefinition } from '../../src/aws/task-definition.ts';
import { stubEcs } from './stub.ts';

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `s${index}`);
const taskArn = (index: number): string => `arn:aws:ecs:eu-west-1:123456789012:task/shop/${index}`;

describe('describing services', () => {
  it('asks for ten at a time, the most that ECS takes, and gives the views by name', async () => {
    const { client, sent } = stubEcs({
      DescribeServices: ({ services }: { services: string[] }) => ({
        services: services.map((serviceName) => ({ serviceName, status: 'ACTIVE' })),
      }),
    });
    const views = await createEcs(client).describeServices('shop', names(23));
    expect([...views.keys()]).toEqual(names(23));
    expect(sent.map(({ body }) => body)).toEqual([
      { cluster: 'shop', services: names(10) },
      { cluster: 'shop', services: names(20).slice(10) },
      { cluster: 'shop', services: names(23).slice(20) },
    ]);
  });

  it('leaves out what ECS does not know', async () => {
    const { client } = stubEcs({
      DescribeServices: () => ({ services: [], failures: [{ reason: 'MISSING' }] }),
    });
    expect(await createEcs(client).describeServices('shop', ['gone'])).toEqual(new Map());
  });

  it('asks nothing about nobody', async () => {
    const { client, sent } = stubEcs({});
    expect(await createEcs(client).describeRawServices('shop', [])).toEqual([]);
    expect(sent).toEqual([]);
  });
});

describe('stopped tasks', () => {
  it('are read page by page, newest first', async () => {
    const { client, sent } = stubEcs({
      ListTasks: ({ nextToken }: { nextToken?: string }) =>
        nextToken ? { taskArns: [taskArn(2)] } : { taskArns: [taskArn(0), taskArn(1)], nextToken: 'more' },
      DescribeTasks: ({ tasks }: { tasks: string[] }) => ({
        tasks: tasks.map((arn) => ({ taskArn: arn, stoppedAt: 1_000 + Number(arn.at(-1)) })),
      }),
    });
    const tasks = await createEcs(client).stoppedTasks('shop', 'api');
    expect(tasks.map(({ arn }) => arn)).toEqual([2, 1, 0].map(taskArn));
    expect(sent).toEqual([
      { operation: 'ListTasks', body: { cluster: 'shop', serviceName: 'api', desiredStatus: 'STOPPED' } },
      { operation: 'DescribeTasks', body: { cluster: 'shop', tasks: [taskArn(0), taskArn(1)] } },
      {
        operation: 'ListTasks',
        body: { cluster: 'shop', serviceName: 'api', desiredStatus: 'STOPPED', nextToken: 'more' },
      },
      { operation: 'DescribeTasks', body: { cluster: 'shop', tasks: [taskArn(2)] } },
    ]);
  });

  it('are none without a second call', async () => {
    const { client, sent } = stubEcs({ ListTasks: () => ({ taskArns: [] }) });
    expect(await createEcs(client).stoppedTasks('shop', 'api')).toEqual([]);
    expect(sent).toHaveLength(1);
  });

  it('are not read for ever', async () => {
    const { client, sent } = stubEcs({ ListTasks: () => ({ taskArns: [], nextToken: 'again' }) });
    await createEcs(client).stoppedTasks('shop', 'api');
    expect(sent).toHaveLength(10);
  });
});

describe('task definitions', () => {
  it('are described with their tags, which would be lost otherwise', async () => {
    const { client, sent } = stubEcs({
      DescribeTaskDefinition: () => ({
        taskDefinition: { family: 'api' },
        tags: [{ key: 'team', value: 'blue' }],
      }),
    });
    expect(await createEcs(client).describeTaskDefinition('arn')).toEqual({
      taskDefinition: { family: 'api' },
      tags: [{ key: 'team', value: 'blue' }],
    });
    expect(sent).toEqual([
      { operation: 'DescribeTaskDefinition', body: { taskDefinition: 'arn', include: ['TAGS'] } },
    ]);
  });

  it('are listed newest first, active ones of exactly the family', async () => {
    const { client, sent } = stubEcs({
      ListTaskDefinitions: () => ({ taskDefinitionArns: ['api:2', 'api:1'] }),
    });
    expect(await createEcs(client).newestRevisions('api', 10)).toEqual(['api:2', 'api:1']);
    expect(sent[0]?.body).toEqual({ familyPrefix: 'api', sort: 'DESC', maxResults: 10, status: 'ACTIVE' });
  });

  it('go out as they came in, but for what only a registered one has', async () => {
    const { client, sent } = stubEcs({
      DescribeTaskDefinition: () => ({ taskDefinition: REGISTERED, tags: [] }),
      RegisterTaskDefinition: () => ({ taskDefinition: { taskDefinitionArn: 'api:8' } }),
    });
    const ecs = createEcs(client);
    const { taskDefinition, tags } = await ecs.describeTaskDefinition('api:7');
    const next = nextTaskDefinition({
      base: taskDefinition,
      baseTags: tags,
      images: {},
      tags: { 'slipway:service': 'api' },
    });
    expect(await ecs.registerTaskDefinition(next)).toBe('api:8');
    expect(sent.at(-1)).toEqual({
      operation: 'RegisterTaskDefinition',
      body: { ...KEPT, tags: [{ key: 'slipway:service', value: 'api' }] },
    });
  });

  it.each([
    ['DescribeTaskDefinition', (ecs: ReturnType<typeof createEcs>) => ecs.describeTaskDefinition('x')],
    [
      'RegisterTaskDefinition',
      (ecs: ReturnType<typeof createEcs>) =>
        ecs.registerTaskDefinition({ family: 'x', containerDefinitions: [] }),
    ],
    ['UpdateService', (ecs: ReturnType<typeof createEcs>) => ecs.updateService('shop', 'api', 'x')],
  ])('an empty answer to %s is an error', async (operation, call) => {
    const { client } = stubEcs({ [operation]: () => ({}) });
    await expect(call(createEcs(client))).rejects.toThrow(/without|ECS/);
  });
});

describe('updating a service', () => {
  it('sends cluster, service and task definition, and nothing that a person or autoscaling owns', async () => {
    const { client, sent } = stubEcs({
      UpdateService: () => ({
        service: {
          serviceName: 'api',
          taskDefinition: 'api:8',
          deployments: [{ id: 'ecs-svc/1', status: 'PRIMARY' }],
        },
      }),
    });
    const view = await createEcs(client).updateService('shop', 'api', 'api:8');
    expect(sent).toEqual([
      { operation: 'UpdateService', body: { cluster: 'shop', service: 'api', taskDefinition: 'api:8' } },
    ]);
    expect(view).toMatchObject({
      taskDefinition: 'api:8',
      deployments: [{ id: 'ecs-svc/1', status: 'PRIMARY' }],
    });
  });

  it('is forced only when asked', async () => {
    const { client, sent } = stubEcs({ UpdateService: () => ({ service: {} }) });
    await createEcs(client).updateService('shop', 'api', 'api:8', true);
    expect(sent[0]?.body).toEqual({
      cluster: 'shop',
      service: 'api',
      taskDefinition: 'api:8',
      forceNewDeployment: true,
    });
  });
});

describe('digests of what runs', () => {
  const service = {
    serviceName: 'api',
    taskDefinition: 'api:8',
    currentServiceRevisions: [{ arn: 'rev/1' }, { arn: 'rev/2' }],
  };
  const containers = (imageDigest: string) => [{ name: 'app', imageDigest }, { name: 'proxy' }];

  it('come from the service revision of that task definition', async () => {
    const { client, sent } = stubEcs({
      DescribeServiceRevisions: () => ({
        serviceRevisions: [
          { taskDefinition: 'api:8', containerImages: [{ containerName: 'app', imageDigest: 'sha256:new' }] },
          {
            taskDefinition: 'api:7',
            containerImages: [
              { containerName: 'app', imageDigest: 'sha256:old' },
              { containerName: 'proxy' },
            ],
          },
        ],
      }),
    });
    const digests = await createEcs(client).runningDigests('shop', service, 'api:7');
    expect([...digests]).toEqual([['app', 'sha256:old']]);
    expect(sent).toEqual([
      { operation: 'DescribeServiceRevisions', body: { serviceRevisionArns: ['rev/1', 'rev/2'] } },
    ]);
  });

  it.each([
    ['the revisions say nothing', service],
    ['there are no revisions', { serviceName: 'api' }],
  ])('else, when %s, from a running task of that task definition', async (_when, asked) => {
    const { client, sent } = stubEcs({
      DescribeServiceRevisions: () => ({
        serviceRevisions: [{ taskDefinition: 'api:7', containerImages: [] }],
      }),
      ListTasks: () => ({ taskArns: [taskArn(0), taskArn(1)] }),
      DescribeTasks: () => ({
        tasks: [
          { taskDefinitionArn: 'api:8', containers: containers('sha256:new') },
          { taskDefinitionArn: 'api:7', containers: containers('sha256:old') },
        ],
      }),
    });
    const digests = await createEcs(client).runningDigests('shop', asked, 'api:7');
    expect([...digests]).toEqual([['app', 'sha256:old']]);
    expect(sent.find(({ operation }) => operation === 'ListTasks')?.body).toEqual({
      cluster: 'shop',
      serviceName: 'api',
      desiredStatus: 'RUNNING',
    });
  });
});

it('says what went wrong in our own words, throttling as worth another try', async () => {
  const { client } = stubEcs({
    UpdateService: () => {
      throw Object.assign(new Error('Rate exceeded'), {
        name: 'ThrottlingException',
        $metadata: { httpStatusCode: 400 },
      });
    },
  });
  await expect(createEcs(client).updateService('shop', 'api', 'x')).rejects.toMatchObject({
    type: 'Transient',
    message: 'ecs:UpdateService: ThrottlingException: Rate exceeded',
  });
});

const KEPT = {
  family: 'api',
  taskRoleArn: 'arn:aws:iam::123456789012:role/task',
  executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
  networkMode: 'awsvpc',
  containerDefinitions: [
    {
      name: 'app',
      image: 'registry.test/shop/api:1',
      essential: true,
      environment: [],
      portMappings: [{ containerPort: 80, protocol: 'tcp', appProtocol: 'http' }],
      versionConsistency: 'enabled',
      restartPolicy: { enabled: true },
    },
  ],
  volumes: [],
  placementConstraints: [],
  requiresCompatibilities: ['FARGATE'],
  cpu: '256',
  memory: '512',
  pidMode: 'task',
  ipcMode: 'none',
  proxyConfiguration: { containerName: 'proxy', type: 'APPMESH' },
  ephemeralStorage: { sizeInGiB: 30 },
  runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: 'LINUX' },
  enableFaultInjection: true,
};

const REGISTERED = {
  ...KEPT,
  taskDefinitionArn: 'api:7',
  revision: 7,
  status: 'ACTIVE',
  requiresAttributes: [{ name: 'com.amazonaws.ecs.capability.x' }],
  compatibilities: ['EC2', 'FARGATE'],
  registeredAt: 1_700_000_000,
  registeredBy: 'arn:aws:iam::123456789012:user/ada',
  deregisteredAt: 1_700_000_001,
  deleteRequestedAt: 1_700_000_002,
  aFieldOfTomorrow: true,
};
