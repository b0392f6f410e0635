/** What is registered and what is in use, to the last page: what is not seen would be taken for unused. */
import { expect, it } from '@jest/globals';
import { createRevisions } from '../../src/aws/revisions.ts';
import { refusal, stubEcs } from './stub.ts';

it('lists the ACTIVE revisions of exactly one family, page by page', async () => {
  const { client, sent } = stubEcs({
    ListTaskDefinitions: ({ nextToken }: { nextToken?: string }) =>
      nextToken ? { taskDefinitionArns: ['api:2'] } : { taskDefinitionArns: ['api:1'], nextToken: 'more' },
  });
  expect(await createRevisions(client).activeIn('api')).toEqual(['api:1', 'api:2']);
  const asked = { familyPrefix: 'api', status: 'ACTIVE', sort: 'ASC' };
  expect(sent.map(({ body }) => body)).toEqual([asked, { ...asked, nextToken: 'more' }]);
});

it('describes every service of the cluster, ten at a time', async () => {
  const { client, sent } = stubEcs({
    ListServices: ({ nextToken }: { nextToken?: string }) =>
      nextToken === 'two'
        ? { serviceArns: ['b'] }
        : nextToken === 'one'
          ? { serviceArns: [], nextToken: 'two' }
          : { serviceArns: ['a'], nextToken: 'one' },
    DescribeServices: ({ services }: { services: string[] }) => ({
      services: services.map((serviceName) => ({ serviceName })),
    }),
  });
  const found = await createRevisions(client).servicesOf('shop');
  expect(found.map(({ serviceName }) => serviceName)).toEqual(['a', 'b']);
  expect(sent.map(({ operation }) => operation)).toEqual([
    'ListServices',
    'DescribeServices',
    'ListServices',
    'ListServices',
    'DescribeServices',
  ]);
  expect(sent[0]?.body).toEqual({ cluster: 'shop', maxResults: 10 });
});

it('knows what all tasks of the cluster run, those without a service among them', async () => {
  const { client, sent } = stubEcs({
    ListTasks: ({ nextToken }: { nextToken?: string }) =>
      nextToken ? { taskArns: ['t3'] } : { taskArns: ['t1', 't2'], nextToken: 'more' },
    DescribeTasks: ({ tasks }: { tasks: string[] }) => ({
      tasks: tasks.map((taskArn) => ({ taskArn, taskDefinitionArn: taskArn === 't3' ? 'cron:1' : 'api:1' })),
    }),
  });
  expect(await createRevisions(client).runningIn('shop')).toEqual(new Set(['api:1', 'cron:1']));
  expect(sent[0]?.body).toEqual({ cluster: 'shop', desiredStatus: 'RUNNING' });
});

it('deregisters one revision, and says when it may not', async () => {
  const { client, sent } = stubEcs({ DeregisterTaskDefinition: () => ({ taskDefinition: {} }) });
  await createRevisions(client).deregisterTaskDefinition('api:1');
  expect(sent).toEqual([{ operation: 'DeregisterTaskDefinition', body: { taskDefinition: 'api:1' } }]);
  const denied = stubEcs({
    DeregisterTaskDefinition: () => {
      throw refusal('AccessDeniedException');
    },
  });
  await expect(createRevisions(denied.client).deregisterTaskDefinition('api:1')).rejects.toMatchObject({
    type: 'RefusedByService',
    advice: expect.stringContaining('ecs:DeregisterTaskDefinition'),
  });
});
