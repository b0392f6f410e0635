import type { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect, it } from '@jest/globals';
import { logPlaceOf } from '../../src/aws/log-place.ts';
import { createLogSearch, type LogQuery } from '../../src/aws/log-search.ts';

const options = { 'awslogs-group': '/shop', 'awslogs-stream-prefix': 'ecs', 'awslogs-region': 'eu-west-1' };
const container = {
  name: 'app',
  logConfiguration: { logDriver: 'awslogs' as const, options },
  environment: [{ name: 'DB_PASSWORD', value: 'hunter2hunter2' }],
};
const query: LogQuery = {
  container,
  taskIds: ['1', '2'],
  pattern: 'ERROR',
  fromMs: 1_000,
  toMs: 2_000,
  enough: 100,
};

type Input = FilterLogEventsCommand['input'];
const noStream = (): never => {
  throw Object.assign(new Error('The specified log stream does not exist.'), {
    name: 'ResourceNotFoundException',
    $metadata: { httpStatusCode: 400 },
  });
};

/** A client that answers as told; the SDK's own way to AWS is walked by the end-to-end tests. */
const search = (answer: (input: Input) => object) => {
  const asked: Input[] = [];
  const regions: (string | undefined)[] = [];
  const send = async ({ input }: FilterLogEventsCommand): Promise<object> => {
    asked.push(input);
    return answer(input);
  };
  const logsIn = (region: string | undefined) => {
    regions.push(region);
    return { send } as unknown as CloudWatchLogsClient;
  };
  return { asked, regions, search: createLogSearch({ logsIn }) };
};

describe('a search in logs', () => {
  it('asks for the streams of the tasks only, in the region where they are, up to an exclusive end', async () => {
    const { asked, regions, search: logs } = search(() => ({ events: [] }));
    expect(await logs.matches(query)).toEqual([]);
    expect(asked).toEqual([
      {
        logGroupName: '/shop',
        logStreamNames: ['ecs/app/1', 'ecs/app/2'],
        filterPattern: 'ERROR',
        startTime: 1_000,
        endTime: 1_999,
        nextToken: undefined,
      },
    ]);
    expect(regions).toEqual(['eu-west-1']);
  });

  it('reads page by page, takes each line once, and shows no secret', async () => {
    const one = { eventId: 'a', timestamp: 1_500, message: 'ERROR login hunter2hunter2 failed\n' };
    const two = { eventId: 'b', timestamp: 1_600, message: 'ERROR' };
    const { search: logs } = search(({ nextToken }) =>
      nextToken ? { events: [one, two] } : { events: [one], nextToken: 'more' },
    );
    expect(await logs.matches(query)).toEqual([
      { id: 'a', atMs: 1_500, line: 'ERROR login *** failed' },
      { id: 'b', atMs: 1_600, line: 'ERROR' },
    ]);
  });

  it('takes a stream that is not there (yet) for an empty one, and reads the others', async () => {
    const { search: logs } = search(({ logStreamNames = [] }) =>
      logStreamNames.includes('ecs/app/2')
        ? noStream()
        : { events: [{ eventId: 'a', timestamp: 1_500, message: 'x' }] },
    );
    expect(await logs.matches(query)).toHaveLength(1);
  });

  it('asks for 100 streams at a time, and for no more than enough', async () => {
    const taskIds = Array.from({ length: 250 }, (_, n) => String(n));
    const all = search(() => ({ events: [] }));
    await all.search.matches({ ...query, taskIds });
    expect(all.asked.map(({ logStreamNames }) => logStreamNames?.length)).toEqual([100, 100, 50]);
    let id = 0;
    const some = search(() => ({ events: [{ eventId: String(id++), timestamp: 1, message: 'x' }] }));
    expect(await some.search.matches({ ...query, taskIds, enough: 0 })).toHaveLength(1);
    expect(some.asked).toHaveLength(1);
  });

  it('that never comes to an end is a failure to measure, not an answer', async () => {
    const { search: logs } = search(() => ({ events: [], nextToken: 'more' }));
    await expect(logs.matches(query)).rejects.toMatchObject({ type: 'Transient' });
  });

  it.each([
    ['awslogs with a prefix', container, true],
    ['no log configuration', { name: 'app' }, false],
    [
      'no prefix',
      { logConfiguration: { logDriver: 'awslogs' as const, options: { 'awslogs-group': '/x' } } },
      false,
    ],
    ['another driver', { logConfiguration: { logDriver: 'json-file' as const, options } }, false],
  ])('is possible: %s', (_what, definition, possible) => {
    expect(logPlaceOf(definition) !== undefined).toBe(possible);
  });
});
