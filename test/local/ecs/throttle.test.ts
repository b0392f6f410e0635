import * as ecs from '@aws-sdk/client-ecs';
import { describe, expect, it } from '@jest/globals';
import { ecsRateLimits, throttled } from '../../../src/local/ecs/throttle.ts';
import { startWire } from '../wire/start-wire.ts';

describe('throttled operations', () => {
  const context = { accountId: '0', region: 'us-east-1', requestId: '1' };
  let nowMs = 0;
  const limits = [{ operations: ['A', 'B'], burst: 2, perSecond: 4 }];
  const call = async (operations: ReturnType<typeof throttled>, name: string): Promise<string> => {
    try {
      return String(await operations[name]?.({} as never, context));
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  it('share a bucket in their group: a burst, then the sustained rate', async () => {
    const operations = throttled(
      { A: async () => 'a', B: async () => 'b', C: async () => 'c' },
      limits,
      () => nowMs,
    );
    expect([await call(operations, 'A'), await call(operations, 'B'), await call(operations, 'A')]).toEqual([
      'a',
      'b',
      'ThrottlingException',
    ]);
    expect(await call(operations, 'C')).toBe('c');
    nowMs += 249;
    expect(await call(operations, 'B')).toBe('ThrottlingException');
    nowMs += 1;
    expect(await call(operations, 'B')).toBe('b');
    nowMs += 60_000;
    expect([await call(operations, 'A'), await call(operations, 'A'), await call(operations, 'A')]).toEqual([
      'a',
      'a',
      'ThrottlingException',
    ]);
  });
});

describe('clients that are throttled', () => {
  const schemas = ecs as unknown as Readonly<Record<string, unknown>>;
  const start = async (perSecond: number) => {
    const operations = throttled({ ListClusters: async () => ({ clusterArns: [] }) }, [
      { operations: ['ListClusters'], burst: 3, perSecond },
    ]);
    const targetPrefix = 'AmazonEC2ContainerServiceV20141113';
    const { client } = await startWire([
      { name: 'ecs', protocol: 'json', targetPrefix, schemas, operations },
    ]);
    const { maxAttempts: _once, ...usual } = client;
    return { once: new ecs.ECSClient(client), usual: new ecs.ECSClient(usual) };
  };

  it('see ThrottlingException, HTTP 400, as a thing to retry', async () => {
    const { once } = await start(0.001);
    for (let count = 0; count < 3; count += 1) await once.send(new ecs.ListClustersCommand({}));
    await expect(once.send(new ecs.ListClustersCommand({}))).rejects.toMatchObject({
      name: 'ThrottlingException',
      message: 'Rate exceeded',
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('get through with the retries that SDKs make by themselves', async () => {
    const { usual } = await start(8);
    const calls = Array.from({ length: 5 }, () => usual.send(new ecs.ListClustersCommand({})));
    const attempts = (await Promise.all(calls)).map(({ $metadata }) => $metadata.attempts ?? 0);
    expect(attempts.some((count) => count > 1)).toBe(true);
  });

  it.each(['RegisterTaskDefinition', 'UpdateService', 'DescribeServices', 'RunTask', 'DescribeTasks'])(
    "%s has ECS's own limit",
    (operation) => {
      expect(ecsRateLimits.filter(({ operations }) => operations.includes(operation))).toHaveLength(1);
    },
  );
});
