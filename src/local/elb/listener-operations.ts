// ELB's operations on listeners: a port of localhost, and what is done with a request that no rule takes.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html and its neighbours
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../wire/aws-error.ts';
import { PortTakenError } from '../wire/listen.ts';
import type { Operations, SdkOperation } from '../wire/operations.ts';
import { pageOf } from '../wire/paging.ts';
import { describeActions, readAction } from './actions.ts';
import { type ElbParts, invalid, newArn, requireListener, requireLoadBalancer } from './service-parts.ts';
import type { ElbState, ListenerRecord } from './state.ts';
import { keepTags } from './tag-operations.ts';
import { isPort } from './target-group-settings.ts';

export function listenerOperations({ file, pools, listeners }: ElbParts): Operations {
  const create: SdkOperation<sdk.CreateListenerCommandInput, sdk.CreateListenerCommandOutput> = async (
    input,
    context,
  ) => {
    const loadBalancer = requireLoadBalancer(file.state, input.LoadBalancerArn);
    requireHttp(input.Protocol ?? 'HTTP');
    const port = freePort(file.state, loadBalancer.arn, input.Port);
    // `…:loadbalancer/app/<name>/<id>` -> `<name>/<id>`
    const path = loadBalancer.arn.split('/').slice(2).join('/');
    const record: ListenerRecord = {
      arn: newArn(context, 'listener/app', path),
      loadBalancerArn: loadBalancer.arn,
      port,
      action: readAction(file.state, loadBalancer.arn, input.DefaultActions),
      attributes: {},
    };
    await openOrRefuse(record);
    file.state.listeners[record.arn] = record;
    keepTags(file.state, record.arn, input.Tags);
    pools.noticeUse();
    return file.saved({ Listeners: [describeListener(record)] });
  };

  const openOrRefuse = async (record: Pick<ListenerRecord, 'arn' | 'port'>): Promise<void> => {
    try {
      await listeners.open(record);
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
    if (LoadBalancerArn === undefined && ListenerArns.length === 0) {
      throw invalid('You must specify either listener ARNs or a load balancer ARN');
    }
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

  // The action can be changed under running requests; on a move to another port, those on the old one may end.
  const modify: SdkOperation<sdk.ModifyListenerCommandInput, sdk.ModifyListenerCommandOutput> = async (
    input,
  ) => {
    const record = requireListener(file.state, input.ListenerArn);
    requireHttp(input.Protocol ?? 'HTTP');
    const action = input.DefaultActions
      ? readAction(file.state, record.loadBalancerArn, input.DefaultActions)
      : record.action;
    if (input.Port !== undefined && input.Port !== record.port) {
      const port = freePort(file.state, record.loadBalancerArn, input.Port);
      await openOrRefuse({ arn: record.arn, port });
      record.port = port;
    }
    record.action = action;
    pools.noticeUse();
    return file.saved({ Listeners: [describeListener(record)] });
  };

  const remove: SdkOperation<sdk.DeleteListenerCommandInput, sdk.DeleteListenerCommandOutput> = async (
    input,
  ) => {
    const { arn } = requireListener(file.state, input.ListenerArn);
    forgetListener(file.state, arn);
    pools.noticeUse();
    await file.save();
    await listeners.close(arn);
    return {};
  };

  return {
    CreateListener: create,
    DescribeListeners: describe,
    ModifyListener: modify,
    DeleteListener: remove,
  };
}

function requireHttp(protocol: string): void {
  if (protocol === 'HTTP') return;
  throw new AwsError(
    'UnsupportedProtocolException',
    `Slipway's local load balancer listens for HTTP only, not ${protocol}`,
  );
}

function freePort(state: ElbState, loadBalancerArn: string, wanted: number | undefined): number {
  if (!isPort(wanted)) throw invalid('A port from 1 to 65535 must be specified');
  const own = Object.values(state.listeners).filter((each) => each.loadBalancerArn === loadBalancerArn);
  if (own.some((each) => each.port === wanted)) {
    throw new AwsError(
      'DuplicateListenerException',
      `A listener already exists on this port for this load balancer '${loadBalancerArn}'`,
    );
  }
  return wanted;
}

/** With its rules, and the tags of both. */
export function forgetListener(state: ElbState, arn: string): void {
  const rules = Object.values(state.rules).filter(({ listenerArn }) => listenerArn === arn);
  for (const rule of rules) delete state.rules[rule.arn];
  delete state.listeners[arn];
  for (const each of [arn, ...rules.map((rule) => rule.arn)]) delete state.tags[each];
}

function describeListener(record: ListenerRecord): sdk.Listener {
  return {
    ListenerArn: record.arn,
    LoadBalancerArn: record.loadBalancerArn,
    Port: record.port,
    Protocol: 'HTTP',
    DefaultActions: describeActions(record.action),
  };
}
