/** A file that says what is registered differs from it in nothing, though ECS has filled in the rest. */
import type { TaskDefinition } from '@aws-sdk/client-ecs';
import { describe, expect, it } from '@jest/globals';
import { withDefaults } from '../../src/aws/registered-defaults.ts';
import { changesBetween } from '../../src/aws/task-definition-diff.ts';
import { changeText } from '../../src/release/preview/change.ts';

const file: TaskDefinition = {
  family: 'api',
  networkMode: 'awsvpc',
  cpu: '256',
  containerDefinitions: [
    {
      name: 'app',
      image: 'x',
      portMappings: [{ containerPort: 8080 }],
      healthCheck: { command: ['CMD', 'true'] },
      logConfiguration: { logDriver: 'awslogs' },
    },
  ],
  volumes: [{ name: 'data' }],
};

/** As ECS reads it back. */
const registered: TaskDefinition = {
  ...file,
  enableFaultInjection: false,
  placementConstraints: [],
  containerDefinitions: [
    {
      name: 'app',
      image: 'x',
      cpu: 0,
      essential: true,
      environment: [],
      mountPoints: [],
      volumesFrom: [],
      systemControls: [],
      portMappings: [{ containerPort: 8080, hostPort: 8080, protocol: 'tcp' }],
      healthCheck: { command: ['CMD', 'true'], interval: 30, timeout: 5, retries: 3 },
      logConfiguration: { logDriver: 'awslogs', options: {}, secretOptions: [] },
    },
  ],
  volumes: [{ name: 'data', host: {} }],
};

const differences = (one: TaskDefinition, other: TaskDefinition): readonly string[] =>
  changesBetween(withDefaults(one), withDefaults(other)).map(changeText);

const containerWith = (more: object): TaskDefinition => ({
  ...file,
  containerDefinitions: [{ ...file.containerDefinitions?.[0], ...more }],
});

describe('what ECS fills in', () => {
  it('is no difference', () => {
    expect(differences(registered, file)).toEqual([]);
    expect(differences(file, registered)).toEqual([]);
  });

  it('would be many without this', () => {
    expect(changesBetween(registered, file).length).toBeGreaterThan(4);
  });

  it.each<[string, TaskDefinition, readonly string[]]>([
    ['a size', { ...file, cpu: '512' }, ['cpu 256 → 512']],
    [
      'a container that is not essential',
      containerWith({ essential: false }),
      ['container app: essential true → false'],
    ],
    ['a size of a container', containerWith({ cpu: 64 }), ['container app: cpu 0 → 64']],
    [
      'a port',
      containerWith({ portMappings: [{ containerPort: 81 }] }),
      ['container app: portMappings has changed'],
    ],
    [
      'a protocol',
      containerWith({ portMappings: [{ containerPort: 8080, protocol: 'udp' }] }),
      ['container app: portMappings has changed'],
    ],
    [
      'the pace of a health check',
      containerWith({ healthCheck: { command: ['CMD', 'true'], interval: 5 } }),
      ['container app: healthCheck has changed'],
    ],
    [
      'a folder of the host',
      { ...file, volumes: [{ name: 'data', host: { sourcePath: '/x' } }] },
      ['volumes has changed'],
    ],
    ['fault injection', { ...file, enableFaultInjection: true }, ['enableFaultInjection none → true']],
    ['the network', { ...file, networkMode: 'host' }, ['networkMode awsvpc → host']],
  ])('hides no difference: %s', (_what, next, expected) => {
    expect(differences(registered, next)).toEqual(expected);
  });

  it('knows that a bridge picks a port of its own', () => {
    const bridge = { ...file, networkMode: undefined };
    const found = withDefaults({
      ...registered,
      networkMode: 'bridge',
      containerDefinitions: [
        {
          ...registered.containerDefinitions?.[0],
          portMappings: [{ containerPort: 8080, hostPort: 0, protocol: 'tcp' }],
        },
      ],
    });
    expect(changesBetween(found, withDefaults(bridge as TaskDefinition)).map(changeText)).toEqual([]);
  });

  it('leaves a range of ports alone', () => {
    const range = containerWith({ portMappings: [{ containerPortRange: '80-90' }] });
    expect(withDefaults(range).containerDefinitions?.[0]?.portMappings).toEqual([
      { containerPortRange: '80-90', protocol: 'tcp' },
    ]);
  });
});
