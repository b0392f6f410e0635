import { describe, expect, it } from '@jest/globals';
import { throttled } from '../../../src/local/ecs/throttle.ts';

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
