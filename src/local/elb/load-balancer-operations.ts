// ELB's operations on load balancers. All of them are "localhost", told apart by the ports of their listeners.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html and its neighbours
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../wire/aws-error.ts';
import type { Operations, SdkOperation } from '../wire/operations.ts';
import { pageOf } from '../wire/paging.ts';
import { forgetListener } from './listener-operations.ts';
import { loadBalancerSettings, subnetsOf, zonesOf } from './load-balancer-settings.ts';
import { type ElbParts, invalid, newArn, requireLoadBalancer } from './service-parts.ts';
import type { LoadBalancerRecord } from './state.ts';
import { keepTags } from './tag-operations.ts';

export function loadBalancerOperations({ file, pools, listeners }: ElbParts): Operations {
  const stateOf = ({ arn }: LoadBalancerRecord): sdk.LoadBalancerState => {
    const problems = Object.values(file.state.listeners)
      .filter((each) => each.loadBalancerArn === arn)
      .flatMap((each) => listeners.problem(each.arn) ?? []);
    if (problems.length === 0) return { Code: 'active' };
    return { Code: 'active_impaired', Reason: `Not all listeners are open: ${problems.join('; ')}` };
  };

  const create: SdkOperation<
    sdk.CreateLoadBalancerCommandInput,
    sdk.CreateLoadBalancerCommandOutput
  > = async (input, context) => {
    const name = input.Name ?? '';
    if (!/^(?!internal-)[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/.test(name)) {
      throw invalid(`The load balancer name '${name}' must be 1 to 32 letters, digits and inner hyphens`);
    }
    if ((input.Type ?? 'application') !== 'application') {
      throw invalid(`Slipway's local load balancer is of type 'application' only, not '${input.Type}'`);
    }
    const scheme = input.Scheme ?? 'internet-facing';
    const existing = Object.values(file.state.loadBalancers).find((each) => each.name === name);
    if (existing !== undefined) {
      if (existing.scheme === scheme)
        return { LoadBalancers: [describeLoadBalancer(existing, stateOf(existing))] };
      throw new AwsError(
        'DuplicateLoadBalancerNameException',
        `A load balancer with the same name '${name}' exists, but with different settings`,
      );
    }
    const record: LoadBalancerRecord = {
      arn: newArn(context, 'loadbalancer/app', name),
      name,
      createdAtMs: Date.now(),
      scheme,
      ipAddressType: input.IpAddressType ?? 'ipv4',
      subnets: subnetsOf(input),
      securityGroups: (input.SecurityGroups ?? []).slice(),
      attributes: { ...defaultAttributes },
    };
    file.state.loadBalancers[record.arn] = record;
    keepTags(file.state, record.arn, input.Tags);
    return file.saved({ LoadBalancers: [describeLoadBalancer(record, stateOf(record))] });
  };

  const describe: SdkOperation<
    sdk.DescribeLoadBalancersCommandInput,
    sdk.DescribeLoadBalancersCommandOutput
  > = async ({ LoadBalancerArns = [], Names = [], Marker, PageSize }) => {
    const all = Object.values(file.state.loadBalancers);
    const found =
      LoadBalancerArns.length > 0
        ? LoadBalancerArns.map((arn) => requireLoadBalancer(file.state, arn))
        : Names.length > 0
          ? Names.map((name) => all.find((each) => each.name === name) ?? notFound(name))
          : all;
    const page = pageOf(found, { nextToken: Marker, maxResults: PageSize }, 400);
    return {
      LoadBalancers: page.items.map((record) => describeLoadBalancer(record, stateOf(record))),
      ...(page.nextToken === undefined ? {} : { NextMarker: page.nextToken }),
    };
  };

  // Deleting what is gone succeeds, as at ELB.
  const remove: SdkOperation<
    sdk.DeleteLoadBalancerCommandInput,
    sdk.DeleteLoadBalancerCommandOutput
  > = async (input) => {
    const arn = input.LoadBalancerArn ?? '';
    if (file.state.loadBalancers[arn]?.attributes['deletion_protection.enabled'] === 'true') {
      throw new AwsError(
        'OperationNotPermittedException',
        `Load balancer '${arn}' cannot be deleted because deletion protection is enabled`,
      );
    }
    const own = Object.values(file.state.listeners).filter((each) => each.loadBalancerArn === arn);
    for (const listener of own) forgetListener(file.state, listener.arn);
    delete file.state.loadBalancers[arn];
    delete file.state.tags[arn];
    pools.noticeUse();
    await file.save();
    await Promise.all(own.map((listener) => listeners.close(listener.arn)));
    return {};
  };

  return {
    CreateLoadBalancer: create,
    DescribeLoadBalancers: describe,
    DeleteLoadBalancer: remove,
    ...loadBalancerSettings(file),
  };
}

const defaultAttributes: Readonly<Record<string, string>> = {
  'access_logs.s3.enabled': 'false',
  'access_logs.s3.bucket': '',
  'access_logs.s3.prefix': '',
  'client_keep_alive.seconds': '3600',
  'connection_logs.s3.enabled': 'false',
  'connection_logs.s3.bucket': '',
  'connection_logs.s3.prefix': '',
  'deletion_protection.enabled': 'false',
  'idle_timeout.timeout_seconds': '60',
  'ipv6.deny_all_igw_traffic': 'false',
  'load_balancing.cross_zone.enabled': 'true',
  'routing.http.desync_mitigation_mode': 'defensive',
  'routing.http.drop_invalid_header_fields.enabled': 'false',
  'routing.http.preserve_host_header.enabled': 'false',
  'routing.http.x_amzn_tls_version_and_cipher_suite.enabled': 'false',
  'routing.http.xff_client_port.enabled': 'false',
  'routing.http.xff_header_processing.mode': 'append',
  'routing.http2.enabled': 'true',
  'waf.fail_open.enabled': 'false',
  'zonal_shift.config.enabled': 'false',
};

function notFound(name: string): never {
  throw new AwsError('LoadBalancerNotFoundException', `Load balancers '[${name}]' not found`);
}

function describeLoadBalancer(record: LoadBalancerRecord, state: sdk.LoadBalancerState): sdk.LoadBalancer {
  return {
    LoadBalancerArn: record.arn,
    LoadBalancerName: record.name,
    DNSName: 'localhost',
    CanonicalHostedZoneId: 'Z35SXDOTRQ7X7K',
    CreatedTime: new Date(record.createdAtMs),
    Scheme: record.scheme as sdk.LoadBalancerSchemeEnum,
    VpcId: 'vpc-local',
    State: state,
    Type: 'application',
    AvailabilityZones: zonesOf(record),
    SecurityGroups: record.securityGroups,
    IpAddressType: record.ipAddressType as sdk.IpAddressType,
  };
}
