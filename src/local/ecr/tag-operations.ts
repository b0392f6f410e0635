// Resource tags (labels on repositories, not image tags).
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_TagResource.html and its neighbours
import type * as sdk from '@aws-sdk/client-ecr';
import { AwsError } from '../wire/aws-error.ts';
import type { Operations, SdkOperation } from '../wire/operations.ts';
import { requireRepository } from './repositories.ts';
import type { EcrParts } from './service-parts.ts';
import type { RepositoryRecord } from './state.ts';

export function tagOperations({ file }: EcrParts): Operations {
  const byArn = (arn: string | undefined, accountId: string): RepositoryRecord => {
    const name = /^arn:aws[^:]*:ecr:[^:]*:[^:]*:repository\/(.+)$/.exec(arn ?? '')?.[1];
    if (name === undefined) {
      throw new AwsError('InvalidParameterException', `Invalid parameter at 'resourceArn': '${arn}'`);
    }
    return requireRepository(file.state, name, accountId);
  };

  const tag: SdkOperation<sdk.TagResourceCommandInput, sdk.TagResourceCommandOutput> = async (
    input,
    { accountId },
  ) => {
    const repository = byArn(input.resourceArn, accountId);
    for (const { Key, Value } of input.tags ?? []) repository.resourceTags[Key ?? ''] = Value ?? '';
    return file.saved({});
  };

  const untag: SdkOperation<sdk.UntagResourceCommandInput, sdk.UntagResourceCommandOutput> = async (
    input,
    { accountId },
  ) => {
    const repository = byArn(input.resourceArn, accountId);
    for (const key of input.tagKeys ?? []) delete repository.resourceTags[key];
    return file.saved({});
  };

  const list: SdkOperation<
    sdk.ListTagsForResourceCommandInput,
    sdk.ListTagsForResourceCommandOutput
  > = async (input, { accountId }) => {
    const { resourceTags } = byArn(input.resourceArn, accountId);
    return { tags: Object.entries(resourceTags).map(([Key, Value]) => ({ Key, Value })) };
  };

  return { TagResource: tag, UntagResource: untag, ListTagsForResource: list };
}
