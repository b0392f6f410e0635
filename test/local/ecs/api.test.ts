// The operations as clients call them: what they answer, and how they refuse.

import type { Service, Task, TaskDefinition } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { behindBalancer, type Harness, image, startHarness, webDefinition } from './harness.ts';

let ecs: Harness;
beforeEach(async () => {
  ecs = await startHarness();
});
afterEach(() => ecs.close());

const refused = async (operation: string, input: unknown): Promise<string> => {
  try {
    await ecs.call(operation, input);
    return 'accepted';
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return `${code}: ${message}`;
  }
};

describe('clusters', () => {
  it('are made once, listed, described with misses, and deleted when empty', async () => {
    const first = await ecs.call('CreateCluster', {
      clusterName: 'prod',
      serviceConnectDefaults: { namespace: 'apps' },
    });
    const second = await ecs.call('CreateCluster', { clusterName: 'prod' });
    expect(second).toEqual(first);
    expect(await ecs.call('ListClusters', {})).toMatchObject({
      clusterArns: [expect.stringContaining(':cluster/default'), expect.stringContaining(':cluster/prod')],
    });
    expect(await ecs.call('DescribeClusters', { clusters: ['prod', 'none'] })).toMatchObject({
      clusters: [{ clusterName: 'prod', status: 'ACTIVE', serviceConnectDefaults: { namespace: 'apps' } }],
      failures: [{ arn: 'arn:aws:ecs:us-east-1:000000000000:cluster/none', reason: 'MISSING' }],
    });
    expect(await ecs.call('DeleteCluster', { cluster: 'prod' })).toMatchObject({
      cluster: { status: 'INACTIVE' },
    });
  });

  it('with services cannot be deleted', async () => {
    await ecs.register();
    await ecs.createService({ desiredCount: 0 });
    expect(await refused('DeleteCluster', { cluster: 'default' })).toMatch(
      /^ClusterContainsServicesException/,
    );
  });
});

const fargate = { requiresCompatibilities: ['FARGATE'], networkMode: 'awsvpc', cpu: '256', memory: '512' };
const oneContainer = (more: object) => ({
  containerDefinitions: [{ name: 'web', image: 'web:1', memory: 64, ...more }],
});

describe('RegisterTaskDefinition', () => {
  it('counts revisions per family and reads back what was registered, with ECS’s own members', async () => {
    expect(await ecs.register()).toMatch(/:task-definition\/web:1$/);
    expect(await ecs.register()).toMatch(/:task-definition\/web:2$/);
    expect(await ecs.register({ family: 'other' })).toMatch(/:task-definition\/other:1$/);
    const { taskDefinition, tags } = await ecs.call<{ taskDefinition: TaskDefinition; tags: unknown }>(
      'DescribeTaskDefinition',
      { taskDefinition: 'web', include: ['TAGS'] },
    );
    expect(taskDefinition).toMatchObject({
      family: 'web',
      revision: 2,
      status: 'ACTIVE',
      containerDefinitions: [
        { name: 'web', essential: true, portMappings: [{ containerPort: 8080, protocol: 'tcp' }] },
      ],
    });
    expect(tags).toEqual([]);
  });

  it.each([
    ['without a family', { family: '' }, /Family/],
    ['without containers', { containerDefinitions: [] }, /Container list cannot be empty/],
    ['with an image that is none', oneContainer({ image: 'not an image' }), /invalid characters/],
    [
      'with two containers of one name',
      {
        containerDefinitions: [
          ...oneContainer({}).containerDefinitions,
          ...oneContainer({}).containerDefinitions,
        ],
      },
      /unique/,
    ],
    ['without memory anywhere', oneContainer({ memory: undefined }), /memory/],
    ['with no essential container', oneContainer({ essential: false }), /essential/],
    [
      'with a dependency on nothing',
      oneContainer({ dependsOn: [{ containerName: 'db', condition: 'START' }] }),
      /Cannot depend on container \+ 'db'/,
    ],
    [
      'with a dependency on itself',
      oneContainer({ dependsOn: [{ containerName: 'web', condition: 'START' }] }),
      /cycle/,
    ],
    [
      'with a mount of no volume',
      oneContainer({ mountPoints: [{ sourceVolume: 'data', containerPath: '/data' }] }),
      /Unknown volume 'data'/,
    ],
    ['for Fargate without awsvpc', { ...fargate, networkMode: 'bridge' }, /awsvpc/],
    ['for Fargate without sizes', { ...fargate, cpu: undefined }, /‘cpu’ and ‘memory’/],
    [
      'for Fargate with a size that is not offered',
      { ...fargate, memory: '4096' },
      /No Fargate configuration exists/,
    ],
  ])('refuses one %s', async (_what, overrides, expected) => {
    const answer = await refused('RegisterTaskDefinition', { ...webDefinition, ...overrides });
    expect(answer).toMatch(/^ClientException: /);
    expect(answer).toMatch(expected);
  });

  it.each([
    ['256', '512', '256', '512'],
    ['.25 vCPU', '1 GB', '256', '1024'],
    ['1024', '8192', '1024', '8192'],
    ['16 vCPU', '120GB', '16384', '122880'],
  ])('accepts Fargate with %s and %s, and reads back units', async (cpu, memory, cpuUnits, memoryUnits) => {
    await ecs.register({
      ...webDefinition,
      ...fargate,
      cpu,
      memory,
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
    });
    const answer = await ecs.call('DescribeTaskDefinition', { taskDefinition: 'web:1' });
    expect(answer).toMatchObject({ taskDefinition: { cpu: cpuUnits, memory: memoryUnits } });
  });
});

