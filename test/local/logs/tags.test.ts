// Tags and retention of log groups, as Terraform and people set and read them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-cloudwatch-logs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogs, type Logs } from '../../../src/local/logs/index.ts';
import { startWire } from '../wire/start-wire.ts';

let folder: string;
let logs: Logs;
let client: sdk.CloudWatchLogsClient;

async function start(): Promise<void> {
  logs = await createLogs({ folder, log: () => undefined });
  client = new sdk.CloudWatchLogsClient((await startWire([logs.service])).client);
}

const logGroupName = '/ecs/api';
async function groupArn(): Promise<string> {
  const { logGroups } = await client.send(new sdk.DescribeLogGroupsCommand({}));
  return logGroups?.[0]?.logGroupArn ?? '';
}
async function tags(): Promise<unknown> {
  const answer = await client.send(new sdk.ListTagsForResourceCommand({ resourceArn: await groupArn() }));
  return answer.tags;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-log-tags-'));
  await start();
  await client.send(new sdk.CreateLogGroupCommand({ logGroupName, tags: { team: 'web' } }));
});
afterEach(async () => {
  await logs.close();
  await rm(folder, { recursive: true, force: true });
});

describe('tags of a log group', () => {
  it('are those of its creation, then set and removed by ARN, and survive a restart', async () => {
    expect(await tags()).toEqual({ team: 'web' });
    const resourceArn = await groupArn();
    await client.send(new sdk.TagResourceCommand({ resourceArn, tags: { team: 'api', stage: 'test' } }));
    await client.send(new sdk.UntagResourceCommand({ resourceArn, tagKeys: ['stage', 'none'] }));
    expect(await tags()).toEqual({ team: 'api' });
    await logs.close();
    await start();
    expect(await tags()).toEqual({ team: 'api' });
  });

  it('are the same by the older operations, which take a name', async () => {
    await client.send(new sdk.TagLogGroupCommand({ logGroupName, tags: { stage: 'test' } }));
    await client.send(new sdk.UntagLogGroupCommand({ logGroupName, tags: ['team'] }));
    const older = await client.send(new sdk.ListTagsLogGroupCommand({ logGroupName }));
    expect(older.tags).toEqual({ stage: 'test' });
    expect(await tags()).toEqual({ stage: 'test' });
  });

  it('are at most 50, and those of a group that is not there are ResourceNotFoundException', async () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`key-${index}`, '']));
    await expect(
      client.send(new sdk.TagResourceCommand({ resourceArn: await groupArn(), tags: many })),
    ).rejects.toThrow(sdk.TooManyTagsException);
    expect(await tags()).toEqual({ team: 'web' });
    await expect(
      client.send(new sdk.ListTagsForResourceCommand({ resourceArn: `${await groupArn()}-none` })),
    ).rejects.toThrow(sdk.ResourceNotFoundException);
  });
});

it('the retention of a group is set and taken away', async () => {
  const retention = async () =>
    (await client.send(new sdk.DescribeLogGroupsCommand({}))).logGroups?.[0]?.retentionInDays;
  await client.send(new sdk.PutRetentionPolicyCommand({ logGroupName, retentionInDays: 14 }));
  expect(await retention()).toBe(14);
  await client.send(new sdk.DeleteRetentionPolicyCommand({ logGroupName }));
  expect(await retention()).toBeUndefined();
});
