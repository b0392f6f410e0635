import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { describe, expect, it } from '@jest/globals';
import { createReaderOf, type LogReader, logElsewhere } from '../../src/aws/log-reader.ts';
import type { StreamPosition } from '../../src/release/logs/log-question.ts';
import { refusal, stubLogs } from './stub.ts';

const NO_STREAM = refusal('ResourceNotFoundException', 'The specified log stream does not exist.');
const OPTIONS = {
  'awslogs-group': '/shop/api',
  'awslogs-stream-prefix': 'ecs',
  'awslogs-region': 'eu-west-1',
};
const container = (more: Partial<ContainerDefinition> = {}): ContainerDefinition => ({
  name: 'app',
  logConfiguration: { logDriver: 'awslogs', options: OPTIONS },
  ...more,
});

interface Query {
  readonly startTime: number;
  readonly limit: number;
  readonly startFromHead: boolean;
  readonly nextToken?: string;
}

/** A stream as CloudWatch Logs has it; pages of `size`, the first one of each direction empty where `isLazy`. */
const scene = (events: readonly (readonly [number, string])[], { size = 1_000, isLazy = false } = {}) => {
  const { client, sent } = stubLogs({
    GetLogEvents: ({ startTime, limit, startFromHead, nextToken }: Query) => {
      const within = events.filter(([timestamp]) => timestamp >= startTime);
      const [, at] = nextToken?.split('/') ?? [];
      const count = isLazy && nextToken === undefined ? 0 : Math.min(limit, size);
      const from = startFromHead ? Number(at ?? 0) : Math.max(0, Number(at ?? within.length) - count);
      const to = startFromHead ? Math.min(within.length, from + count) : Number(at ?? within.length);
      return {
        events: within.slice(from, to).map(([timestamp, message]) => ({ timestamp, message })),
        nextForwardToken: `f/${to}`,
        nextBackwardToken: `b/${from}`,
      };
    },
  });
  return { reader: readerOn(client), sent };
};

const readerOn = (client: ReturnType<typeof stubLogs>['client'], definition = container()): LogReader => {
  const reader = createReaderOf(() => client, ['worker-key-123'])(definition, '0123abcd');
  if (!reader) throw new Error('it has no reader');
  return reader;
};

/** All lines behind a position, page by page. */
const readAll = async (reader: LogReader, from: StreamPosition): Promise<readonly string[]> => {
  const lines: string[] = [];
  let position = from;
  for (;;) {
    const { events, isCut } = await reader.read(position);
    for (const event of events) {
      lines.push(...event.lines);
      position = { atMs: event.atMs, taken: event.atMs === position.atMs ? position.taken + 1 : 1 };
    }
    if (!isCut) return lines;
  }
};

