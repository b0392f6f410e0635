import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CancelledFailure } from '@temporalio/activity';
import { type FailedJudgement, gatherEvidence } from '../../src/activities/gather-evidence.ts';
import { RefusedByServiceError } from '../../src/errors.ts';
import type { Expectation } from '../../src/release/judging/judge.ts';
import { createWorld, type World } from './world.ts';

const task = (id: string): string => `arn:aws:ecs:eu-west-1:123456789012:task/shop/${id}`;

let world: World;
let rollout: Expectation;
beforeEach(() => {
  world = createWorld();
  const taskDefinition = world.ecs.addTaskDefinition('shop', { app: 'x:1' });
  world.ecs.addService('api', taskDefinition, {
    loadBalancers: [{ targetGroupArn: 'tg/api/1', containerName: 'app', containerPort: 80 }],
  });
  const deploymentId = world.ecs.primary('api').id ?? '';
  rollout = { service: 'api', taskDefinition, deploymentId, baseline: null, startedAtMs: 0 };
});

const failed = (more: Partial<FailedJudgement> = {}): FailedJudgement => ({
  state: 'failed',
  kind: 'task-failed',
  summary: 'container app exited with code 1, 2 times',
  evidence: ['task 2 stopped'],
  context: ['event: trouble'],
  suspects: [{ taskArn: task('2'), containers: ['app'] }],
  ...more,
});
const gather = (judgement = failed(), ports = world.ports): Promise<readonly string[]> =>
  gatherEvidence(ports, 'shop', rollout, judgement);

describe('the evidence of a failed rollout', () => {
  it('is how tasks stopped, their last words, the targets, and what ECS says, in this order', async () => {
    world.written.set(`app ${task('2')}`, ['KeyError', 'DATABASE_URL']);
    world.targets.set('tg/api/1', [
      {
        id: '10.0.0.7',
        port: 80,
        state: 'unhealthy',
        reason: 'Target.Timeout',
        description: 'Request timed out',
      },
      { id: '10.0.0.1', port: 80, state: 'healthy', reason: null, description: null },
      { id: '10.0.0.2', port: 80, state: 'healthy', reason: null, description: null },
    ]);
    world.ecs.startTask('api', {
      taskArn: task('3'),
      containers: [{ name: 'app', networkInterfaces: [{ privateIpv4Address: '10.0.0.7' }] }],
    });
    expect(await gather()).toEqual([
      'task 2 stopped',
      'last 50 lines of container app, task 2:',
      '  KeyError',
      '  DATABASE_URL',
      'target 10.0.0.7:80 of task 3: unhealthy, Target.Timeout: Request timed out',
      'other targets in target group api: 2 healthy',
      'event: trouble',
    ]);
  });

  it('has the words of a task that failed alike when those of the newest have not arrived', async () => {
    world.written.set(`app ${task('1')}`, ['KeyError']);
    const suspects = ['2', '1'].map((id) => ({ taskArn: task(id), containers: ['app', 'proxy'] }));
    expect(await gather(failed({ suspects }))).toContain('last 50 lines of container app, task 1:');
    expect(world.tailed).toEqual([`app ${task('2')}`, `app ${task('1')}`]);
  });

  it('says that there are no words', async () => {
    expect(await gather()).toContain('container app, task 2: no log lines in CloudWatch Logs');
  });

  it('is no longer than fits into a report: the oldest lines go first', async () => {
    const long = Array.from({ length: 50 }, (_, index) => `${index} ${'€'.repeat(290)}`);
    world.written.set('app', long);
    const lines = await gather();
    expect(Buffer.byteLength(lines.join('\n'))).toBeLessThanOrEqual(12_000);
    expect(lines).toContain(`  ${long[49]}`);
    expect(lines).not.toContain(`  ${long[30]}`);
    expect(lines.at(-1)).toBe('event: trouble');
  });

  it.each<[string, () => void, string]>([
    [
      'runs, unhealthy, the container that says so',
      () =>
        world.ecs.startTask('api', {
          taskArn: task('7'),
          containers: [{ name: 'app' }, { name: 'proxy', healthStatus: 'UNHEALTHY' }],
        }),
      `proxy ${task('7')}`,
    ],
    [
      'runs without getting on, the container behind the load balancer',
      () =>
        world.ecs.startTask('api', { taskArn: task('7'), containers: [{ name: 'agent' }, { name: 'app' }] }),
      `app ${task('7')}`,
    ],
    [
      'was stopped by ECS',
      () =>
        world.ecs.stopTask('api', {
          taskArn: task('7'),
          stopCode: 'ServiceSchedulerInitiated',
          stoppedReason: 'Scaling activity initiated by (deployment x)',
          containers: [{ name: 'app', exitCode: 143 }],
        }),
      `app ${task('7')}`,
    ],
  ])('asks, where none failed, the newest task of ours: where it %s', async (_what, arrange, asked) => {
    arrange();
    await gather(failed({ kind: 'stalled', suspects: [] }));
    expect(world.tailed).toEqual([asked]);
  });

  it('never asks the tasks of another deployment', async () => {
    world.ecs.startTask('api', { startedBy: 'ecs-svc/theirs', containers: [{ name: 'app' }] });
    await gather(failed({ kind: 'stalled', suspects: [] }));
    expect(world.tailed).toEqual([]);
  });

  it.each(['foreign-change', 'service-gone'] as const)('needs no more of a %s', async (kind) => {
    expect(await gather(failed({ kind }))).toEqual(['task 2 stopped', 'event: trouble']);
    expect(world.ecs.calls).toEqual([]);
    expect(world.tailed).toEqual([]);
  });
});

