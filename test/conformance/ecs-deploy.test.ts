// fabfuel/ecs-deploy 1.17.0, unchanged: it ends as it ends against AWS – also where it is wrong there.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findings } from './answers.ts';
import { type Boto, startBoto } from './boto.ts';
import { clientPath, type Ran, runClient } from './clients.ts';
import { type LocalAws, startLocalAws } from './local-aws.ts';
import { cluster, isStable, programs, register, runService, service, serviceUntil } from './scene.ts';

let aws: LocalAws;
let boto: Boto;

beforeAll(async () => {
  aws = await startLocalAws();
  boto = await startBoto(aws.env);
  await boto.call('ecs', 'CreateCluster', { clusterName: cluster });
  await register(boto, 'job', 'short');
  await Promise.all([
    runService(boto, 'web'),
    runService(boto, 'unguarded'),
    runService(boto, 'careful', { breaker: 'on' }),
    runService(boto, 'guarded', { breaker: 'rollback' }),
  ]);
});

afterAll(async () => {
  await boto?.close();
  await aws?.stop();
});

const ecs = async (...args: readonly string[]): Promise<Ran> =>
  runClient(await clientPath('ecs'), args, aws.env);

/** A command instead of an image: fabfuel changes both in the same way, and no image need be built. */
const deploy = (name: string, program: keyof typeof programs, ...more: readonly string[]): Promise<Ran> =>
  ecs('deploy', cluster, name, '--command', 'app', JSON.stringify(['sh', '-c', programs[program]]), ...more);

const revisionOf = async (name: string): Promise<number> =>
  Number((await service(boto, name)).taskDefinition.split(':').at(-1));

const statusOf = async (revision: string): Promise<string> => {
  const { taskDefinition } = await boto.call<{ taskDefinition: { status: string } }>(
    'ecs',
    'DescribeTaskDefinition',
    { taskDefinition: revision },
  );
  return taskDefinition.status;
};

describe('ecs deploy', () => {
  it('of something good: exit 0, the new revision serves, the old one is deregistered', async () => {
    const ran = await deploy('web', 'good', '--env', 'app', 'COLOUR', 'green');
    expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/Deployment successful/) });
    expect(ran.stdout).toMatch(/Successfully changed task definition to: web:2/);
    expect(await service(boto, 'web')).toMatchObject({
      taskDefinition: expect.stringMatching(/web:2$/),
      deployments: [{ status: 'PRIMARY' }],
      runningCount: 1,
    });
    expect(await statusOf('web:1')).toBe('INACTIVE');
  });

  it('of a crash loop that the breaker rolls back: exit 0 and “successful”, wrong as on AWS, and the serving revision is deregistered', async () => {
    const ran = await deploy('guarded', 'crashing');
    expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/Deployment successful/) });
    expect(await revisionOf('guarded')).toBe(1);
    expect(await statusOf('guarded:1')).toBe('INACTIVE');
    await serviceUntil(boto, 'guarded', isStable);
    expect((await service(boto, 'guarded')).events.map(({ message }) => message).join('\n')).toMatch(
      /rolling back to deployment/,
    );
  });

  it('of a crash loop with the breaker off: exit 1 after its timeout, both deployments are there', async () => {
    const ran = await deploy('unguarded', 'crashing', '--timeout', '5');
    expect(ran).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/Deployment failed due to timeout/),
    });
    const { deployments } = await service(boto, 'unguarded');
    expect(deployments.map(({ status }) => status)).toEqual(['PRIMARY', 'ACTIVE']);
    expect(await statusOf('unguarded:1')).toBe('ACTIVE');
  });

  it('of a crash loop with the breaker on, without rollback: exit 1 with the breaker’s reason', async () => {
    expect(await deploy('careful', 'crashing')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(
        /Deployment Failed! ECS deployment circuit breaker: tasks failed to start\./,
      ),
    });
    const { deployments } = await service(boto, 'careful');
    expect(deployments).toMatchObject([{ status: 'PRIMARY', rolloutState: 'FAILED' }, { status: 'ACTIVE' }]);
  });

  it('with its own rollback: exit 1, the old revision serves again', async () => {
    const ran = await deploy('web', 'crashing', '--timeout', '4', '--rollback');
    expect(ran).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/Rollback successful/),
      stderr: expect.stringMatching(/has been rolled back to previous task definition: web:2/),
    });
    expect(await revisionOf('web')).toBe(2);
  });

  it.each([
    [
      'a service that never was',
      ['deploy', cluster, 'nobody'],
      /An error occurred when calling|does not exist|Service .* not found|nobody/,
    ],
    ['a cluster that never was', ['deploy', 'none', 'web'], /ClusterNotFoundException|Cluster not found/],
  ])('of %s: exit 1', async (_what, args, text) => {
    expect(await ecs(...args)).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(text) });
  });
});

describe('ecs scale', () => {
  it('up and down again: exit 0 with the tasks there', async () => {
    expect(await ecs('scale', cluster, 'web', '2')).toMatchObject({ exitCode: 0 });
    expect(await service(boto, 'web')).toMatchObject({ desiredCount: 2, runningCount: 2 });
    expect(await ecs('scale', cluster, 'web', '0')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/Scaling successful/),
    });
    expect(await service(boto, 'web')).toMatchObject({ desiredCount: 0 });
  });

  it('of a service whose tasks crash: exit 1, by its timeout or by ECS’s event “unable to consistently start tasks”', async () => {
    expect(await ecs('scale', cluster, 'unguarded', '2', '--timeout', '3')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^Scaling failed/m),
    });
  });
});

describe('ecs run', () => {
  it('starts tasks with the command and variables that it is told', async () => {
    const ran = await ecs('run', cluster, 'job', '2', '--env', 'app', 'COLOUR', 'red');
    expect(ran).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/Successfully started 2 instances of task: job:1/),
    });
    const arns = [...ran.stdout.matchAll(/arn:aws:ecs:\S+:task\/\S+/g)].map(([arn]) => arn);
    const { tasks } = await boto.call<{ tasks: object[] }>('ecs', 'DescribeTasks', { cluster, tasks: arns });
    expect(tasks).toHaveLength(2);
    for (const task of tasks)
      expect(task).toMatchObject({
        startedBy: 'ECS Deploy',
        overrides: { containerOverrides: [{ name: 'app', environment: [{ name: 'COLOUR', value: 'red' }] }] },
      });
  });

  it('of a task definition that never was: exit 1', async () => {
    expect(await ecs('run', cluster, 'nothing')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/Unknown task definition arn: nothing/),
    });
  });
});

describe('ecs update', () => {
  it('makes a revision and deregisters the one before', async () => {
    expect(await ecs('update', 'job', '--image', 'app', 'busybox:latest')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(
        /Successfully created revision: 2[\s\S]*Successfully deregistered revision: 1/,
      ),
    });
    expect(await ecs('diff', 'job', '1', '2')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/busybox:stable[\s\S]*busybox:latest/),
    });
  });

  it('of a task definition that never was: exit 1', async () => {
    expect(await ecs('update', 'nothing')).toMatchObject({ exitCode: 1 });
  });
});

it('every answer given here fits botocore’s model', async () => {
  expect(await findings(aws.exchanges)).toEqual([]);
});
