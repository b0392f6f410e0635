// What each group of ELB operations is made from, and how it finds what a client names.
import { randomBytes } from 'node:crypto';
import { AwsError } from '../wire/aws-error.ts';
import type { CallContext } from '../wire/operations.ts';
import type { Listeners } from './listeners.ts';
import type {
  ElbState,
  ElbStateFile,
  ListenerRecord,
  LoadBalancerRecord,
  RuleRecord,
  TargetGroupRecord,
} from './state.ts';
import type { TargetPools } from './target-pools.ts';

export interface ElbParts {
  readonly file: ElbStateFile;
  readonly pools: TargetPools;
  readonly listeners: Listeners;
}

export type ElbResource = 'loadbalancer/app' | 'targetgroup' | 'listener/app';

/** ELB's ARNs end in 16 hex digits for each level. */
export function newArn({ region, accountId }: CallContext, resource: ElbResource, path: string): string {
  return `arn:aws:elasticloadbalancing:${region}:${accountId}:${resource}/${path}/${randomBytes(8).toString('hex')}`;
}

export function requireLoadBalancer(state: ElbState, arn: string | undefined): LoadBalancerRecord {
  const found = own(state.loadBalancers, arn);
  if (found !== undefined) return found;
  throw new AwsError('LoadBalancerNotFoundException', `Load balancer '${arn}' not found`);
}

export function requireTargetGroup(state: ElbState, arn: string | undefined): TargetGroupRecord {
  const found = own(state.targetGroups, arn);
  if (found !== undefined) return found;
  throw new AwsError('TargetGroupNotFoundException', `One or more target groups not found: '${arn}'`);
}

export function requireListener(state: ElbState, arn: string | undefined): ListenerRecord {
  const found = own(state.listeners, arn);
  if (found !== undefined) return found;
  throw new AwsError('ListenerNotFoundException', `One or more listeners not found: '${arn}'`);
}

export function requireRule(state: ElbState, arn: string | undefined): RuleRecord {
  const found = own(state.rules, arn);
  if (found !== undefined) return found;
  throw new AwsError('RuleNotFoundException', `One or more rules not found: '${arn}'`);
}

export function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message);
}

function own<T>(records: Readonly<Record<string, T>>, key: string | undefined): T | undefined {
  return key !== undefined && Object.hasOwn(records, key) ? records[key] : undefined;
}
