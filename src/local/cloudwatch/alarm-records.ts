// What hangs on alarms: their history and their tags.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html and its neighbours
import type * as sdk from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../wire/aws-error.ts';
import type { Operations, SdkOperation } from '../wire/operations.ts';
import type { AlarmStore } from './alarm-store.ts';
import { cut } from './pages.ts';

export function alarmRecordOperations(store: AlarmStore): Operations {
  const history: SdkOperation<
    sdk.DescribeAlarmHistoryCommandInput,
    sdk.DescribeAlarmHistoryCommandOutput
  > = async (input) => {
    const entries = store.history.filter(
      ({ alarmName, type, atMs }) =>
        (input.AlarmName === undefined || alarmName === input.AlarmName) &&
        (input.HistoryItemType === undefined || type === input.HistoryItemType) &&
        atMs >= (input.StartDate?.getTime() ?? 0) &&
        atMs <= (input.EndDate?.getTime() ?? Number.POSITIVE_INFINITY),
    );
    if (input.ScanBy === 'TimestampAscending') entries.reverse();
    const { items, token } = cut(entries, input.MaxRecords, input.NextToken, 100);
    return {
      AlarmHistoryItems: items.map(({ alarmName, atMs, type, summary, data }) => ({
        AlarmName: alarmName,
        AlarmType: 'MetricAlarm',
        Timestamp: new Date(atMs),
        HistoryItemType: type,
        HistorySummary: summary,
        HistoryData: data,
      })),
      ...token,
    };
  };

  const tagsOf = (arn: string | undefined): Map<string, string> => {
    const alarm = arn?.startsWith('arn:') ? store.find(arn) : undefined;
    if (alarm !== undefined) return store.tagsOf(alarm.arn);
    throw new AwsError('ResourceNotFoundException', 'The named resource does not exist.', {
      statusCode: 404,
      fields: { ResourceType: 'alarm', ResourceId: arn },
    });
  };

  const list: SdkOperation<
    sdk.ListTagsForResourceCommandInput,
    sdk.ListTagsForResourceCommandOutput
  > = async ({ ResourceARN }) => ({
    Tags: [...tagsOf(ResourceARN)].map(([Key, Value]) => ({ Key, Value })),
  });

  const tag: SdkOperation<sdk.TagResourceCommandInput, sdk.TagResourceCommandOutput> = async (input) => {
    const tags = tagsOf(input.ResourceARN);
    for (const { Key, Value } of input.Tags ?? []) tags.set(Key ?? '', Value ?? '');
    await store.save();
    return {};
  };

  const untag: SdkOperation<sdk.UntagResourceCommandInput, sdk.UntagResourceCommandOutput> = async (
    input,
  ) => {
    const tags = tagsOf(input.ResourceARN);
    for (const key of input.TagKeys ?? []) tags.delete(key);
    await store.save();
    return {};
  };

  return {
    DescribeAlarmHistory: history,
    ListTagsForResource: list,
    TagResource: tag,
    UntagResource: untag,
  };
}
