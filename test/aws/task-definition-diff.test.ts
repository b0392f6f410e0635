/** In what a task definition differs from another: named, without a value that may be secret. */
import type { ContainerDefinition, TaskDefinition } from '@aws-sdk/client-ecs';
import { describe, expect, it } from '@jest/globals';
import { differencesOf } from '../../src/aws/task-definition-diff.ts';

const container: ContainerDefinition = {
  name: 'app',
  image: 'shop/api@sha256:1',
  cpu: 128,
  command: ['serve'],
  environment: [
    { name: 'LEVEL', value: 'info' },
    { name: 'GONE', value: 'x' },
  ],
  secrets: [{ name: 'KEY', valueFrom: 'arn:secret/1' }],
};

const base: TaskDefinition = { family: 'api', cpu: '256', memory: '512', containerDefinitions: [container] };

const changed = (more: Partial<ContainerDefinition>): TaskDefinition => ({
  ...base,
  containerDefinitions: [{ ...container, ...more }],
});

describe('the differences between two task definitions', () => {
  it.each<[string, TaskDefinition, readonly string[]]>([
    ['none', base, []],
    [
      'the image',
      changed({ image: 'shop/api:latest' }),
      ['container app: image shop/api@sha256:1 → shop/api:latest'],
    ],
    ['a size of the task', { ...base, cpu: '512' }, ['cpu 256 → 512']],
    ['a role', { ...base, taskRoleArn: 'arn:role/x' }, ['taskRoleArn none → arn:role/x']],
    ['volumes', { ...base, volumes: [{ name: 'v' }] }, ['volumes has changed']],
    ['a size of a container', changed({ cpu: 256 }), ['container app: cpu 128 → 256']],
    [
      'a command, which may hold a secret',
      changed({ command: ['serve', '--key=s3cret'] }),
      ['container app: command has changed'],
    ],
    [
      'variables, by name only',
      changed({
        environment: [
          { name: 'LEVEL', value: 's3cret' },
          { name: 'DEBUG', value: 's3cret' },
        ],
      }),
      [
        'container app: variable LEVEL has another value',
        'container app: variable GONE is gone',
        'container app: variable DEBUG is new',
      ],
    ],
    [
      'a secret',
      changed({ secrets: [{ name: 'KEY', valueFrom: 'arn:secret/2' }] }),
      ['container app: secret KEY has another value'],
    ],
    [
      'a container more, another one less',
      { ...base, containerDefinitions: [{ name: 'proxy', image: 'envoy' }] },
      ['container app is gone', 'container proxy is new'],
    ],
  ])('%s', (_what, other, lines) => {
    expect(differencesOf(base, other)).toEqual(lines);
    expect(lines.join()).not.toContain('s3cret');
  });

  it.each<[string, TaskDefinition]>([
    [
      'what only a registered one has',
      { ...base, revision: 9, taskDefinitionArn: 'arn:9', registeredBy: 'me', status: 'INACTIVE' },
    ],
    ['what is empty', changed({ mountPoints: [], portMappings: [] })],
    ['the order of variables', changed({ environment: container.environment?.toReversed() ?? [] })],
    [
      'the order of fields',
      JSON.parse(
        JSON.stringify({
          ...base,
          containerDefinitions: [Object.fromEntries(Object.entries(container).toReversed())],
        }),
      ),
    ],
  ])('mean nothing: %s', (_what, other) => {
    expect(differencesOf(base, other)).toEqual([]);
  });

  it('are as many as a person can read', () => {
    const environment = Array.from({ length: 30 }, (_, index) => ({ name: `V${index}`, value: '1' }));
    const lines = differencesOf(base, changed({ environment }));
    expect(lines).toHaveLength(13);
    expect(lines.at(-1)).toBe('and 20 more');
  });
});
