// ELB's operations on target groups.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html and its neighbours
import { isDeepStrictEqual } from 'node:util';
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../wire/aws-error.ts';
import type { Operations, SdkOperation } from '../wire/operations.ts';
import { pageOf } from '../wire/paging.ts';
import { type ElbParts, invalid, newArn, requireLoadBalancer, requireTargetGroup } from './service-parts.ts';
import type { ElbState, TargetGroupRecord } from './state.ts';
import { keepTags } from './tag-operations.ts';
import {
  defaultGroupAttributes,
  defaultHealthCheck,
  isPort,
  poolSettings,
  withHealthCheck,
} from './target-group-settings.ts';
import { loadBalancersOf } from './target-group-use.ts';

export function targetGroupOperations({ file, pools }: ElbParts): Operations {
  const create: SdkOperation<sdk.CreateTargetGroupCommandInput, sdk.CreateTargetGroupCommandOutput> = async (
    input,
    context,
  ) => {
    const name = input.Name ?? '';
    const settings = {
      name,
      port: requireUsable(input),
      vpcId: input.VpcId,
      targetType: input.TargetType ?? 'instance',
      healthCheck: withHealthCheck(defaultHealthCheck, input),
    };
    const existing = Object.values(file.state.targetGroups).find((each) => each.name === name);
    if (existing !== undefined) {
      const { port, vpcId, targetType, healthCheck } = existing;
      if (isDeepStrictEqual({ name, port, vpcId, targetType, healthCheck }, settings)) {
        return { TargetGroups: [describeTargetGroup(existing, file.state)] };
      }
      throw new AwsError(
        'DuplicateTargetGroupNameException',
        `A target group with the same name '${name}' exists, but with different settings`,
      );
    }
    const arn = newArn(context, 'targetgroup', name);
    const record: TargetGroupRecord = {
      ...settings,
      arn,
      attributes: { ...defaultGroupAttributes },
      targets: [],
    };
    file.state.targetGroups[arn] = record;
    keepTags(file.state, arn, input.Tags);
    pools.add(arn, () => poolSettings(file.state, file.state.targetGroups[arn] ?? record));
    return file.saved({ TargetGroups: [describeTargetGroup(record, file.state)] });
  };

  const describe: SdkOperation<
    sdk.DescribeTargetGroupsCommandInput,
    sdk.DescribeTargetGroupsCommandOutput
  > = async ({ LoadBalancerArn, TargetGroupArns = [], Names = [], Marker, PageSize }) => {
    const all = Object.values(file.state.targetGroups);
    const found = ((): TargetGroupRecord[] => {
      if (TargetGroupArns.length > 0)
        return TargetGroupArns.map((arn) => requireTargetGroup(file.state, arn));
      if (Names.length > 0)
        return Names.map((name) => all.find((each) => each.name === name) ?? notFound(name));
      if (LoadBalancerArn === undefined) return all;
      requireLoadBalancer(file.state, LoadBalancerArn);
      return all.filter((each) => loadBalancersOf(file.state, each.arn).includes(LoadBalancerArn));
    })();
    const page = pageOf(found, { nextToken: Marker, maxResults: PageSize }, 400);
    return {
      TargetGroups: page.items.map((each) => describeTargetGroup(each, file.state)),
      ...(page.nextToken === undefined ? {} : { NextMarker: page.nextToken }),
    };
  };

  const modify: SdkOperation<sdk.ModifyTargetGroupCommandInput, sdk.ModifyTargetGroupCommandOutput> = async (
    input,
  ) => {
    const group = requireTargetGroup(file.state, input.TargetGroupArn);
    group.healthCheck = withHealthCheck(group.healthCheck, input);
    return file.saved({ TargetGroups: [describeTargetGroup(group, file.state)] });
  };

  const remove: SdkOperation<sdk.DeleteTargetGroupCommandInput, sdk.DeleteTargetGroupCommandOutput> = async (
    input,
  ) => {
    const arn = input.TargetGroupArn ?? '';
    if (loadBalancersOf(file.state, arn).length > 0) {
      throw new AwsError(
        'ResourceInUseException',
        `Target group '${arn}' is currently in use by a listener or a rule`,
      );
    }
    delete file.state.targetGroups[arn];
    delete file.state.tags[arn];
    pools.remove(arn);
    return file.saved({});
  };

  return {
    CreateTargetGroup: create,
    DescribeTargetGroups: describe,
    ModifyTargetGroup: modify,
    DeleteTargetGroup: remove,
  };
}

/** The port, if this is a target group that can work here. */
function requireUsable(input: sdk.CreateTargetGroupCommandInput): number {
  const name = input.Name ?? '';
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/.test(name)) {
    throw invalid(`The target group name '${name}' must be 1 to 32 letters, digits and inner hyphens`);
  }
  if ((input.Protocol ?? 'HTTP') !== 'HTTP') {
    throw invalid(`Slipway's local load balancer forwards HTTP only, not ${input.Protocol}`);
  }
  if (!isPort(input.Port)) throw invalid('A port from 1 to 65535 must be specified');
  return input.Port;
}

function notFound(name: string): never {
  throw new AwsError('TargetGroupNotFoundException', `One or more target groups not found: '[${name}]'`);
}

function describeTargetGroup(record: TargetGroupRecord, state: ElbState): sdk.TargetGroup {
  const { healthCheck } = record;
  return {
    TargetGroupArn: record.arn,
    TargetGroupName: record.name,
    Protocol: 'HTTP',
    ProtocolVersion: 'HTTP1',
    Port: record.port,
    ...(record.vpcId === undefined ? {} : { VpcId: record.vpcId }),
    HealthCheckProtocol: healthCheck.protocol,
    HealthCheckPort: healthCheck.port,
    HealthCheckEnabled: true,
    HealthCheckIntervalSeconds: healthCheck.intervalSeconds,
    HealthCheckTimeoutSeconds: healthCheck.timeoutSeconds,
    HealthyThresholdCount: healthCheck.healthyThreshold,
    UnhealthyThresholdCount: healthCheck.unhealthyThreshold,
    HealthCheckPath: healthCheck.path,
    Matcher: { HttpCode: healthCheck.matcher },
    LoadBalancerArns: loadBalancersOf(state, record.arn),
    TargetType: record.targetType as sdk.TargetTypeEnum,
    IpAddressType: 'ipv4',
  };
}
