// awscli's ECS waiters, unchanged: each ends well where ECS would let it, and fails in its own words where ECS would.
// awscli waits 15 s (6 s for tasks) between two looks, up to 100 times, and cannot be told otherwise. So its failing
// twins are those that fail at the first look; those that only run out of looks are the same waiters, from the same
// model (botocore's waiters-2.json), through boto3 with a shorter pace.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findings } from './answers.ts';
import { type Boto, startBoto } from './boto.ts';
import { type LocalAws, startLocalAws } from './local-aws.ts';
import { cluster, isStable, register, runService, runTask, service, serviceUntil } from './scene.ts';

let aws: LocalAws;
let boto: Boto;
let running: string;
let stopped: string;

beforeAll(async () => {
  aws = await startLocalAws();
  boto = await startBoto(aws.env);
  await boto.call('ecs', 'CreateCluster', { clusterName: cluster });
  await register(boto, 'task', 'good');
  await register(boto, 'ended', 'crashing');
  [running, stopped] = await Promise.all([
    runTask(boto, 'task', 'RUNNING'),
    runTask(boto, 'ended', 'STOPPED'),
    runService(boto, 'healthy'),
    runService(boto, 'looping'),
    runService(boto, 'guarded', { breaker: 'rollback' }),
    runService(boto, 'slow', { stopTimeout: 12 }, 'deaf'),
    runService(boto, 'leaving', { stopTimeout: 12 }, 'deaf'),
    runService(boto, 'gone'),
  ]);
  await boto.call('ecs', 'DeleteService', { cluster, service: 'gone', force: true });
  await serviceUntil(boto, 'gone', ({ status }) => status === 'INACTIVE');
});

afterAll(async () => {
  await boto?.close();
  await aws?.stop();
});

const wait = (waiter: string, ...args: readonly string[]) =>
  aws.aws('ecs', 'wait', waiter, '--cluster', cluster, ...args);

const deploy = async (name: string, program: 'good' | 'crashing'): Promise<void> => {
  await boto.call('ecs', 'UpdateService', {
    cluster,
    service: name,
    taskDefinition: await register(boto, name, program),
  });
};

const matched = (expression: string, text: string): RegExp =>
  new RegExp(
    `Waiter encountered a terminal failure state: For expression "${expression.replaceAll(/[[\]]/g, '\\$&')}" we matched expected path: "${text}" at least once`,
  );

describe('at the first look', () => {
  it.each([
    ['services-stable', 'a service with one deployment and all its tasks', () => ['--services', 'healthy']],
    ['tasks-running', 'a task that runs', () => ['--tasks', running]],
    ['tasks-stopped', 'a task that crashed', () => ['--tasks', stopped]],
    ['services-inactive', 'a deleted service', () => ['--services', 'gone']],
  ])('%s ends well with %s', async (waiter, _what, args) => {
    expect(await wait(waiter, ...args())).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  });

  it.each([
    [
      'services-stable',
      'a service that never was',
      () => ['--services', 'healthy', 'nobody'],
      matched('failures[].reason', 'MISSING'),
    ],
    [
      'services-stable',
      'a deleted service',
      () => ['--services', 'gone'],
      matched('services[].status', 'INACTIVE'),
    ],
    [
      'tasks-running',
      'a task that crashed',
      () => ['--tasks', running, stopped],
      matched('tasks[].lastStatus', 'STOPPED'),
    ],
    [
      'tasks-running',
      'a task that never was',
      () => ['--tasks', '0123456789abcdef0123456789abcdef'],
      matched('failures[].reason', 'MISSING'),
    ],
    [
      'services-inactive',
      'a service that never was',
      () => ['--services', 'nobody'],
      matched('failures[].reason', 'MISSING'),
    ],
  ])('%s exits 255 with %s', async (waiter, _what, args, text) => {
    expect(await wait(waiter, ...args())).toMatchObject({
      exitCode: 255,
      stdout: '',
      stderr: expect.stringMatching(text),
    });
  });

  it('a cluster that never was is an error of the call', async () => {
    expect(
      await aws.aws('ecs', 'wait', 'services-stable', '--cluster', 'none', '--services', 'healthy'),
    ).toMatchObject({
      exitCode: 255,
      stderr: expect.stringMatching(
        /Waiter ServicesStable failed: An error occurred \(ClusterNotFoundException\)/,
      ),
    });
  });
});

