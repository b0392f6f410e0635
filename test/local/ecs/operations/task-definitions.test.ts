// Task definitions as clients register, find, list and delete them.
import type { TaskDefinition } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Harness, refusal, startHarness, webDefinition } from '../harness.ts';

let ecs: Harness;
beforeEach(async () => {
  ecs = await startHarness();
});
afterEach(() => ecs.close());

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
    const answer = await refusal(ecs, 'RegisterTaskDefinition', { ...webDefinition, ...overrides });
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
    expect(await refusal(ecs, 'DescribeTaskDefinition', { taskDefinition: 'nothing' })).toBe(
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