describe('a log stream', () => {
  it('is read from its head, by the name that its task has in the group', async () => {
    const { reader, sent } = scene([
      [1, 'one'],
      [2, 'two\nthree'],
    ]);
    expect(await reader.read(await reader.start(null, 0))).toEqual({
      events: [
        { atMs: 1, lines: ['one'] },
        { atMs: 2, lines: ['two', 'three'] },
      ],
      isCut: false,
    });
    expect(sent[0]?.body).toMatchObject({
      logGroupName: '/shop/api',
      logStreamName: 'ecs/app/0123abcd',
      startFromHead: true,
      startTime: 0,
    });
  });

  it('is read on behind the events that were taken, also where many have the same time', async () => {
    const events = Array.from(
      { length: 1_700 },
      (_, index) => [index < 1_600 ? 5 : 6, `line ${index}`] as const,
    );
    const { reader } = scene(events);
    expect(await readAll(reader, { atMs: 0, taken: 0 })).toEqual(events.map(([, line]) => line));
    expect((await reader.read({ atMs: 5, taken: 1_598 })).events.slice(0, 3)).toEqual([
      { atMs: 5, lines: ['line 1598'] },
      { atMs: 5, lines: ['line 1599'] },
      { atMs: 6, lines: ['line 1600'] },
    ]);
    expect(await reader.read({ atMs: 6, taken: 100 })).toEqual({ events: [], isCut: false });
  });

  it('begins with its last events, where there are no more with all, and not before a time', async () => {
    const { reader } = scene([
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
      [4, 'd'],
    ]);
    expect(await reader.start(2, 0)).toEqual({ atMs: 3, taken: 0 });
    expect(await reader.start(9, 0)).toEqual({ atMs: 1, taken: 0 });
    expect(await reader.start(9, 2)).toEqual({ atMs: 2, taken: 0 });
    expect(await reader.start(null, 3)).toEqual({ atMs: 3, taken: 0 });
    expect(await reader.start(0, 0)).toEqual({ atMs: 5, taken: 0 });
  });

  it('is found though AWS gives an empty page first', async () => {
    const { reader } = scene(
      [
        [1, 'a'],
        [2, 'b'],
      ],
      { isLazy: true },
    );
    expect(await reader.start(1, 0)).toEqual({ atMs: 2, taken: 0 });
    expect(await readAll(reader, { atMs: 0, taken: 0 })).toEqual(['a', 'b']);
  });

  it('is more where a page of AWS may have ended by its size', async () => {
    const big = 'x'.repeat(100 * 1024);
    const { reader } = scene(
      [
        [1, big],
        [2, big],
        [3, 'c'],
      ],
      { size: 2 },
    );
    expect((await reader.read({ atMs: 0, taken: 0 })).isCut).toBe(true);
    expect((await readAll(reader, { atMs: 0, taken: 0 })).at(-1)).toBe('c');
  });

  it('that does not exist yet has nothing; its first events come later', async () => {
    const { client } = stubLogs({
      GetLogEvents: () => {
        throw NO_STREAM;
      },
    });
    expect(await readerOn(client).start(10, 7)).toEqual({ atMs: 7, taken: 0 });
    expect(await readerOn(client).read({ atMs: 7, taken: 0 })).toEqual({ events: [], isCut: false });
  });

  it('that may not be read is an error', async () => {
    const { client } = stubLogs({
      GetLogEvents: () => {
        throw refusal('AccessDeniedException', 'not authorized');
      },
    });
    await expect(readerOn(client).read({ atMs: 0, taken: 0 })).rejects.toMatchObject({
      type: 'RefusedByService',
    });
  });

  it('shows no secrets and no controls, and of a huge event a part that fits on a page', async () => {
    const huge = Array.from({ length: 2_000 }, () => 'y'.repeat(90)).join('\n');
    const definition = container({ environment: [{ name: 'DB_PASSWORD', value: 'hunter2-hunter2' }] });
    const { client } = stubLogs({
      GetLogEvents: () => ({
        events: [
          { timestamp: 1, message: 'worker-key-123 hunter2-hunter2 \u001b[1mbold\u001b[0m' },
          { timestamp: 2, message: huge },
          { timestamp: 3, message: 'z'.repeat(9_000) },
        ],
      }),
    });
    const { events } = await readerOn(client, definition).read({ atMs: 0, taken: 0 });
    expect(events[0]?.lines).toEqual(['*** *** bold']);
    expect(events[1]?.lines.join('').length).toBeLessThanOrEqual(16 * 1024);
    expect(events[1]?.lines.length).toBeGreaterThan(100);
    expect(events[2]?.lines[0]).toMatch(/^z{3999}…$/);
  });
});

describe('a container whose log cannot be read', () => {
  it.each<[string, ContainerDefinition['logConfiguration']]>([
    ['has no log configuration', undefined],
    ['logs with the driver awsfirelens', { logDriver: 'awsfirelens' }],
    ['has no awslogs-stream-prefix', { logDriver: 'awslogs', options: { 'awslogs-group': 'g' } }],
    ['names no awslogs-group', { logDriver: 'awslogs', options: { 'awslogs-stream-prefix': 'p' } }],
  ])('%s', (why, logConfiguration) => {
    const { logConfiguration: _none, ...plain } = container();
    const definition = { ...plain, ...(logConfiguration && { logConfiguration }) };
    expect(createReaderOf(() => stubLogs({}).client, [])(definition, 'x')).toBeNull();
    expect(logElsewhere(definition)).toBe(why);
  });
});
