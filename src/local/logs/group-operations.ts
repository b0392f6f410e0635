// CloudWatch Logs' operations on groups and streams.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html and its neighbours
import type * as sdk from '@aws-sdk/client-cloudwatch-logs';
import { AwsError } from '../wire/aws-error.ts';
import type { Operations, SdkOperation } from '../wire/operations.ts';
import { nextTokenOf, pageOf } from '../wire/paging.ts';
import type { LogStore } from './log-store.ts';
import { groupArn, requireGroup, requireStream } from './lookup.ts';
import { assertLimit, assertOrder } from './parameters.ts';

/** Groups or streams in one answer. */
const mostListed = 50;

export function groupOperations(store: LogStore): Operations {
  const createGroup: SdkOperation<sdk.CreateLogGroupCommandInput, sdk.CreateLogGroupCommandOutput> = async (
    input,
  ) => {
    const name = input.logGroupName ?? '';
    if (!/^[.\-_/#A-Za-z0-9]{1,512}$/.test(name)) {
      throw new AwsError('InvalidParameterException', `'${name}' is not a valid log group name`);
    }
    if (store.groups.has(name)) throw alreadyExists('group');
    const group = store.ensureGroup(name);
    Object.assign(group.record.tags, input.tags);
    await store.saveGroup(group);
    return {};
  };

  const describeGroups: SdkOperation<
    sdk.DescribeLogGroupsCommandInput,
    sdk.DescribeLogGroupsCommandOutput
  > = async (input, context) => {
    assertLimit(input.limit, mostListed);
    const { logGroupNamePrefix = '', logGroupNamePattern = '' } = input;
    const names = [...store.groups.keys()]
      .filter((name) => name.startsWith(logGroupNamePrefix) && name.includes(logGroupNamePattern))
      .sort();
    const page = pageOf(names, { nextToken: input.nextToken, maxResults: input.limit }, mostListed);
    const logGroups = page.items.map((name) => {
      const record = store.groups.get(name)?.record;
      return {
        logGroupName: name,
        arn: `${groupArn(name, context)}:*`,
        logGroupArn: groupArn(name, context),
        creationTime: record?.createdAtMs ?? 0,
        metricFilterCount: 0,
        storedBytes: 0,
        logGroupClass: 'STANDARD' as const,
        ...(record?.retentionInDays === undefined ? {} : { retentionInDays: record.retentionInDays }),
      };
    });
    return { logGroups, ...nextTokenOf(page) };
  };

  const deleteGroup: SdkOperation<sdk.DeleteLogGroupCommandInput, sdk.DeleteLogGroupCommandOutput> = async (
    input,
  ) => {
    await store.deleteGroup(requireGroup(store, input).record.name);
    return {};
  };

  const createStream: SdkOperation<
    sdk.CreateLogStreamCommandInput,
    sdk.CreateLogStreamCommandOutput
  > = async (input) => {
    const group = requireGroup(store, input);
    const name = input.logStreamName ?? '';
    if (!/^[^:*]{1,512}$/.test(name)) {
      throw new AwsError('InvalidParameterException', `'${name}' is not a valid log stream name`);
    }
    if (group.streams.has(name)) throw alreadyExists('stream');
    await store.ensureStream(group, name).flushed();
    return {};
  };

  const describeStreams: SdkOperation<
    sdk.DescribeLogStreamsCommandInput,
    sdk.DescribeLogStreamsCommandOutput
  > = async (input, context) => {
    assertLimit(input.limit, mostListed);
    assertOrder(input.orderBy, input.logStreamNamePrefix);
    const group = requireGroup(store, input);
    const byTime = input.orderBy === 'LastEventTime';
    const streams = [...group.streams.values()]
      .filter((stream) => stream.name.startsWith(input.logStreamNamePrefix ?? ''))
      .sort((left, right) =>
        byTime ? (left.lastEventMs ?? 0) - (right.lastEventMs ?? 0) : left.name < right.name ? -1 : 1,
      );
    if (input.descending === true) streams.reverse();
    const page = pageOf(streams, { nextToken: input.nextToken, maxResults: input.limit }, mostListed);
    return {
      logStreams: page.items.map((stream) => ({
        logStreamName: stream.name,
        arn: `${groupArn(group.record.name, context)}:log-stream:${stream.name}`,
        creationTime: stream.createdAtMs,
        storedBytes: 0,
        ...(stream.firstEventMs === undefined ? {} : { firstEventTimestamp: stream.firstEventMs }),
        ...(stream.lastEventMs === undefined ? {} : { lastEventTimestamp: stream.lastEventMs }),
        ...(stream.lastIngestedAtMs === undefined ? {} : { lastIngestionTime: stream.lastIngestedAtMs }),
      })),
      ...nextTokenOf(page),
    };
  };

  const deleteStream: SdkOperation<
    sdk.DeleteLogStreamCommandInput,
    sdk.DeleteLogStreamCommandOutput
  > = async (input) => {
    const group = requireGroup(store, input);
    await store.deleteStream(group, requireStream(group, input.logStreamName).name);
    return {};
  };

  // Stored and given back; nothing expires here.
  const putRetention: SdkOperation<
    sdk.PutRetentionPolicyCommandInput,
    sdk.PutRetentionPolicyCommandOutput
  > = async (input) => {
    const group = requireGroup(store, input);
    group.record.retentionInDays = input.retentionInDays;
    await store.saveGroup(group);
    return {};
  };

  const deleteRetention: SdkOperation<
    sdk.DeleteRetentionPolicyCommandInput,
    sdk.DeleteRetentionPolicyCommandOutput
  > = async (input) => {
    const group = requireGroup(store, input);
    delete group.record.retentionInDays;
    await store.saveGroup(group);
    return {};
  };

  return {
    CreateLogGroup: createGroup,
    DescribeLogGroups: describeGroups,
    DeleteLogGroup: deleteGroup,
    CreateLogStream: createStream,
    DescribeLogStreams: describeStreams,
    DeleteLogStream: deleteStream,
    PutRetentionPolicy: putRetention,
    DeleteRetentionPolicy: deleteRetention,
  };
}

function alreadyExists(what: 'group' | 'stream'): AwsError {
  return new AwsError('ResourceAlreadyExistsException', `The specified log ${what} already exists`);
}
