// Tasks as clients run, list, stop and describe them.
import type { Task } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Harness, refusal, startHarness, withoutDisk } from '../harness.ts';

let ecs: Harness;
beforeEach(async () => {
  ecs = await startHarness();
});
afterEach(() => ecs.close());

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
    expect(await refusal(ecs, 'RunTask', { taskDefinition: 'web', clientToken: 't', count: 2 })).toMatch(
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
      await refusal(ecs, 'RunTask', {
        taskDefinition: 'web',
        overrides: { containerOverrides: [{ name: 'db' }] },
      }),
    ).toBe(
      'InvalidParameterException: Override for container named db is not a container in the TaskDefinition.',
    );
  });

  const mebibytes = (memory: number) => ({ containerOverrides: [{ name: 'web', memory }] });
  const units = (cpu: number) => ({ containerOverrides: [{ name: 'web', cpu }] });
  it.each<[string, object, object]>([
    ['startedBy longer than 128.', { startedBy: 'x'.repeat(128) }, { startedBy: 'x'.repeat(129) }],
    ['clientToken longer than 64.', { clientToken: 'x'.repeat(64) }, { clientToken: 'x'.repeat(65) }],
    [
      'Duplicate tag keys are not allowed: a.',
      { tags: [{ key: 'a' }, { key: 'A' }] },
      { tags: [{ key: 'a' }, { key: 'a' }] },
    ],
    [
      "'memory' setting for container 'web' is greater than for task.",
      { overrides: mebibytes(512) },
      { overrides: mebibytes(513) },
    ],
    [
      "'memory' setting for container 'web' is greater than for task.",
      { overrides: { ...mebibytes(1024), memory: '1 GB' } },
      { overrides: { ...mebibytes(1025), memory: '1 GB' } },
    ],
    [
      "'cpu' setting for container 'web' is greater than for task.",
      { overrides: units(256) },
      { overrides: units(257) },
    ],
  ])('are refused, and none is left behind: %s', async (message, accepted, refused) => {
    await ecs.register({ cpu: '256', memory: '512' });
    const run = (more: object) => refusal(ecs, 'RunTask', { taskDefinition: 'web', ...more });
    expect(await run(refused)).toBe(`InvalidParameterException: ${message}`);
    expect(await ecs.tasks()).toEqual([]);
    expect(await run(accepted)).toBe('accepted');
  });

  it.each([
    ['subnets', 16],
    ['securityGroups', 5],
  ])('have a limited number of %s', async (name, maximum) => {
    await ecs.register({ networkMode: 'awsvpc' });
    const run = (count: number) => {
      const ids = Array.from({ length: count }, (_, index) => `id-${index}`);
      const awsvpcConfiguration = { subnets: ['subnet-1'], [name]: ids };
      const networkConfiguration = { awsvpcConfiguration };
      return refusal(ecs, 'RunTask', { taskDefinition: 'web', networkConfiguration });
    };
    expect(await run(maximum + 1)).toBe(
      `InvalidParameterException: ${name} can have at most ${maximum} items.`,
    );
    expect(await run(maximum)).toBe('accepted');
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

  it('that are stopped while they are still being written down never run', async () => {
    await ecs.register();
    const running = ecs.call('RunTask', { taskDefinition: 'web' });
    const [task] = await ecs.tasks();
    await ecs.call('StopTask', { task: task?.taskArn, reason: 'because' });
    await running;
    await ecs.until('it has stopped', async () => {
      const [stopped] = await ecs.tasks({ desiredStatus: 'STOPPED' });
      return stopped?.lastStatus === 'STOPPED';
    });
    expect(await ecs.tasks({ desiredStatus: 'STOPPED' })).toMatchObject([
      { taskArn: task?.taskArn, stopCode: 'UserInitiated', stoppedReason: 'because' },
    ]);
    expect(ecs.runtime.calls).toEqual([]);
  });

  it('that begin while a new endpoint is still looking at what runs are run once', async () => {
    await ecs.register();
    const list = ecs.runtime.list.bind(ecs.runtime);
    let look: () => void = () => undefined;
    const looking = new Promise<void>((asked) => {
      ecs.runtime.list = async () => {
        asked();
        await new Promise<void>((resolve) => {
          look = resolve;
        });
        return list();
      };
    });
    const restarting = ecs.restart();
    await looking;
    await ecs.call('RunTask', { taskDefinition: 'web' });
    look();
    await restarting;
    await ecs.until('it runs', async () => (await ecs.tasks())[0]?.lastStatus === 'RUNNING');
    expect(ecs.runtime.calls).toEqual(['run web']);
  });

  it.each<[string, object]>([
    ['RunTask', { clientToken: 't' }],
    ['StartTask', { containerInstances: ['this'] }],
  ])('that %s cannot write down were never made', async (operation, more) => {
    await ecs.register();
    const { containerInstanceArns } = await ecs.call<{ containerInstanceArns: string[] }>(
      'ListContainerInstances',
      {},
    );
    const named = 'containerInstances' in more && { containerInstances: containerInstanceArns.slice(0, 1) };
    const input = { taskDefinition: 'web', ...more, ...named };
    const refused = await withoutDisk(ecs, () => refusal(ecs, operation, input));
    expect(refused).toMatch(/The local state cannot be saved: ENOENT/);
    expect(await ecs.tasks()).toEqual([]);
    expect(await refusal(ecs, operation, input)).toBe('accepted');
    await ecs.until('it runs', async () => (await ecs.tasks())[0]?.lastStatus === 'RUNNING');
    expect(await ecs.tasks()).toHaveLength(1);
    expect(ecs.runtime.calls).toEqual(['run web']);
  });

  it('that are missing are failures', async () => {
    const id = '0'.repeat(32);
    expect(await ecs.call('DescribeTasks', { tasks: [id] })).toEqual({
      tasks: [],
      failures: [{ arn: `arn:aws:ecs:us-east-1:000000000000:task/default/${id}`, reason: 'MISSING' }],
    });
    expect(await refusal(ecs, 'StopTask', { task: id })).toBe(
      'InvalidParameterException: The referenced task was not found.',
    );
  });

  it.each(['None', '0123', ''])('are never called %j', async (task) => {
    const wrong = 'InvalidParameterException: taskId length should be one of [32,36]';
    expect(await refusal(ecs, 'DescribeTasks', { tasks: [task] })).toBe(wrong);
    expect(await refusal(ecs, 'StopTask', { task })).toBe(wrong);
  });
});
