// `dependsOn` as a table: what a container waits for, for how long, and in which order containers end.
import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { describe, expect, it } from '@jest/globals';
import type { ContainerRecord } from '../../../../src/local/ecs/model.ts';
import { dependenciesOf, readiness, stopInOrder } from '../../../../src/local/ecs/tasks/dependencies.ts';

const nowMs = 100_000;

const container = (more: Partial<ContainerRecord>): ContainerRecord => ({
  name: 'db',
  arn: 'arn',
  image: 'db',
  essential: true,
  lastStatus: 'RUNNING',
  healthStatus: 'UNKNOWN',
  networkBindings: [],
  runtimeId: 'id',
  startedAtMs: nowMs - 10_000,
  ...more,
});

const of = (condition: string, more: Partial<ContainerRecord>, definition: ContainerDefinition = {}) =>
  readiness({
    target: 'app',
    dependsOn: [{ containerName: 'db', condition: condition as 'START' }],
    containers: [container(more)],
    definitions: [{ name: 'db', ...definition }],
    nowMs,
  });

describe('a dependency', () => {
  it.each([
    ['START', { lastStatus: 'PENDING' }, 'wait'],
    ['START', {}, 'ready'],
    ['START', { lastStatus: 'STOPPED', exitCode: 1 }, 'ready'],
    ['START', { lastStatus: 'STOPPED', runtimeId: undefined }, 'never'],
    ['COMPLETE', {}, 'wait'],
    ['COMPLETE', { lastStatus: 'STOPPED', exitCode: 1 }, 'ready'],
    ['COMPLETE', { lastStatus: 'STOPPED', runtimeId: undefined }, 'never'],
    ['SUCCESS', {}, 'wait'],
    ['SUCCESS', { lastStatus: 'STOPPED', exitCode: 0 }, 'ready'],
    ['SUCCESS', { lastStatus: 'STOPPED', exitCode: 1 }, 'never'],
    ['HEALTHY', {}, 'wait'],
    ['HEALTHY', { healthStatus: 'HEALTHY' }, 'ready'],
    ['HEALTHY', { healthStatus: 'UNHEALTHY' }, 'never'],
    ['HEALTHY', { lastStatus: 'STOPPED', exitCode: 0 }, 'never'],
  ] as const)('with %s on %j: %s', (condition, more, expected) => {
    expect(of(condition, more as Partial<ContainerRecord>).state).toBe(expected);
  });

  it.each(['COMPLETE', 'SUCCESS', 'HEALTHY'])(
    'with %s is given up after the startTimeout of what it waits for',
    (condition) => {
      expect(of(condition, {}, { startTimeout: 11 })).toEqual({ state: 'wait', untilMs: nowMs + 1000 });
      expect(of(condition, {}, { startTimeout: 10 })).toEqual({
        state: 'never',
        reason: 'dependency graph: container ordering dependency [db] for target [app] has timed out.',
      });
    },
  );

  it('is not given up before it has started', () => {
    expect(
      of('HEALTHY', { lastStatus: 'PENDING', startedAtMs: undefined } as never, { startTimeout: 1 }),
    ).toEqual({ state: 'wait' });
  });

  it('comes of links and volumesFrom, too', () => {
    const definition: ContainerDefinition = {
      links: ['cache:redis', 'db'],
      volumesFrom: [{ sourceContainer: 'assets' }],
      dependsOn: [{ containerName: 'db', condition: 'HEALTHY' }],
    };
    expect(dependenciesOf(definition)).toEqual([
      { containerName: 'db', condition: 'HEALTHY' },
      { containerName: 'cache', condition: 'START' },
      { containerName: 'assets', condition: 'START' },
    ]);
  });
});

describe('at the end', () => {
  it('a container is stopped when those that depend on it have ended', async () => {
    const log: string[] = [];
    const on = (containerName: string): ContainerDefinition['dependsOn'] => [
      { containerName, condition: 'START' },
    ];
    await stopInOrder(
      [
        { name: 'db' },
        { name: 'api', dependsOn: on('db') },
        { name: 'web', dependsOn: on('api') },
        { name: 'lone' },
      ],
      async (name) => {
        log.push(`stop ${name}`);
        await new Promise((resolve) => setImmediate(resolve));
        log.push(`${name} ended`);
      },
    );
    expect(log.filter((line) => !line.includes('lone'))).toEqual([
      'stop web',
      'web ended',
      'stop api',
      'api ended',
      'stop db',
      'db ended',
    ]);
    expect(log.indexOf('stop lone')).toBeLessThan(log.indexOf('web ended'));
  });
});
