// TagResource, UntagResource, ListTagsForResource: for whatever of ours has an ARN.
import type {
  ListTagsForResourceCommandInput,
  ListTagsForResourceCommandOutput,
  TagResourceCommandInput,
  TagResourceCommandOutput,
  UntagResourceCommandInput,
  UntagResourceCommandOutput,
} from '@aws-sdk/client-ecs';
import { AwsError } from '../../wire/aws-error.ts';
import type { SdkOperation } from '../../wire/operations.ts';
import type { EcsContext } from '../context.ts';
import { shortName } from '../ids.ts';
import { invalid } from '../lookup.ts';
import { removeTags, setTags, tagsOf } from '../tag-store.ts';

export interface TagOperations {
  TagResource: SdkOperation<TagResourceCommandInput, TagResourceCommandOutput>;
  UntagResource: SdkOperation<UntagResourceCommandInput, UntagResourceCommandOutput>;
  ListTagsForResource: SdkOperation<ListTagsForResourceCommandInput, ListTagsForResourceCommandOutput>;
}

export function tagOperations({ store }: EcsContext): TagOperations {
  const known = (arn: string | undefined): string => {
    if (!arn) throw invalid('The resource ARN cannot be empty.');
    const { clusters, services, tasks, taskDefinitions } = store.state;
    const name = shortName(arn);
    const found =
      services[arn] ??
      [clusters[name], tasks[name], taskDefinitions[name]].find((record) => record?.arn === arn);
    if (found) return arn;
    throw new AwsError('ResourceNotFoundException', 'The specified resource could not be found.');
  };
  return {
    async TagResource(input) {
      setTags(store, known(input.resourceArn), input.tags ?? []);
      return store.saved({});
    },
    async UntagResource(input) {
      removeTags(store, known(input.resourceArn), input.tagKeys ?? []);
      return store.saved({});
    },
    async ListTagsForResource(input) {
      return { tags: tagsOf(store, known(input.resourceArn)) };
    },
  };
}
