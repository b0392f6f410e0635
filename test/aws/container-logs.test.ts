import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { describe, expect, it } from '@jest/globals';
import { CancelledFailure } from '@temporalio/activity';
import { createContainerLogs } from '../../src/aws/container-logs.ts';
import { TransientError } from '../../src/errors.ts';
import { refusal, type SentRequest, stubLogs } from './stub.ts';

const TASK = 'arn:aws:ecs:eu-west-1:123456789012:task/shop/0123abcd';
const OPTIONS = {
  'awslogs-group': '/shop/api',
  'awslogs-stream-prefix': 'ecs',
  'awslogs-region': 'eu-west-1',
};
const NO_STREAM = refusal('ResourceNotFoundException', 'The specified log stream does not exist.');

const container = (more: Partial<ContainerDefinition> = {}): ContainerDefinition => ({
  name: 'app',
  logConfiguration: { logDriver: 'awslogs', options: OPTIONS },
  ...more,
});

interface Reading {
  readonly lines: readonly string[];
  readonly sent: readonly SentRequest[];
  readonly slept: readonly number[];
  readonly regions: readonly (string | undefined)[];
}

type Page = {
  readonly events?: readonly { readonly message: string }[];
  readonly nextBackwardToken?: string;
};

/** Reads the tail of `app` where the log answers with each of `pages` in turn, the last one for ever. */
const read = async (
  pages: readonly (Page | Error)[],
  definition = container(),
  describe?: () => Promise<never>,
  limit = 50,
): Promise<Reading> => {
  const slept: number[] = [];
  const regions: (string | undefined)[] = [];
  let turn = 0;
  const { client, sent } = stubLogs({
    GetLogEvents: () => {
      const page = pages[Math.min(turn, pages.length - 1)];
      turn += 1;
      if (page instanceof Error) throw page;
      return page;
    },
  });
  const logs = createContainerLogs({
    ecs: {
      describeTaskDefinition:
        describe ?? (async () => ({ taskDefinition: { containerDefinitions: [definition] }, tags: [] })),
    },
    logsIn: (region) => {
      regions.push(region);
      return client;
    },
    sleep: async (durationMs) => {
      slept.push(durationMs);
    },
    secrets: ['worker-key-123'],
  });
  const lines = await logs.tail('api:8', TASK, 'app', limit);
  return { lines, sent, slept, regions };
};

const page = (...messages: string[]): Page => ({ events: messages.map((message) => ({ message })) });

describe('the last lines of a container', () => {
  it('are read from the stream that its task has in the group', async () => {
    const { lines, sent, regions, slept } = await read([page('one', 'two')]);
    expect(lines).toEqual(['one', 'two']);
    expect(sent).toEqual([
      {
        operation: 'GetLogEvents',
        body: {
          logGroupName: '/shop/api',
          logStreamName: 'ecs/app/0123abcd',
          limit: 50,
          startFromHead: false,
        },
      },
    ]);
    expect(regions).toEqual(['eu-west-1']);
    expect(slept).toEqual([]);
  });

  it('are asked for page by page, as a page may be empty though there are older ones', async () => {
    const { lines, sent } = await read([
      { events: [], nextBackwardToken: 'b/1' },
      { ...page('two', 'three'), nextBackwardToken: 'b/2' },
      { ...page('one'), nextBackwardToken: 'b/2' },
    ]);
    expect(lines).toEqual(['one', 'two', 'three']);
    expect(sent.map(({ body }) => (body as { nextToken?: string }).nextToken)).toEqual([
      undefined,
      'b/1',
      'b/2',
    ]);
  });

  it('are no more than were asked for, the newest ones', async () => {
    expect((await read([page('one', 'two\nthree', 'four')], undefined, undefined, 3)).lines).toEqual([
      'two',
      'three',
      'four',
    ]);
  });

  it.each<[string, string, string]>([
    ['a key of this worker', 'AWS said worker-key-123', 'AWS said ***'],
    ['a value that the task definition calls a password', 'login with hunter2-hunter2', 'login with ***'],
    [
      'a password in a URL',
      'cannot reach postgres://app:s3cret!@db:5432/shop',
      'cannot reach postgres://app:***@db:5432/shop',
    ],
    ['secret with a colour in its name', 'pass\u001b[1mword=s3cret!', 'password=***'],
    ['colours and other control characters', '\u001b[31mred\u001b[0m\u0007 alert', 'red alert'],
  ])('show no %s', async (_what, message, shown) => {
    const environment = [
      { name: 'DB_PASSWORD', value: 'hunter2-hunter2' },
      { name: 'GREETING', value: 'login with' },
    ];
    expect((await read([page(message)], container({ environment }))).lines).toEqual([shown]);
  });

  it('are cut, without breaking a character in two', async () => {
    const [line = ''] = (await read([page(`${'x'.repeat(298)}😀😀`)])).lines;
    expect(line).toBe(`${'x'.repeat(298)}…`);
    expect((await read([page('x'.repeat(300))])).lines).toEqual(['x'.repeat(300)]);
  });

  it('are looked for once more when there are none: the log driver sends by the batch', async () => {
    const late = await read([NO_STREAM, page('late')]);
    expect(late.lines).toEqual(['late']);
    expect(late.slept).toEqual([1_500]);
    expect((await read([{ events: [] }])).lines).toEqual([]);
    expect((await read([NO_STREAM])).sent).toHaveLength(2);
  });
});

describe('a container without such a log', () => {
  it.each<[string, ContainerDefinition]>([
    ['logs elsewhere', container({ logConfiguration: { logDriver: 'awsfirelens' } })],
    ['does not log', { name: 'app' }],
    [
      'has streams that only its host knows',
      container({ logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-group': 'g' } } }),
    ],
    ['is not in the task definition', container({ name: 'other' })],
  ])('has no lines: it %s', async (_why, definition) => {
    const { lines, sent } = await read([page('never asked')], definition);
    expect(lines).toEqual([]);
    expect(sent).toEqual([]);
  });
});

describe('a log that cannot be read', () => {
  it('is tried a few times while AWS throttles, within some seconds', async () => {
    const throttled = refusal('ThrottlingException', 'Rate exceeded');
    const { lines, slept } = await read([throttled, throttled, page('at last')]);
    expect(lines).toEqual(['at last']);
    expect(slept).toEqual([500, 1_000]);
    const never = await read([throttled]);
    expect(never.lines).toEqual([expect.stringMatching(/^\(the log could not be read: .*Rate exceeded/)]);
    expect(never.slept).toEqual([500, 1_000, 2_000]);
  });

  it.each<[string, Error, RegExp]>([
    ['AWS refuses', refusal('AccessDeniedException', 'not authorized'), /not authorized/],
    [
      'the group does not exist',
      refusal('ResourceNotFoundException', 'The specified log group does not exist.'),
      /log group does not exist/,
    ],
  ])('is said in one line, at once, when %s', async (_when, error, text) => {
    const { lines, slept } = await read([error]);
    expect(lines).toEqual([expect.stringMatching(text)]);
    expect(slept).toEqual([]);
  });

  it('is no error either when not even the task definition can be read', async () => {
    const lines = (
      await read([], container(), async () => {
        throw new TransientError('ecs:DescribeTaskDefinition: ECONNREFUSED');
      })
    ).lines;
    expect(lines).toEqual([expect.stringMatching(/ECONNREFUSED/)]);
  });

  it('but a cancelled release is not held up', async () => {
    const cancelled = read([], container(), async () => {
      throw new CancelledFailure('CANCELLED');
    });
    await expect(cancelled).rejects.toBeInstanceOf(CancelledFailure);
  });
});
