// ELB's operations on attributes: stored and given back. Of all of them only `deregistration_delay.timeout_seconds` and `deletion_protection.enabled` change how the local one works.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyLoadBalancerAttributes.html and its neighbours
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Operation, Operations } from '../wire/operations.ts';
import { type ElbParts, requireListener, requireLoadBalancer, requireTargetGroup } from './service-parts.ts';
import { withAttributes } from './target-group-settings.ts';

interface Attribute {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}
type Changes = { readonly Attributes: readonly Attribute[] | undefined };

export function attributeOperations(parts: ElbParts): Operations {
  const { state } = parts.file;
  return {
    ...attributesOf(parts, 'LoadBalancer', (input: sdk.DescribeLoadBalancerAttributesInput) =>
      requireLoadBalancer(state, input.LoadBalancerArn),
    ),
    ...attributesOf(parts, 'Listener', (input: sdk.DescribeListenerAttributesInput) =>
      requireListener(state, input.ListenerArn),
    ),
    ...attributesOf(
      parts,
      'TargetGroup',
      (input: sdk.DescribeTargetGroupAttributesInput) => requireTargetGroup(state, input.TargetGroupArn),
      withAttributes,
    ),
  };
}

type Merge = (current: Record<string, string>, changes: readonly Attribute[]) => Record<string, string>;

const merged: Merge = (current, changes) => ({
  ...current,
  ...Object.fromEntries(changes.map(({ Key = '', Value = '' }) => [Key, Value])),
});

function attributesOf<Input>(
  { file }: ElbParts,
  kind: string,
  find: (input: Input) => { attributes: Record<string, string> },
  merge: Merge = merged,
): Operations {
  const describe: Operation<Input, unknown> = async (input) => ({
    Attributes: asList(find(input).attributes),
  });
  const modify: Operation<Input & Changes, unknown> = async (input) => {
    const record = find(input);
    record.attributes = merge(record.attributes, input.Attributes ?? []);
    return file.saved({ Attributes: asList(record.attributes) });
  };
  return { [`Describe${kind}Attributes`]: describe, [`Modify${kind}Attributes`]: modify };
}

function asList(attributes: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }));
}
