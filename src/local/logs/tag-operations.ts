// Tags of log groups, by the operations of today (an ARN) and those that they replaced (a name); Terraform reads them
// at every refresh. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html
import type * as sdk from '@aws-sdk/client-cloudwatch-logs';
import { AwsError } from '../wire/aws-error.ts';
import type { Operations, SdkOperation } from '../wire/operations.ts';
import type { LogGroup, LogStore } from './log-store.ts';
import { requireGroup } from './lookup.ts';

const mostTags = 50;

export function tagOperations(store: LogStore): Operations {
  const add = async (group: LogGroup, tags: Record<string, string> | undefined): Promise<void> => {
    if (Object.keys({ ...group.record.tags, ...tags }).length > mostTags) {
      throw new AwsError('TooManyTagsException', `A log group can have no more than ${mostTags} tags.`);
    }
    Object.assign(group.record.tags, tags);
    await store.saveGroup(group);
  };
  const remove = async (group: LogGroup, keys: readonly string[] | undefined): Promise<void> => {
    for (const key of keys ?? []) delete group.record.tags[key];
    await store.saveGroup(group);
  };
  const byArn = (arn: string | undefined): LogGroup => requireGroup(store, { logGroupIdentifier: arn });

  const list: SdkOperation<
    sdk.ListTagsForResourceCommandInput,
    sdk.ListTagsForResourceCommandOutput
  > = async (input) => ({ tags: byArn(input.resourceArn).record.tags });

  const tag: SdkOperation<sdk.TagResourceCommandInput, sdk.TagResourceCommandOutput> = async (input) => {
    await add(byArn(input.resourceArn), input.tags);
    return {};
  };

  const untag: SdkOperation<sdk.UntagResourceCommandInput, sdk.UntagResourceCommandOutput> = async (
    input,
  ) => {
    await remove(byArn(input.resourceArn), input.tagKeys);
    return {};
  };

  const listOfGroup: SdkOperation<
    sdk.ListTagsLogGroupCommandInput,
    sdk.ListTagsLogGroupCommandOutput
  > = async (input) => ({ tags: requireGroup(store, input).record.tags });

  const tagGroup: SdkOperation<sdk.TagLogGroupCommandInput, sdk.TagLogGroupCommandOutput> = async (input) => {
    await add(requireGroup(store, input), input.tags);
    return {};
  };

  const untagGroup: SdkOperation<sdk.UntagLogGroupCommandInput, sdk.UntagLogGroupCommandOutput> = async (
    input,
  ) => {
    await remove(requireGroup(store, input), input.tags);
    return {};
  };

  return {
    ListTagsForResource: list,
    TagResource: tag,
    UntagResource: untag,
    ListTagsLogGroup: listOfGroup,
    TagLogGroup: tagGroup,
    UntagLogGroup: untagGroup,
  };
}