describe('task definitions', () => {
  it('are found by family, family:revision and ARN; deregistered ones are INACTIVE and skipped by family', async () => {
    const [first, second] = [await ecs.register(), await ecs.register()];
    await ecs.call('DeregisterTaskDefinition', { taskDefinition: second });
    const arnOf = async (taskDefinition: string): Promise<string | undefined> =>
      (await ecs.call<{ taskDefinition: TaskDefinition }>('DescribeTaskDefinition', { taskDefinition }))
        .taskDefinition.taskDefinitionArn;
    expect(await arnOf('web')).toBe(first);
    expect(await arnOf('web:2')).toBe(second);
    expect(await arnOf(first)).toBe(first);
    expect(await ecs.call('ListTaskDefinitions', { familyPrefix: 'web', status: 'INACTIVE' })).toMatchObject({
      taskDefinitionArns: [second],
    });
    expect(await refused('DescribeTaskDefinition', { taskDefinition: 'nothing' })).toBe(
      'ClientException: Unable to describe task definition.',
    );
  });

  it('are listed in pages, newest last or first', async () => {
    const arns = [await ecs.register(), await ecs.register(), await ecs.register()];
    const page = await ecs.call<{ taskDefinitionArns: string[]; nextToken?: string }>('ListTaskDefinitions', {
      familyPrefix: 'web',
      sort: 'DESC',
      maxResults: 2,
    });
    expect(page.taskDefinitionArns).toEqual([arns[2], arns[1]]);
    const rest = await ecs.call('ListTaskDefinitions', {
      familyPrefix: 'web',
      sort: 'DESC',
      nextToken: page.nextToken,
    });
    expect(rest).toEqual({ taskDefinitionArns: [arns[0]] });
  });

  it('can be deleted only when deregistered', async () => {
    const arn = await ecs.register();
    const failed = await ecs.call<{ failures: unknown[] }>('DeleteTaskDefinitions', {
      taskDefinitions: [arn],
    });
    expect(failed.failures).toHaveLength(1);
    await ecs.call('DeregisterTaskDefinition', { taskDefinition: arn });
    expect(await ecs.call('DeleteTaskDefinitions', { taskDefinitions: [arn] })).toMatchObject({
      taskDefinitions: [{ status: 'DELETE_IN_PROGRESS' }],
      failures: [],
    });
  });
});