describe('the targets', () => {
  it('are not asked where tasks crashed: that is no matter of health', async () => {
    world.targets.set('tg/api/1', [
      { id: '10.0.0.1', port: 80, state: 'healthy', reason: null, description: null },
    ]);
    world.ecs.stopTask('api', { containers: [{ name: 'app', exitCode: 1 }] });
    expect((await gather()).join('\n')).not.toMatch(/target/);
  });

  it('are found by the port of the host, where they are instances', async () => {
    world.targets.set('tg/api/1', [
      {
        id: 'i-0123',
        port: 32_768,
        state: 'initial',
        reason: 'Elb.RegistrationInProgress',
        description: null,
      },
      { id: 'i-0123', port: 32_769, state: 'healthy', reason: null, description: null },
    ]);
    world.ecs.startTask('api', {
      taskArn: task('3'),
      containers: [{ name: 'app', networkBindings: [{ hostPort: 32_768 }] }],
    });
    expect(await gather()).toEqual(
      expect.arrayContaining([
        'target i-0123:32768 of task 3: initial, Elb.RegistrationInProgress',
        'other targets in target group api: 1 healthy',
      ]),
    );
  });

  it('may have none of ours', async () => {
    expect(await gather()).toContain('no target of the new tasks is in target group api');
  });
});

describe('what cannot be read', () => {
  it('does not hide the failure', async () => {
    const refuse = async (): Promise<never> => {
      throw new RefusedByServiceError('AccessDeniedException');
    };
    const { ports } = world;
    for (const operation of ['runningTasks', 'stoppedTasks', 'describeRawServices'] as const) {
      world.ecs.fault(operation, 1, 'deny');
    }
    const lines = await gather(failed(), {
      ...ports,
      logs: { tail: refuse },
      loadBalancers: { ...ports.loadBalancers, targetHealth: refuse },
    });
    expect(lines[0]).toBe('task 2 stopped');
    expect(lines.at(-1)).toBe('event: trouble');
  });

  it('is not waited for without end', async () => {
    jest.useFakeTimers();
    try {
      const logs = { tail: () => new Promise<never>(() => undefined) };
      const gathering = gather(failed(), { ...world.ports, logs });
      await jest.advanceTimersByTimeAsync(20_000);
      expect(await gathering).toContain('container app, task 2: no log lines in CloudWatch Logs');
    } finally {
      jest.useRealTimers();
    }
  });

  it('is not waited for by a cancelled release', async () => {
    const logs = {
      tail: async () => {
        throw new CancelledFailure('CANCELLED');
      },
    };
    await expect(gather(failed(), { ...world.ports, logs })).rejects.toBeInstanceOf(CancelledFailure);
  });
});
