// What RegisterTaskDefinition refuses, as a table, in ECS's own words.
import type { ContainerDefinition, RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import { describe, expect, it } from '@jest/globals';
import { checkTaskDefinition } from '../../../../src/local/ecs/task-definitions/task-definition-rules.ts';

type Input = Partial<RegisterTaskDefinitionCommandInput>;

const role = 'arn:aws:iam::000000000000:role/execution';
const web: ContainerDefinition = { name: 'web', image: 'web:1', memory: 64 };
const awslogs = { logDriver: 'awslogs' as const, options: { 'awslogs-group': '/web' } };
const fargate: Input = {
  networkMode: 'awsvpc',
  requiresCompatibilities: ['FARGATE'],
  cpu: '256',
  memory: '512',
};

const check = (container: Partial<ContainerDefinition>, more: Input = {}) =>
  checkTaskDefinition({ family: 'web', containerDefinitions: [{ ...web, ...container }], ...more });

describe('a task definition', () => {
  it.each<[string, Partial<ContainerDefinition>, Input]>([
    ['with a port range', { portMappings: [{ containerPortRange: '8000-8003' }] }, {}],
    ['with a link on bridge', { links: ['web'], extraHosts: [{ hostname: 'a', ipAddress: '1.1.1.1' }] }, {}],
    [
      'for Fargate with logs and a role',
      { logConfiguration: awslogs },
      { ...fargate, executionRoleArn: role },
    ],
    ['for Fargate with more storage', {}, { ...fargate, ephemeralStorage: { sizeInGiB: 200 } }],
    [
      'with nulls, as some clients leave members out',
      {
        portMappings: [{ containerPort: 80, containerPortRange: null }],
        linuxParameters: { maxSwap: null },
        links: null,
      } as never,
      { ...fargate, ephemeralStorage: { sizeInGiB: null } } as never,
    ],
    ['for EC2 with logs and without a role', { logConfiguration: awslogs }, {}],
    [
      'with the most patient health check',
      { healthCheck: { command: ['NONE'], interval: 300, timeout: 60, retries: 10, startPeriod: 300 } },
      {},
    ],
  ])('%s is accepted', (_what, container, more) => {
    expect(() => check(container, more)).not.toThrow();
  });

  it.each<[string, Partial<ContainerDefinition>, Input]>([
    ["Invalid 'cpu' setting for task.", {}, { cpu: 'much' }],
    [
      "Invalid setting for container 'web'. 'memory' must be greater than or equal to 'memoryReservation'.",
      { memoryReservation: 65 },
      {},
    ],
    [
      "The 'memory' setting for container 'web' is greater than for the task.",
      { memory: 513 },
      { memory: '512' },
    ],
    ...(['interval', 'timeout', 'retries', 'startPeriod'] as const).map(
      (name, index): [string, Partial<ContainerDefinition>, Input] => {
        const maximum = [300, 60, 10, 300][index] ?? 0;
        return [
          `healthCheck.${name} must not be greater than ${maximum}, or negative.`,
          { healthCheck: { command: ['NONE'], [name]: maximum + 1 } },
          {},
        ];
      },
    ),
    [
      'Log driver awslogs requires options: awslogs-group.',
      { logConfiguration: { logDriver: 'awslogs' } },
      {},
    ],
    ['Links are not supported when networkMode=awsvpc.', { links: ['web'] }, { networkMode: 'awsvpc' }],
    [
      'Extra hosts are not supported when networkMode=awsvpc.',
      { extraHosts: [{ hostname: 'a', ipAddress: '1.1.1.1' }] },
      { networkMode: 'awsvpc' },
    ],
    [
      'hostname is not supported on container when networkMode=awsvpc.',
      { hostname: 'a' },
      { networkMode: 'awsvpc' },
    ],
    [
      'When networkMode=awsvpc, the host ports and container ports in port mappings must match.',
      { portMappings: [{ containerPort: 80, hostPort: 8080 }] },
      { networkMode: 'awsvpc' },
    ],
    [
      'cannot specify both single port and port range.',
      { portMappings: [{ containerPort: 80, containerPortRange: '80-81' }] },
      {},
    ],
    ["Invalid 'containerPortRange' setting.", { portMappings: [{ containerPortRange: '81-80' }] }, {}],
    [
      'container port is used multiple times in task.',
      { portMappings: [{ containerPort: 80 }, { containerPort: 80 }] },
      { networkMode: 'awsvpc' },
    ],
    [
      'The local ECS has no EFS volumes (data).',
      {},
      { volumes: [{ name: 'data', efsVolumeConfiguration: { fileSystemId: 'fs-1' } }] },
    ],
    [
      'The local ECS has no S3, where environmentFiles of container web would be read from.',
      { environmentFiles: [{ type: 's3', value: 'arn:aws:s3:::bucket/env' }] },
      {},
    ],
    [
      'Invalid expression for placement constraint: zone == blue',
      {},
      { placementConstraints: [{ type: 'memberOf', expression: 'zone == blue' }] },
    ],
    ['Fargate only supports network mode ‘awsvpc’.', {}, { ...fargate, networkMode: 'bridge' }],
    [
      'No Fargate configuration exists for given values: 1024 CPU, 1024 memory. See the Amazon ECS documentation for the valid values.',
      {},
      { ...fargate, cpu: '1024', memory: '1024' },
    ],
    ["Fargate requires that the 'privileged' setting be 'false'.", { privileged: true }, fargate],
    [
      'Fargate compatible task definitions do not support sourcePath.',
      {},
      { ...fargate, volumes: [{ name: 'a', host: { sourcePath: '/a' } }] },
    ],
    [
      'Fargate compatible task definitions do not support devices.',
      { linuxParameters: { devices: [{ hostPath: '/dev/a' }] } },
      fargate,
    ],
    ['EphemeralStorage size should be at least 21.', {}, { ...fargate, ephemeralStorage: { sizeInGiB: 20 } }],
    [
      'EphemeralStorage size should be at most 200.',
      {},
      { ...fargate, ephemeralStorage: { sizeInGiB: 201 } },
    ],
    [
      'syslog is not a valid log driver. Must be one of [awslogs,splunk,awsfirelens].',
      { logConfiguration: { logDriver: 'syslog' } },
      fargate,
    ],
    [
      'Fargate requires task definition to have execution role ARN to support log driver awslogs.',
      { logConfiguration: awslogs },
      fargate,
    ],
    [
      "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
      { secrets: [{ name: 'A', valueFrom: 'a' }] },
      fargate,
    ],
    [
      'Tasks using the Fargate launch type must have a container stop timeout of less than 120 seconds.',
      { stopTimeout: 121 },
      fargate,
    ],
  ])('is refused: %s', (message, container, more) => {
    expect(() => check(container, more)).toThrow(message);
  });

  it.each<[string, ContainerDefinition['dependsOn'], Partial<ContainerDefinition>]>([
    [
      "Cannot depend on container + 'none' because it does not exist.",
      [{ containerName: 'none', condition: 'START' }],
      {},
    ],
    [
      'A dependency container with HEALTHY condition must have health check configured.',
      [{ containerName: 'db', condition: 'HEALTHY' }],
      {},
    ],
    [
      'A dependency container with SUCCESS or COMPLETE condition cannot be an essential container.',
      [{ containerName: 'db', condition: 'SUCCESS' }],
      {},
    ],
    [
      'Container dependencies must not form a cycle.',
      [{ containerName: 'db', condition: 'START' }],
      { dependsOn: [{ containerName: 'web', condition: 'START' }] },
    ],
  ])('is refused: %s', (message, dependsOn, db) => {
    const containerDefinitions = [
      { ...web, dependsOn },
      { name: 'db', image: 'db:1', memory: 1, ...db },
    ];
    expect(() => checkTaskDefinition({ family: 'web', containerDefinitions })).toThrow(message);
  });
});