describe('services', () => {
  it.each([
    ['in no cluster', { cluster: 'none' }, 'ClusterNotFoundException: Cluster not found.'],
    [
      'with a task definition that is not there',
      { taskDefinition: 'none' },
      'ClientException: TaskDefinition not found.',
    ],
    [
      'on Fargate with a task definition for EC2',
      { launchType: 'FARGATE' },
      'InvalidParameterException: Task definition does not support launch_type FARGATE.',
    ],
    [
      'behind a target group that is not there',
      { loadBalancers: [{ ...behindBalancer.loadBalancers[0], targetGroupArn: 'arn:x' }] },
      'InvalidParameterException: The target group arn:x does not exist.',
    ],
    [
      'with a container that is not there',
      { loadBalancers: [{ ...behindBalancer.loadBalancers[0], containerName: 'db' }] },
      'InvalidParameterException: The container db does not exist in the task definition.',
    ],
    [
      'with a port that is not there',
      { loadBalancers: [{ ...behindBalancer.loadBalancers[0], containerPort: 1 }] },
      'InvalidParameterException: The container web did not have a container port 1 defined.',
    ],
    [
      'with too little at most',
      { deploymentConfiguration: { maximumPercent: 50 } },
      'InvalidParameterException: maximumPercent must be at least 100.',
    ],
    [
      'with a strategy that is not here',
      { deploymentConfiguration: { strategy: 'BLUE_GREEN' } },
      'UnsupportedFeatureException: The local ECS deploys with the ROLLING strategy only, not BLUE_GREEN.',
    ],
  ])('are refused %s', async (_what, overrides, expected) => {
    await ecs.register();
    const input = { serviceName: 'web', taskDefinition: 'web', desiredCount: 1, ...overrides };
    expect(await refused('CreateService', input)).toBe(expected);
  });

  it('are refused behind a target group that no listener forwards to', async () => {
    await ecs.register();
    ecs.balancer.behindListener = false;
    const input = { serviceName: 'web', taskDefinition: 'web', desiredCount: 1, ...behindBalancer };
    expect(await refused('CreateService', input)).toBe(
      `InvalidParameterException: The target group with targetGroupArn ${behindBalancer.loadBalancers[0]?.targetGroupArn} does not have an associated load balancer.`,
    );
  });

  it('cannot be made twice, unless it is the same request', async () => {
    await ecs.register();
    const created = await ecs.createService({ clientToken: 'once' });
    expect((await ecs.createService({ clientToken: 'once' })).serviceArn).toBe(created.serviceArn);
    expect(
      await refused('CreateService', { serviceName: 'web', taskDefinition: 'web', desiredCount: 1 }),
    ).toBe('InvalidParameterException: Creation of service was not idempotent.');
  });

  it('that are missing are failures of DescribeServices, and errors elsewhere', async () => {
    expect(await ecs.call('DescribeServices', { services: ['none'] })).toEqual({
      services: [],
      failures: [{ arn: 'arn:aws:ecs:us-east-1:000000000000:service/default/none', reason: 'MISSING' }],
    });
    for (const operation of ['UpdateService', 'DeleteService']) {
      expect(await refused(operation, { service: 'none' })).toBe(
        'ServiceNotFoundException: Service not found.',
      );
    }
    expect(await refused('DescribeServices', { services: Array(11).fill('x') })).toMatch(
      /^InvalidParameterException/,
    );
  });

  it('show every member that clients rely on', async () => {
    await ecs.register();
    await ecs.createService({ tags: [{ key: 'team', value: 'a' }] });
    const { services } = await ecs.call<{ services: Service[] }>('DescribeServices', {
      services: ['web'],
      include: ['TAGS'],
    });
    expect(Object.keys(services[0] ?? {})).toEqual(
      expect.arrayContaining([
        'serviceArn',
        'serviceName',
        'clusterArn',
        'loadBalancers',
        'serviceRegistries',
        'status',
        'desiredCount',
        'runningCount',
        'pendingCount',
        'launchType',
        'taskDefinition',
        'deploymentConfiguration',
        'deployments',
        'events',
        'createdAt',
        'placementConstraints',
        'placementStrategy',
        'schedulingStrategy',
        'deploymentController',
        'enableECSManagedTags',
        'propagateTags',
        'enableExecuteCommand',
        'tags',
      ]),
    );
    expect(services[0]?.tags).toEqual([{ key: 'team', value: 'a' }]);
  });

  it('above 0 are deleted only by force; INACTIVE ones make room for a new one of their name', async () => {
    await ecs.register();
    await ecs.createService();
    await ecs.stable();
    expect(await refused('DeleteService', { service: 'web' })).toBe(
      'InvalidParameterException: The service cannot be stopped while it is scaled above 0.',
    );
    await ecs.call('DeleteService', { service: 'web', force: true });
    expect(await refused('UpdateService', { service: 'web', desiredCount: 2 })).toBe(
      'ServiceNotActiveException: Service was not ACTIVE.',
    );
    await ecs.until('INACTIVE', async () => (await ecs.service()).status === 'INACTIVE');
    expect(await ecs.call('ListServices', {})).toEqual({ serviceArns: [] });
    await ecs.createService();
    await ecs.stable();
  });
});

