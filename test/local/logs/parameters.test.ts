/** What CloudWatch Logs does not take: parameters out of bounds, and events out of time. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-cloudwatch-logs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { acceptEvents } from '../../../src/local/logs/acceptance.ts';
import { createLogs, type Logs } from '../../../src/local/logs/index.ts';
import { startWire } from '../wire/start-wire.ts';

let folder: string;
let logs: Logs;
let client: sdk.CloudWatchLogsClient;
const group = { logGroupName: '/ecs/api' };
const stream = { ...group, logStreamName: 'a' };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-logs-'));
  logs = await createLogs({ folder, log: (line) => console.error(line) });
  client = new sdk.CloudWatchLogsClient((await startWire([logs.service])).client);
  await client.send(new sdk.CreateLogGroupCommand(group));
  await client.send(new sdk.CreateLogStreamCommand(stream));
});
afterEach(async () => {
  await logs.close();
  await rm(folder, { recursive: true, force: true });
});

const limit = (value: number, highest: number): string =>
  `1 validation error detected: Value '${value}' at 'limit' failed to satisfy constraint: Member must have value ${value < 1 ? 'greater than or equal to 1' : `less than or equal to ${highest}`}`;

describe('refused with InvalidParameterException is', () => {
  it.each<[string, () => Promise<unknown>, string]>([
    ['FilterLogEvents for more than 10,000', () => filter({ limit: 10_001 }), limit(10_001, 10_000)],
    ['FilterLogEvents for none', () => filter({ limit: 0 }), limit(0, 10_000)],
    ['GetLogEvents for more than 10,000', () => get({ limit: 10_001 }), limit(10_001, 10_000)],
    ['DescribeLogStreams for more than 50', () => streams({ limit: 51 }), limit(51, 50)],
    [
      'DescribeLogGroups for more than 50',
      () => client.send(new sdk.DescribeLogGroupsCommand({ limit: 51 })),
      limit(51, 50),
    ],
    [
      'DescribeLogStreams by time with a prefix',
      () => streams({ orderBy: 'LastEventTime', logStreamNamePrefix: 'a' }),
      'Cannot order by LastEventTime with a logStreamNamePrefix.',
    ],
    [
      'FilterLogEvents with both names and a prefix',
      () => filter({ logStreamNames: ['a'], logStreamNamePrefix: 'a' }),
      'Only one of logStreamNames and logStreamNamePrefix can be specified.',
    ],
  ])('%s', async (_what, call, message) => {
    await expect(call()).rejects.toMatchObject({ name: 'InvalidParameterException', message });
  });

  it('not what is just within bounds', async () => {
    await filter({ limit: 10_000, logStreamNamePrefix: 'a' });
    await get({ limit: 10_000 });
    await streams({ limit: 50, orderBy: 'LastEventTime' });
    await streams({ limit: 1, orderBy: 'LogStreamName', logStreamNamePrefix: 'a' });
  });
});

describe('PutLogEvents', () => {
  const hourMs = 60 * 60 * 1000;
  const nowMs = 1_700_000_000_000;
  const ages = (...hours: number[]) =>
    hours.map((age) => ({ timestampMs: nowMs - age * hourMs, message: `${age}` }));

  it.each([
    ['takes what is neither too old nor too new', ages(336, 1, -2), undefined, ['336', '1', '-2'], undefined],
    [
      'leaves out what is older than 14 days',
      ages(400, 337, 335, 0),
      undefined,
      ['335', '0'],
      { tooOldLogEventEndIndex: 2 },
    ],
    [
      'leaves out what is over 2 hours ahead',
      ages(1, -1, -2.1, -9),
      undefined,
      ['1', '-1'],
      { tooNewLogEventStartIndex: 2 },
    ],
    ['leaves out what has expired', ages(25, 23), 1, ['23'], { expiredLogEventEndIndex: 1 }],
    [
      'tells each of them by its index',
      ages(400, 25, 0, -3),
      1,
      ['0'],
      { tooOldLogEventEndIndex: 1, expiredLogEventEndIndex: 2, tooNewLogEventStartIndex: 3 },
    ],
    ['may leave out all', ages(400), undefined, [], { tooOldLogEventEndIndex: 1 }],
  ])('%s', (_what, events, retentionInDays, accepted, rejected) => {
    const result = acceptEvents(events, nowMs, retentionInDays);
    expect(result.accepted.map(({ message }) => message)).toEqual(accepted);
    expect(result.rejected).toEqual(rejected);
  });

  it('says what it left out, and stores the rest', async () => {
    const at = (ageMs: number, message: string) => ({ timestamp: Date.now() - ageMs, message });
    const put = (logEvents: sdk.InputLogEvent[]) =>
      client.send(new sdk.PutLogEventsCommand({ ...stream, logEvents }));
    const { rejectedLogEventsInfo } = await put([
      at(15 * 24 * hourMs, 'old'),
      at(0, 'now'),
      at(-3 * hourMs, 'new'),
    ]);
    expect(rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1, tooNewLogEventStartIndex: 2 });
    expect((await get({})).events?.map(({ message }) => message)).toEqual(['now']);
    expect((await put([at(0, 'again')])).rejectedLogEventsInfo).toBeUndefined();
  });
});

const filter = (input: Partial<sdk.FilterLogEventsCommandInput>) =>
  client.send(new sdk.FilterLogEventsCommand({ ...group, ...input }));
const get = (input: Partial<sdk.GetLogEventsCommandInput>) =>
  client.send(new sdk.GetLogEventsCommand({ ...stream, ...input }));
const streams = (input: Partial<sdk.DescribeLogStreamsCommandInput>) =>
  client.send(new sdk.DescribeLogStreamsCommand({ ...group, ...input }));
