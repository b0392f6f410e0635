import { describe, expect, it } from '@jest/globals';
import { createOneOffTasks } from '../../src/aws/one-off-task.ts';
import { stubEcs } from './stub.ts';

const TASK = 'arn:aws:ecs:eu-west-1:123456789012:task/shop/0123';
const network = { awsvpcConfiguration: { subnets: ['subnet-1'], assignPublicIp: 'DISABLED' } };
const input = {
  cluster: 'shop',
  service: 'shop-api',
  taskDefinition: 'api:8',
  container: 'app',
  command: ['npm', 'run', 'migrate'],
  clientToken: 'token',
  startedBy: 'slipway-migrate/x',
};

const start = async (service: object | null, answer: object | (() => never)) => {
  const { client, sent } = stubEcs({
    DescribeServices: () => ({ services: service ? [{ status: 'ACTIVE', ...service }] : [] }),
    RunTask: () => (typeof answer === 'function' ? answer() : answer),
  });
  const result = createOneOffTasks(client).start(input);
  await result.catch(() => undefined);
  return { result, request: sent.find(({ operation }) => operation === 'RunTask')?.body };
};
const started = { tasks: [{ taskArn: TASK }], failures: [] };

/** As AWS answers a 400: the stub's transport cannot, so its answer is thrown by the handler. */
const refuses =
  (name: string, message: string, more: object = {}) =>
  () => {
    throw Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 }, ...more });
  };

describe('a one-off task', () => {
  it.each([
    [
      'on Fargate',
      { launchType: 'FARGATE', networkConfiguration: network, platformVersion: 'LATEST' },
      { launchType: 'FARGATE', networkConfiguration: network, platformVersion: 'LATEST' },
    ],
    [
      'by capacity providers, which exclude a launch type',
      {
        launchType: 'EC2',
        capacityProviderStrategy: [{ capacityProvider: 'spot', weight: 1 }],
      },
      { capacityProviderStrategy: [{ capacityProvider: 'spot', weight: 1 }] },
    ],
    [
      'on the instances that the service may use',
      {
        launchType: 'EC2',
        placementConstraints: [
          { type: 'memberOf', expression: 'attribute:disk == fast' },
          { type: 'distinctInstance' },
        ],
      },
      {
        launchType: 'EC2',
        placementConstraints: [{ type: 'memberOf', expression: 'attribute:disk == fast' }],
      },
    ],
  ])('runs where the service runs: %s', async (_what, service, place) => {
    const { result, request } = await start(service, started);
    expect(await result).toEqual({ kind: 'started', taskArn: TASK });
    expect(request).toEqual({
      cluster: 'shop',
      taskDefinition: 'api:8',
      clientToken: 'token',
      startedBy: 'slipway-migrate/x',
      count: 1,
      overrides: { containerOverrides: [{ name: 'app', command: ['npm', 'run', 'migrate'] }] },
      ...place,
    });
  });

  it('that is not placed says why, each reason once', async () => {
    const failures = [
      { arn: 'a', reason: 'RESOURCE:MEMORY' },
      { arn: 'b', reason: 'RESOURCE:MEMORY' },
      { arn: 'c', reason: 'AGENT', detail: 'disconnected' },
    ];
    const { result } = await start({}, { tasks: [], failures });
    expect(await result).toEqual({
      kind: 'not-placed',
      reasons: ['RESOURCE:MEMORY', 'AGENT: disconnected'],
    });
  });

  it('that Fargate has no room for is not placed, either', async () => {
    const text = 'Capacity is unavailable at this time. Please try again later';
    const { result } = await start({}, refuses('ClientException', text));
    expect(await result).toEqual({ kind: 'not-placed', reasons: [text] });
  });

  it('of a service that is gone is refused', async () => {
    const { result } = await start(null, started);
    await expect(result).rejects.toMatchObject({
      type: 'RefusedByService',
      message: 'service shop-api is gone',
    });
  });

  it('that is refused is not taken for one without room', async () => {
    const { result } = await start({}, refuses('InvalidParameterException', 'no such container'));
    await expect(result).rejects.toMatchObject({ type: 'RefusedByService' });
  });
});