describe('UpdateService', () => {
  const network = (subnet: string) => ({
    networkConfiguration: { awsvpcConfiguration: { subnets: [subnet] } },
  });
  it.each([
    ['a new task definition', { taskDefinition: 'web:2' }, true],
    ['the same task definition', { taskDefinition: 'web:1' }, false],
    ['forceNewDeployment', { forceNewDeployment: true }, true],
    ['another load balancer', { ...behindBalancer }, true],
    ['another network', { ...network('subnet-2') }, true],
    ['the same network', { ...network('subnet-1') }, false],
    ['empty lists where there were none', { loadBalancers: [], volumeConfigurations: [] }, false],
    ['nulls', { taskDefinition: null, propagateTags: null }, false],
    ['desiredCount', { desiredCount: 2 }, false],
    ['deploymentConfiguration', { deploymentConfiguration: { minimumHealthyPercent: 50 } }, false],
    ['healthCheckGracePeriodSeconds', { healthCheckGracePeriodSeconds: 10 }, false],
    ['enableExecuteCommand', { enableExecuteCommand: true }, false],
  ])('with %s: starts a deployment = %#', async (_what, change, starts) => {
    const more = { networkMode: 'awsvpc' as const };
    await ecs.register(more);
    await ecs.register({ ...more, ...image('web:2') });
    await ecs.createService({ taskDefinition: 'web:1', ...network('subnet-1') });
    const before = await ecs.stable();
    const { service } = await ecs.call<{ service: Service }>('UpdateService', { service: 'web', ...change });
    expect(service.deployments?.[0]?.id !== before.deployments?.[0]?.id).toBe(starts);
  });

  it('refuses an inactive task definition and changes nothing', async () => {
    await ecs.register();
    await ecs.createService();
    const before = await ecs.stable();
    const arn = await ecs.register(image('web:2'));
    await ecs.call('DeregisterTaskDefinition', { taskDefinition: arn });
    expect(await refused('UpdateService', { service: 'web', taskDefinition: arn, desiredCount: 5 })).toBe(
      'ClientException: TaskDefinition is inactive',
    );
    expect(await ecs.service()).toEqual(before);
  });
});

describe('service revisions', () => {
  it('hold the digests that the deployment’s first task resolved, and later tasks run those', async () => {
    await ecs.register();
    await ecs.createService();
    const service = await ecs.stable();
    const [revision] = service.currentServiceRevisions ?? [];
    const { serviceRevisions } = await ecs.call<{
      serviceRevisions: { containerImages: { imageDigest: string }[] }[];
    }>('DescribeServiceRevisions', { serviceRevisionArns: [revision?.arn] });
    const digest = serviceRevisions[0]?.containerImages[0]?.imageDigest;
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    await ecs.call('UpdateService', { service: 'web', desiredCount: 2 });
    await ecs.stable();
    expect(ecs.runtime.pulls.map((pull) => pull.image)).toEqual([
      'localhost:5000/web:1',
      `localhost:5000/web@${digest}`,
    ]);
  });
});

