import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as sdk from '@aws-sdk/client-cloudwatch-logs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogs, type Logs } from '../../../src/local/logs/index.ts';
import { StateFileError } from '../../../src/local/state-file.ts';
import { startWire } from '../wire/start-wire.ts';

let folder: string;
let logs: Logs;
let client: sdk.CloudWatchLogsClient;
let told: string[];

async function start(): Promise<void> {
  told = [];
  logs = await createLogs({ folder, log: (line) => told.push(line) });
  client = new sdk.CloudWatchLogsClient((await startWire([logs.service])).client);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-logs-'));
  await start();
});
afterEach(async () => {
  await logs.close();
  await rm(folder, { recursive: true, force: true });
});

const at = { logGroupName: '/ecs/api', logStreamName: 'web/api/1' };
const line = (number: number) => ({ timestampMs: 1000 + number, message: `line ${number}` });
const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => line(from + index));

async function get(input: Partial<sdk.GetLogEventsCommandInput> = {}) {
  const { events, nextForwardToken, nextBackwardToken } = await client.send(
    new sdk.GetLogEventsCommand({ ...at, ...input }),
  );
  return { messages: events?.map((event) => event.message), nextForwardToken, nextBackwardToken };
}

describe('what the agent appends', () => {
  it('is there at once, in order, with group and stream made on the way', async () => {
    logs.sink.append('/ecs/api', 'web/api/1', [line(1), line(2)]);
    logs.sink.append('/ecs/api', 'web/api/1', [line(3)]);
    expect((await get({ startFromHead: true })).messages).toEqual(['line 1', 'line 2', 'line 3']);
    const { logStreams } = await client.send(new sdk.DescribeLogStreamsCommand({ logGroupName: '/ecs/api' }));
    expect(logStreams).toMatchObject([
      { logStreamName: 'web/api/1', firstEventTimestamp: 1001, lastEventTimestamp: 1003 },
    ]);
  });

  it('survives a restart, also when the last line was cut off by a crash', async () => {
    logs.sink.append('/ecs/api', 'web/api/1', lines(1, 2));
    await logs.close();
    const [group = ''] = await readdir(folder);
    const stream = (await readdir(join(folder, group))).find((name) => name.endsWith('.jsonl')) ?? '';
    await appendFile(join(folder, group, stream), '{"t":1003,"i":1,"m":"cut o');
    await start();
    logs.sink.append('/ecs/api', 'web/api/1', [line(4)]);
    expect((await get()).messages).toEqual(['line 1', 'line 2', 'line 4']);
    expect(told).toEqual([]);
  });

  it('stays inside the folder, whatever the names are', async () => {
    const names = ['../../escape', '..', 'a/b', `${'x'.repeat(400)}`];
    for (const name of names) logs.sink.append(name, name, [line(1)]);
    await logs.close();
    expect(told).toEqual([]);
    expect(await readdir(folder)).toHaveLength(names.length);
    await start();
    const { logGroups } = await client.send(new sdk.DescribeLogGroupsCommand({}));
    expect(logGroups?.map((each) => each.logGroupName).sort()).toEqual([...names].sort());
  });
});

describe('a group that is damaged on disk', () => {
  const groupJson = async (): Promise<string> => {
    logs.sink.append('/ecs/api', 'web/api/1', [line(1)]);
    await logs.close();
    const [group = ''] = await readdir(folder);
    return join(folder, group, 'group.json');
  };

  it.each([
    ['nothing', '', 'is not whole JSON'],
    ['half of it', '{"name":"/ecs/a', 'is not whole JSON'],
    ['something else', '[]', 'does not describe a log group'],
    ['another group', '{"name":"/ecs/b","createdAtMs":1,"tags":{}}', 'describes the log group /ecs/b'],
  ])('its file holding %s is an error that names it, and stays as it is', async (_what, text, problem) => {
    const path = await groupJson();
    await writeFile(path, text);
    await expect(start()).rejects.toThrow(`${path}: ${problem}`);
    await expect(start()).rejects.toThrow(StateFileError);
    expect(await readFile(path, 'utf8')).toBe(text);
    expect(await readdir(dirname(path))).toHaveLength(2);
  });

  it('its file being gone is an error as well, as long as there are streams', async () => {
    const path = await groupJson();
    await rm(path);
    await expect(start()).rejects.toThrow(`${dirname(path)}: holds log streams, but no group.json`);
  });

  it('by a kill before it was made, or while it was deleted, is no group', async () => {
    await logs.close();
    await mkdir(join(folder, '%2Fecs%2Fapi'));
    await mkdir(join(folder, `%2Fecs%2Fold.deleted-${randomUUID()}`));
    await writeFile(join(folder, 'notes.txt'), 'mine');
    await start();
    expect((await client.send(new sdk.DescribeLogGroupsCommand({}))).logGroups).toEqual([]);
    expect((await readdir(folder)).sort()).toEqual(['%2Fecs%2Fapi', 'notes.txt']);
  });
});

