// ELB's operations on rules. Every listener has a default one, too, made of its default action.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html and its neighbours
import { createHash, randomBytes } from 'node:crypto';
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../wire/aws-error.ts';
import type { Operations, SdkOperation } from '../wire/operations.ts';
import { pageOf } from '../wire/paging.ts';
import { describeActions, readAction } from './actions.ts';
import { describeCondition, readConditions } from './conditions.ts';
import { rulesOf } from './routing.ts';
import { type ElbParts, invalid, requireListener, requireRule } from './service-parts.ts';
import type { ElbState, ListenerRecord, RuleRecord } from './state.ts';
import { keepTags } from './tag-operations.ts';

export function ruleOperations({ file, pools }: ElbParts): Operations {
  const { state } = file;

  const create: SdkOperation<sdk.CreateRuleCommandInput, sdk.CreateRuleCommandOutput> = async (input) => {
    const listener = requireListener(state, input.ListenerArn);
    requireNoTransforms(input.Transforms);
    const record: RuleRecord = {
      arn: `${ruleArnOf(listener)}/${randomBytes(8).toString('hex')}`,
      listenerArn: listener.arn,
      priority: freePriority(state, listener.arn, input.Priority),
      conditions: readConditions(input.Conditions),
      action: readAction(state, listener.loadBalancerArn, input.Actions),
    };
    state.rules[record.arn] = record;
    keepTags(state, record.arn, input.Tags);
    pools.noticeUse();
    return file.saved({ Rules: [describeRule(record)] });
  };

  const describe: SdkOperation<sdk.DescribeRulesCommandInput, sdk.DescribeRulesCommandOutput> = async ({
    ListenerArn,
    RuleArns = [],
    Marker,
    PageSize,
  }) => {
    if (ListenerArn === undefined && RuleArns.length === 0) {
      throw invalid('You must specify either listener ARN or rule ARNs');
    }
    const found =
      RuleArns.length > 0 ? RuleArns.map((arn) => findRule(state, arn)) : allOf(state, ListenerArn);
    const page = pageOf(found, { nextToken: Marker, maxResults: PageSize }, 400);
    return {
      Rules: page.items,
      ...(page.nextToken === undefined ? {} : { NextMarker: page.nextToken }),
    };
  };

  const modify: SdkOperation<sdk.ModifyRuleCommandInput, sdk.ModifyRuleCommandOutput> = async (input) => {
    requireNotDefault(state, input.RuleArn, 'modified');
    const record = requireRule(state, input.RuleArn);
    requireNoTransforms(input.Transforms);
    const { loadBalancerArn } = requireListener(state, record.listenerArn);
    // Both are read before either is changed: a refused call changes nothing.
    const conditions = input.Conditions ? readConditions(input.Conditions) : record.conditions;
    const action = input.Actions ? readAction(state, loadBalancerArn, input.Actions) : record.action;
    Object.assign(record, { conditions, action });
    pools.noticeUse();
    return file.saved({ Rules: [describeRule(record)] });
  };

  const remove: SdkOperation<sdk.DeleteRuleCommandInput, sdk.DeleteRuleCommandOutput> = async (input) => {
    requireNotDefault(state, input.RuleArn, 'deleted');
    const { arn } = requireRule(state, input.RuleArn);
    delete state.rules[arn];
    delete state.tags[arn];
    pools.noticeUse();
    return file.saved({});
  };

  const setPriorities: SdkOperation<
    sdk.SetRulePrioritiesCommandInput,
    sdk.SetRulePrioritiesCommandOutput
  > = async (input) => {
    const wanted = (input.RulePriorities ?? []).map(({ RuleArn, Priority }) => {
      requireNotDefault(state, RuleArn, 'modified');
      return { rule: requireRule(state, RuleArn), priority: requirePriority(Priority) };
    });
    for (const { rule, priority } of wanted) {
      const after = (each: RuleRecord): number =>
        wanted.find((change) => change.rule === each)?.priority ?? each.priority;
      const others = rulesOf(state, rule.listenerArn).filter((each) => each !== rule);
      if (others.some((each) => after(each) === priority)) throw priorityInUse(priority);
    }
    for (const { rule, priority } of wanted) rule.priority = priority;
    return file.saved({ Rules: wanted.map(({ rule }) => describeRule(rule)) });
  };

  return {
    CreateRule: create,
    DescribeRules: describe,
    ModifyRule: modify,
    DeleteRule: remove,
    SetRulePriorities: setPriorities,
  };
}

const ruleArnOf = ({ arn }: ListenerRecord): string => arn.replace(':listener/', ':listener-rule/');

/** Looks like any other, and is the same each time. */
const defaultRuleArn = (listener: ListenerRecord): string =>
  `${ruleArnOf(listener)}/${createHash('sha256').update(listener.arn).digest('hex').slice(0, 16)}`;

function allOf(state: ElbState, listenerArn: string | undefined): sdk.Rule[] {
  const listener = requireListener(state, listenerArn);
  return [...rulesOf(state, listener.arn).map(describeRule), defaultRule(listener)];
}

function findRule(state: ElbState, arn: string): sdk.Rule {
  const listener = Object.values(state.listeners).find((each) => defaultRuleArn(each) === arn);
  return listener === undefined ? describeRule(requireRule(state, arn)) : defaultRule(listener);
}

function describeRule(record: RuleRecord): sdk.Rule {
  return {
    RuleArn: record.arn,
    Priority: String(record.priority),
    Conditions: record.conditions.map(describeCondition),
    Actions: describeActions(record.action),
    IsDefault: false,
  };
}

function defaultRule(listener: ListenerRecord): sdk.Rule {
  return {
    RuleArn: defaultRuleArn(listener),
    Priority: 'default',
    Conditions: [],
    Actions: describeActions(listener.action),
    IsDefault: true,
  };
}

function freePriority(state: ElbState, listenerArn: string, wanted: number | undefined): number {
  const priority = requirePriority(wanted);
  if (rulesOf(state, listenerArn).some((each) => each.priority === priority)) throw priorityInUse(priority);
  return priority;
}

function requirePriority(priority: number | undefined): number {
  if (priority !== undefined && Number.isInteger(priority) && priority >= 1 && priority <= 50_000)
    return priority;
  throw invalid(`Priority '${priority}' must be in the range 1-50000`);
}

function priorityInUse(priority: number): AwsError {
  return new AwsError('PriorityInUseException', `Priority '${priority}' is currently in use`);
}

function requireNotDefault(state: ElbState, arn: string | undefined, done: 'deleted' | 'modified'): void {
  if (!Object.values(state.listeners).some((each) => defaultRuleArn(each) === arn)) return;
  throw new AwsError('OperationNotPermittedException', `Default rule '${arn}' cannot be ${done}`);
}

function requireNoTransforms(transforms: readonly unknown[] | undefined): void {
  if (transforms === undefined || transforms.length === 0) return;
  throw invalid("Slipway's local load balancer does not rewrite requests (Transforms)");
}