it('what is under way at the first look has arrived at the second; a draining service is refused at once', async () => {
  const task = await runTask(boto, 'task', 'RUNNING');
  await deploy('slow', 'good');
  await boto.call('ecs', 'DeleteService', { cluster, service: 'leaving', force: true });
  await boto.call('ecs', 'StopTask', { cluster, task });
  const before = await service(boto, 'slow');
  const [stable, inactive, stoppedTask, draining] = await Promise.all([
    wait('services-stable', '--services', 'slow'),
    wait('services-inactive', '--services', 'leaving'),
    wait('tasks-stopped', '--tasks', task),
    wait('services-stable', '--services', 'leaving'),
  ]);
  expect(before.deployments).toHaveLength(2);
  expect(stable).toMatchObject({ exitCode: 0, stderr: '' });
  expect(stable.tookMs).toBeGreaterThan(14_000);
  expect((await service(boto, 'slow')).taskDefinition).toMatch(/slow:2$/);
  expect(inactive).toMatchObject({ exitCode: 0, stderr: '' });
  expect(inactive.tookMs).toBeGreaterThan(14_000);
  expect(stoppedTask).toMatchObject({ exitCode: 0, stderr: '' });
  expect(draining).toMatchObject({
    exitCode: 255,
    stderr: expect.stringMatching(matched('services[].status', 'DRAINING')),
  });
});

it('services-stable is content after the breaker has rolled back: wrong, and the same on AWS', async () => {
  await deploy('guarded', 'crashing');
  const failed = await serviceUntil(boto, 'guarded', ({ taskDefinition }) =>
    /guarded:1$/.test(taskDefinition),
  );
  expect(failed.events.map(({ message }) => message).join('\n')).toMatch(/rolling back to deployment/);
  await serviceUntil(boto, 'guarded', isStable);
  expect(await wait('services-stable', '--services', 'guarded')).toMatchObject({ exitCode: 0, stderr: '' });
});

describe('when the looks run out (the same model through boto3, at a shorter pace)', () => {
  const pace = { delay: 1, attempts: 3 };

  it.each([
    ['ServicesInactive', 'a service that is alive', () => ({ cluster, services: ['healthy'] })],
    ['TasksStopped', 'a task that runs', () => ({ cluster, tasks: [running, stopped] })],
    [
      'TasksStopped',
      'a task that never was',
      () => ({ cluster, tasks: ['0123456789abcdef0123456789abcdef'] }),
    ],
  ])('%s fails with %s', async (waiter, _what, input) => {
    await expect(boto.wait('ecs', waiter, input(), pace)).rejects.toMatchObject({
      kind: 'WaiterError',
      message: `Waiter ${waiter} failed: Max attempts exceeded`,
    });
  });

  it('ServicesStable fails with a service whose new tasks crash for ever and nobody rolls back', async () => {
    await deploy('looping', 'crashing');
    await expect(
      boto.wait('ecs', 'ServicesStable', { cluster, services: ['looping'] }, { delay: 1, attempts: 5 }),
    ).rejects.toMatchObject({ message: 'Waiter ServicesStable failed: Max attempts exceeded' });
    const { deployments } = await service(boto, 'looping');
    expect(deployments).toMatchObject([
      { status: 'PRIMARY', rolloutState: 'IN_PROGRESS', runningCount: 0, failedTasks: expect.any(Number) },
      { status: 'ACTIVE', runningCount: 1 },
    ]);
    expect(deployments[0]?.failedTasks).toBeGreaterThan(1);
  });

  it('and all four end well with what is as they want it', async () => {
    const states = [
      ['ServicesStable', { cluster, services: ['healthy', 'guarded'] }],
      ['ServicesInactive', { cluster, services: ['gone'] }],
      ['TasksRunning', { cluster, tasks: [running] }],
      ['TasksStopped', { cluster, tasks: [stopped] }],
    ] as const;
    for (const [waiter, input] of states)
      await expect(boto.wait('ecs', waiter, input, pace)).resolves.toBeUndefined();
  });
});

it('every answer given here fits botocore’s model', async () => {
  expect(await findings(aws.exchanges)).toEqual([]);
});