describe('GetLogEvents', () => {
  it('forward: the token that comes back unchanged says that there is no more, until there is', async () => {
    logs.sink.append('/ecs/api', 'web/api/1', lines(1, 5));
    const first = await get({ startFromHead: true, limit: 3 });
    expect(first.messages).toEqual(['line 1', 'line 2', 'line 3']);
    const second = await get({ nextToken: first.nextForwardToken, limit: 3 });
    expect(second.messages).toEqual(['line 4', 'line 5']);
    const end = await get({ nextToken: second.nextForwardToken });
    expect(end).toMatchObject({ messages: [], nextForwardToken: second.nextForwardToken });
    logs.sink.append('/ecs/api', 'web/api/1', [line(6)]);
    expect((await get({ nextToken: end.nextForwardToken })).messages).toEqual(['line 6']);
  });

  it('without a token gives the newest, and pages backward from there', async () => {
    logs.sink.append('/ecs/api', 'web/api/1', lines(1, 5));
    const newest = await get({ limit: 2 });
    expect(newest.messages).toEqual(['line 4', 'line 5']);
    const older = await get({ nextToken: newest.nextBackwardToken, limit: 2 });
    expect(older.messages).toEqual(['line 2', 'line 3']);
    const oldest = await get({ nextToken: older.nextBackwardToken, limit: 2 });
    expect(oldest.messages).toEqual(['line 1']);
    const end = await get({ nextToken: oldest.nextBackwardToken });
    expect(end).toMatchObject({ messages: [], nextBackwardToken: oldest.nextBackwardToken });
    expect((await get({ nextToken: newest.nextForwardToken })).messages).toEqual([]);
  });

  it('takes times from, inclusive, and to, exclusive', async () => {
    logs.sink.append('/ecs/api', 'web/api/1', lines(1, 5));
    const { messages } = await get({ startFromHead: true, startTime: 1002, endTime: 1004 });
    expect(messages).toEqual(['line 2', 'line 3']);
  });

  it.each([
    ['an unknown group', { logGroupName: 'absent' }, 'ResourceNotFoundException'],
    ['an unknown stream', { logStreamName: 'absent' }, 'ResourceNotFoundException'],
    ['a token of our imagination', { nextToken: 'x' }, 'InvalidParameterException'],
  ])('with %s is refused', async (_what, input, name) => {
    logs.sink.append('/ecs/api', 'web/api/1', [line(1)]);
    await expect(get(input)).rejects.toMatchObject({ name });
  });
});

describe('FilterLogEvents', () => {
  beforeEach(() => {
    logs.sink.append('/ecs/api', 'web/1', [
      { timestampMs: 1, message: 'GET /health 200' },
      { timestampMs: 3, message: 'ERROR out of memory' },
    ]);
    logs.sink.append('/ecs/api', 'worker/1', [{ timestampMs: 2, message: 'ERROR no job' }]);
  });

  it.each([
    ['', ['GET /health 200', 'ERROR no job', 'ERROR out of memory']],
    ['ERROR', ['ERROR no job', 'ERROR out of memory']],
    ['"out of"', ['ERROR out of memory']],
    ['ERROR -job', ['ERROR out of memory']],
    ['?health ?job', ['GET /health 200', 'ERROR no job']],
  ])('%j finds %j, over all streams, by time', async (filterPattern, expected) => {
    const command = new sdk.FilterLogEventsCommand({ logGroupName: '/ecs/api', filterPattern });
    const { events } = await client.send(command);
    expect(events?.map((event) => event.message)).toEqual(expected);
  });

  it('keeps to the streams that are named, and goes on where a page ended', async () => {
    const command = { logGroupName: '/ecs/api', logStreamNamePrefix: 'web/', limit: 1 };
    const pages: (string | undefined)[][] = [];
    for await (const page of sdk.paginateFilterLogEvents({ client }, command)) {
      pages.push((page.events ?? []).map((event) => event.message));
    }
    expect(pages).toEqual([['GET /health 200'], ['ERROR out of memory']]);
  });

  it('says that it knows no JSON patterns', async () => {
    const command = new sdk.FilterLogEventsCommand({
      logGroupName: '/ecs/api',
      filterPattern: '{ $.a = 1 }',
    });
    await expect(client.send(command)).rejects.toThrow(sdk.InvalidParameterException);
  });
});

describe('groups and streams', () => {
  it('are made once, written to by PutLogEvents, and deleted with what they hold', async () => {
    await client.send(new sdk.CreateLogGroupCommand({ logGroupName: '/ecs/api' }));
    const again = new sdk.CreateLogGroupCommand({ logGroupName: '/ecs/api' });
    await expect(client.send(again)).rejects.toThrow(sdk.ResourceAlreadyExistsException);
    await client.send(new sdk.CreateLogStreamCommand(at));
    await expect(client.send(new sdk.CreateLogStreamCommand(at))).rejects.toThrow(
      sdk.ResourceAlreadyExistsException,
    );
    const put = (...secondsAgo: number[]) =>
      client.send(
        new sdk.PutLogEventsCommand({
          ...at,
          logEvents: secondsAgo.map((ago) => ({
            timestamp: Date.now() - ago * 1000,
            message: `${ago} s ago`,
          })),
        }),
      );
    await put(4, 3);
    await expect(put(1, 2)).rejects.toThrow(sdk.InvalidParameterException);
    expect((await get()).messages).toEqual(['4 s ago', '3 s ago']);
    await client.send(new sdk.DeleteLogGroupCommand({ logGroupName: '/ecs/api' }));
    await expect(get()).rejects.toThrow(sdk.ResourceNotFoundException);
    expect(await readdir(folder)).toEqual([]);
  });

  it('are found by ARN too', async () => {
    logs.sink.append('/ecs/api', 'web/api/1', [line(1)]);
    const { logGroups } = await client.send(new sdk.DescribeLogGroupsCommand({ logGroupNamePrefix: '/ecs' }));
    const { events } = await client.send(
      new sdk.GetLogEventsCommand({
        logGroupIdentifier: logGroups?.[0]?.logGroupArn,
        logStreamName: 'web/api/1',
      }),
    );
    expect(events).toHaveLength(1);
  });
});
