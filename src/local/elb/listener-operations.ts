// ELB's operations on listeners. Each has one rule, the default one, and that forwards to one target group.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html and its neighbours
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../wire/aws-error.ts';
import { PortTakenError } from '../wire/listen.ts';
import type { Operations, SdkOperation } from '../wire/operations.ts';
import { pageOf } from '../wire/paging.ts';
import {
  type ElbParts,
  invalid,
  newArn,
  requireListener,
  requireLoadBalancer,
  requireTargetGroup,
} from './service-parts.ts';
import type { ElbState, ListenerRecord } from './state.ts';
import { keepTags } from './tag-operations.ts';
import { isPort } from './target-group-settings.ts';

export function listenerOperations({ file, listeners }: ElbParts): Operations {
  const create: SdkOperation<sdk.CreateListenerCommandInput, sdk.CreateListenerCommandOutput> = async (
    input,
    context,
  ) => {
    const loadBalancer = requireLoadBalancer(file.state, input.LoadBalancerArn);
    requireHttp(input.Protocol ?? 'HTTP');
    if (!isPort(input.Port)) throw invalid('A port from 1 to 65535 must be specified');
    const port = input.Port;
    const own = Object.values(file.state.listeners).filter(
      (each) => each.loadBalancerArn === loadBalancer.arn,
    );
    if (own.some((each) => each.port === port)) {
      throw new AwsError(
        'DuplicateListenerException',
        `A listener already exists on this port for this load balancer '${loadBalancer.arn}'`,
      );
    }
    // `…:loadbalancer/app/<name>/<id>` -> `<name>/<id>`
    const path = loadBalancer.arn.split('/').slice(2).join('/');
    const record: ListenerRecord = {
      arn: newArn(context, 'listener/app', path),
      loadBalancerArn: loadBalancer.arn,
      port,
      targetGroupArn: readTargetGroup(file.state, input.DefaultActions),
    };
    await openOrRefuse(record);
    file.state.listeners[record.arn] = record;
    keepTags(file.state, record.arn, input.Tags);
    await file.save();
    return { Listeners: [describeListener(record)] };
  };

  const openOrRefuse = async (record: ListenerRecord): Promise<void> => {
    try {
      await listeners.open(record, () => file.state.listeners[record.arn]);
    } catch (error) {
      const why =
        error instanceof PortTakenError ? error.message : `port ${record.port}: ${(error as Error).message}`;
      throw new AwsError(
        'InvalidConfigurationRequestException',
        `The listener cannot be opened: ${why}. All local load balancers share localhost.`,
      );
    }
  };

  const describe: SdkOperation<
    sdk.DescribeListenersCommandInput,
    sdk.DescribeListenersCommandOutput
  > = async ({ LoadBalancerArn, ListenerArns = [], Marker, PageSize }) => {
    const found = ((): ListenerRecord[] => {
      if (ListenerArns.length > 0) return ListenerArns.map((arn) => requireListener(file.state, arn));
      const { arn } = requireLoadBalancer(file.state, LoadBalancerArn);
      return Object.values(file.state.listeners).filter((each) => each.loadBalancerArn === arn);
    })();
    const page = pageOf(found, { nextToken: Marker, maxResults: PageSize }, 400);
    return {
      Listeners: page.items.map(describeListener),
      ...(page.nextToken === undefined ? {} : { NextMarker: page.nextToken }),
    };
  };

  // The target group can be changed under running requests; port and protocol need a new listener here.
  const modify: SdkOperation<sdk.ModifyListenerCommandInput, sdk.ModifyListenerCommandOutput> = async (
    input,
  ) => {
    const record = requireListener(file.state, input.ListenerArn);
    requireHttp(input.Protocol ?? 'HTTP');
    if (input.Port !== undefined && input.Port !== record.port) {
      throw invalid("Slipway's local load balancer cannot move a listener to another port: create a new one");
    }
    if (input.DefaultActions !== undefined) {
      record.targetGroupArn = readTargetGroup(file.state, input.DefaultActions);
    }
    await file.save();
    return { Listeners: [describeListener(record)] };
  };

  const remove: SdkOperation<sdk.DeleteListenerCommandInput, sdk.DeleteListenerCommandOutput> = async (
    input,
  ) => {
    const { arn } = requireListener(file.state, input.ListenerArn);
    delete file.state.listeners[arn];
    delete file.state.tags[arn];
    await file.save();
    await listeners.close(arn);
    return {};
  };

  const describeRules: SdkOperation<sdk.DescribeRulesCommandInput, sdk.DescribeRulesCommandOutput> = async (
    input,
  ) => {
    const arns = input.RuleArns?.map((arn) =>
      arn.replace(':listener-rule/', ':listener/').replace(/\/default$/, ''),
    );
    const records = (arns ?? [input.ListenerArn]).map((arn) => requireListener(file.state, arn));
    return { Rules: records.map(defaultRule) };
  };

  return {
    CreateListener: create,
    DescribeListeners: describe,
    ModifyListener: modify,
    DeleteListener: remove,
    DescribeRules: describeRules,
  };
}

function requireHttp(protocol: string): void {
  if (protocol === 'HTTP') return;
  throw new AwsError(
    'UnsupportedProtocolException',
    `Slipway's local load balancer listens for HTTP only, not ${protocol}`,
  );
}

/** Throws AwsError `ValidationError` for any action but "forward to one target group". */
function readTargetGroup(state: ElbState, actions: readonly sdk.Action[] | undefined): string {
  const [action, ...more] = actions ?? [];
  const groups = action?.ForwardConfig?.TargetGroups ?? [{ TargetGroupArn: action?.TargetGroupArn }];
  if (action?.Type !== 'forward' || more.length > 0 || groups.length !== 1) {
    throw invalid(
      "Slipway's local load balancer needs one default action, which forwards to one target group",
    );
  }
  return requireTargetGroup(state, groups[0]?.TargetGroupArn).arn;
}

function actionsOf(record: ListenerRecord): sdk.Action[] {
  const { targetGroupArn: TargetGroupArn } = record;
  return [
    {
      Type: 'forward',
      TargetGroupArn,
      Order: 1,
      ForwardConfig: {
        TargetGroups: [{ TargetGroupArn, Weight: 1 }],
        TargetGroupStickinessConfig: { Enabled: false },
      },
    },
  ];
}

function describeListener(record: ListenerRecord): sdk.Listener {
  return {
    ListenerArn: record.arn,
    LoadBalancerArn: record.loadBalancerArn,
    Port: record.port,
    Protocol: 'HTTP',
    DefaultActions: actionsOf(record),
  };
}

function defaultRule(record: ListenerRecord): sdk.Rule {
  return {
    RuleArn: `${record.arn.replace(':listener/', ':listener-rule/')}/default`,
    Priority: 'default',
    Conditions: [],
    Actions: actionsOf(record),
    IsDefault: true,
  };
}
