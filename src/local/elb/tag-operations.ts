// Resource tags on load balancers, target groups, listeners and rules.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AddTags.html and its neighbours
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Operations, SdkOperation } from '../wire/operations.ts';
import {
  type ElbParts,
  requireListener,
  requireLoadBalancer,
  requireRule,
  requireTargetGroup,
} from './service-parts.ts';
import type { ElbState } from './state.ts';

export function tagOperations({ file }: ElbParts): Operations {
  const add: SdkOperation<sdk.AddTagsCommandInput, sdk.AddTagsCommandOutput> = async (input) => {
    for (const arn of input.ResourceArns ?? []) {
      requireResource(file.state, arn);
      keepTags(file.state, arn, input.Tags);
    }
    return file.saved({});
  };

  const remove: SdkOperation<sdk.RemoveTagsCommandInput, sdk.RemoveTagsCommandOutput> = async (input) => {
    for (const arn of input.ResourceArns ?? []) {
      requireResource(file.state, arn);
      const tags = file.state.tags[arn] ?? {};
      for (const key of input.TagKeys ?? []) delete tags[key];
    }
    return file.saved({});
  };

  const describe: SdkOperation<sdk.DescribeTagsCommandInput, sdk.DescribeTagsCommandOutput> = async (
    input,
  ) => ({
    TagDescriptions: (input.ResourceArns ?? []).map((arn) => {
      requireResource(file.state, arn);
      const tags = Object.entries(file.state.tags[arn] ?? {});
      return { ResourceArn: arn, Tags: tags.map(([Key, Value]) => ({ Key, Value })) };
    }),
  });

  return { AddTags: add, RemoveTags: remove, DescribeTags: describe };
}

export function keepTags(state: ElbState, arn: string, tags: readonly sdk.Tag[] | undefined): void {
  if (tags === undefined || tags.length === 0) return;
  const added = Object.fromEntries(tags.map(({ Key, Value }) => [Key ?? '', Value ?? '']));
  state.tags[arn] = { ...state.tags[arn], ...added };
}

function requireResource(state: ElbState, arn: string): void {
  if (arn.includes(':targetgroup/')) requireTargetGroup(state, arn);
  else if (arn.includes(':listener-rule/')) requireRule(state, arn);
  else if (arn.includes(':listener/')) requireListener(state, arn);
  else requireLoadBalancer(state, arn);
}