describe('tasks', () => {
  it('of a service name their deployment and group; ListTasks filters by them', async () => {
    await ecs.register();
    await ecs.createService({ desiredCount: 2 });
    const service = await ecs.stable();
    await ecs.register({ family: 'job' });
    await ecs.call('RunTask', { taskDefinition: 'job', startedBy: 'me' });
    const [task] = await ecs.tasks({ serviceName: 'web' });
    expect(task).toMatchObject({ group: 'service:web', startedBy: service.deployments?.[0]?.id });
    expect(await ecs.tasks({ startedBy: service.deployments?.[0]?.id })).toHaveLength(2);
    expect(await ecs.tasks({ startedBy: 'me' })).toHaveLength(1);
    expect(await ecs.tasks({ family: 'job' })).toMatchObject([{ group: 'family:job' }]);
    expect(await ecs.tasks({})).toHaveLength(3);
    expect(await ecs.tasks({ desiredStatus: 'STOPPED' })).toEqual([]);
  });

  it('are run once per clientToken; other parameters under it are a conflict', async () => {
    await ecs.register();
    const run = (more: object) =>
      ecs.call<{ tasks: Task[] }>('RunTask', { taskDefinition: 'web', clientToken: 't', ...more });
    const first = await run({});
    expect((await run({})).tasks[0]?.taskArn).toBe(first.tasks[0]?.taskArn);
    expect(await refused('RunTask', { taskDefinition: 'web', clientToken: 't', count: 2 })).toMatch(
      /^ConflictException/,
    );
  });

  it('take overrides of command and environment', async () => {
    await ecs.register();
    const containerOverrides = [
      { name: 'web', command: ['migrate'], environment: [{ name: 'A', value: '1' }] },
    ];
    await ecs.call('RunTask', { taskDefinition: 'web', overrides: { containerOverrides } });
    await ecs.until('it runs', async () => ecs.runtime.specs.length === 1);
    expect(ecs.runtime.specs[0]).toMatchObject({ command: ['migrate'], environment: { A: '1' } });
    expect(
      await refused('RunTask', {
        taskDefinition: 'web',
        overrides: { containerOverrides: [{ name: 'db' }] },
      }),
    ).toBe(
      'InvalidParameterException: Override for container named db is not a container in the TaskDefinition.',
    );
  });

  it('that someone stops say who did it, and a service starts another', async () => {
    await ecs.register();
    await ecs.createService();
    await ecs.stable();
    const [task] = await ecs.tasks();
    await ecs.call('StopTask', { task: task?.taskArn, reason: 'because' });
    await ecs.until('another runs', async () => {
      const [other] = await ecs.tasks();
      return other !== undefined && other.taskArn !== task?.taskArn && other.lastStatus === 'RUNNING';
    });
    expect(await ecs.tasks({ desiredStatus: 'STOPPED' })).toMatchObject([
      { stopCode: 'UserInitiated', stoppedReason: 'because' },
    ]);
    expect((await ecs.service()).deployments).toMatchObject([{ failedTasks: 0 }]);
  });

  it('that are missing are failures', async () => {
    const id = '0'.repeat(32);
    expect(await ecs.call('DescribeTasks', { tasks: [id] })).toEqual({
      tasks: [],
      failures: [{ arn: `arn:aws:ecs:us-east-1:000000000000:task/default/${id}`, reason: 'MISSING' }],
    });
    expect(await refused('StopTask', { task: id })).toBe(
      'InvalidParameterException: The referenced task was not found.',
    );
  });

  it.each(['None', '0123', ''])('are never called %j', async (task) => {
    const wrong = 'InvalidParameterException: taskId length should be one of [32,36]';
    expect(await refused('DescribeTasks', { tasks: [task] })).toBe(wrong);
    expect(await refused('StopTask', { task })).toBe(wrong);
  });
});

describe('tags', () => {
  it.each([
    ['SERVICE', ['from']],
    ['TASK_DEFINITION', ['from']],
    ['NONE', []],
  ] as const)('of a service’s tasks come from %s', async (propagateTags, keys) => {
    const tags = (value: string) => ({ tags: [{ key: 'from', value }] });
    await ecs.register(tags('TASK_DEFINITION'));
    await ecs.createService({ ...tags('SERVICE'), propagateTags });
    const [task] = (await ecs.stable()) && (await ecs.tasks());
    expect(task?.tags).toEqual(keys.map((key) => ({ key, value: propagateTags })));
  });

  it('of ECS’s own are set when asked for', async () => {
    await ecs.register();
    await ecs.createService({ enableECSManagedTags: true });
    await ecs.stable();
    expect((await ecs.tasks())[0]?.tags).toEqual([
      { key: 'aws:ecs:clusterName', value: 'default' },
      { key: 'aws:ecs:serviceName', value: 'web' },
    ]);
  });

  it('are set, replaced and removed', async () => {
    const arn = await ecs.register({ tags: [{ key: 'a', value: '1' }] });
    await ecs.call('TagResource', {
      resourceArn: arn,
      tags: [
        { key: 'a', value: '2' },
        { key: 'b', value: '3' },
      ],
    });
    await ecs.call('UntagResource', { resourceArn: arn, tagKeys: ['b'] });
    expect(await ecs.call('ListTagsForResource', { resourceArn: arn })).toEqual({
      tags: [{ key: 'a', value: '2' }],
    });
    expect(await refused('ListTagsForResource', { resourceArn: `${arn}9` })).toMatch(
      /^ResourceNotFoundException/,
    );
  });
});
