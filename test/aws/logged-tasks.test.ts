import { describe, expect, it } from '@jest/globals';
import { createLoggedTasks } from '../../src/aws/logged-tasks.ts';
import { refusal, stubEcs } from './stub.ts';

const arn = (id: string): string => `arn:aws:ecs:eu-west-1:1:task/shop/${id}`;

describe('tasks with logs', () => {
  it('are those that run and those that ECS still remembers, newest first, each once', async () => {
    const task = (id: string, createdAt: number, more: object = {}) => ({
      taskArn: arn(id),
      taskDefinitionArn: 'arn:x:task-definition/api:7',
      createdAt,
      lastStatus: 'RUNNING',
      desiredStatus: 'RUNNING',
      ...more,
    });
    const stopped = {
      lastStatus: 'STOPPED',
      desiredStatus: 'STOPPED',
      stoppedAt: 40,
      stoppedReason: 'Essential container in task exited',
      containers: [{ name: 'app', exitCode: 7 }],
    };
    const all: Record<string, object> = {
      [arn('a')]: task('a', 10),
      [arn('b')]: task('b', 30),
      [arn('c')]: task('c', 20, stopped),
      [arn('d')]: task('d', 5, { desiredStatus: 'STOPPED', lastStatus: 'DEACTIVATING' }),
    };
    const { client, sent } = stubEcs({
      ListTasks: ({ desiredStatus, nextToken }: { desiredStatus: string; nextToken?: string }) => {
        if (desiredStatus === 'STOPPED') return { taskArns: [arn('c'), arn('d'), arn('a')] };
        return nextToken ? { taskArns: [arn('b')] } : { taskArns: [arn('a')], nextToken: 'more' };
      },
      DescribeTasks: ({ tasks }: { tasks: string[] }) => ({ tasks: tasks.map((each) => all[each]) }),
    });
    const found = await createLoggedTasks(client).find('shop', { service: 'api' });
    expect(found.map(({ id, stopped: end, isWanted }) => [id, end === null, isWanted])).toEqual([
      ['b', true, true],
      ['c', false, false],
      ['a', true, true],
      ['d', true, false],
    ]);
    expect(found[1]?.stopped).toEqual({
      atMs: 40_000,
      why: 'task c stopped: Essential container in task exited; app: exit code 7',
    });
    expect(sent[0]?.body).toMatchObject({ cluster: 'shop', serviceName: 'api', desiredStatus: 'RUNNING' });
  });

  it('are also those that the lists do not have and that are asked for by name, if they are of the service', async () => {
    const [own, foreign] = ['service:api', 'service:db'].map((group, index) => ({
      taskArn: arn(`t${index}`),
      taskDefinitionArn: 'arn:x:task-definition/api:7',
      group,
      startedBy: `slipway-migrate/${index}`,
    }));
    const { client, sent } = stubEcs({
      ListTasks: () => ({ taskArns: [] }),
      DescribeTasks: () => ({ tasks: [own, foreign], failures: [{ reason: 'MISSING' }] }),
    });
    const { find } = createLoggedTasks(client);
    expect((await find('shop', { service: 'api' }, ['t0', 't1', 't2'])).map(({ id }) => id)).toEqual(['t0']);
    expect(sent.at(-1)?.body).toEqual({ cluster: 'shop', tasks: ['t0', 't1', 't2'] });
    const migration = { startedBy: 'slipway-migrate/1' };
    expect((await find('shop', migration, ['t0', 't1'])).map(({ id }) => id)).toEqual(['t1']);
  });

  it('may be one that a release has started by itself', async () => {
    const { client, sent } = stubEcs({ ListTasks: () => ({ taskArns: [] }) });
    expect(await createLoggedTasks(client).find('shop', { startedBy: 'slipway-migrate/x' })).toEqual([]);
    expect(sent.map(({ body }) => (body as { startedBy: string }).startedBy)).toEqual([
      'slipway-migrate/x',
      'slipway-migrate/x',
    ]);
  });

  it('of a service that is not there are an error', async () => {
    const { client } = stubEcs({
      ListTasks: () => {
        throw refusal('ServiceNotFoundException', 'Service not found.');
      },
    });
    await expect(createLoggedTasks(client).find('shop', { service: 'x' })).rejects.toMatchObject({
      type: 'RefusedByService',
    });
  });
});
