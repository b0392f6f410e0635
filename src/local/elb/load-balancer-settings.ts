// What infrastructure tools change on a load balancer after its creation. Stored and given back: everything here is
// localhost. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSubnets.html and its neighbours
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Operations, SdkOperation } from '../wire/operations.ts';
import { invalid, requireLoadBalancer } from './service-parts.ts';
import type { ElbStateFile, LoadBalancerRecord } from './state.ts';

export function loadBalancerSettings(file: ElbStateFile): Operations {
  const setSubnets: SdkOperation<sdk.SetSubnetsCommandInput, sdk.SetSubnetsCommandOutput> = async (input) => {
    const record = requireLoadBalancer(file.state, input.LoadBalancerArn);
    const subnets = subnetsOf(input);
    if (subnets.length === 0) throw invalid('At least one subnet must be specified');
    record.subnets = subnets;
    record.ipAddressType = input.IpAddressType ?? record.ipAddressType;
    return file.saved({
      AvailabilityZones: zonesOf(record),
      IpAddressType: record.ipAddressType as sdk.IpAddressType,
    });
  };

  const setSecurityGroups: SdkOperation<
    sdk.SetSecurityGroupsCommandInput,
    sdk.SetSecurityGroupsCommandOutput
  > = async (input) => {
    const record = requireLoadBalancer(file.state, input.LoadBalancerArn);
    record.securityGroups = (input.SecurityGroups ?? []).slice();
    return file.saved({ SecurityGroupIds: record.securityGroups });
  };

  const setIpAddressType: SdkOperation<
    sdk.SetIpAddressTypeCommandInput,
    sdk.SetIpAddressTypeCommandOutput
  > = async (input) => {
    const record = requireLoadBalancer(file.state, input.LoadBalancerArn);
    record.ipAddressType = input.IpAddressType ?? record.ipAddressType;
    return file.saved({ IpAddressType: record.ipAddressType as sdk.IpAddressType });
  };

  // Nothing is reserved here; Terraform asks at every refresh.
  const describeCapacity: SdkOperation<
    sdk.DescribeCapacityReservationCommandInput,
    sdk.DescribeCapacityReservationCommandOutput
  > = async (input) => {
    requireLoadBalancer(file.state, input.LoadBalancerArn);
    return { CapacityReservationState: [] };
  };

  return {
    SetSubnets: setSubnets,
    SetSecurityGroups: setSecurityGroups,
    SetIpAddressType: setIpAddressType,
    DescribeCapacityReservation: describeCapacity,
  };
}

export function subnetsOf(
  input: Pick<sdk.CreateLoadBalancerCommandInput, 'Subnets' | 'SubnetMappings'>,
): string[] {
  return (input.Subnets ?? input.SubnetMappings?.map((each) => each.SubnetId ?? '') ?? []).slice();
}

export function zonesOf({ subnets }: LoadBalancerRecord): sdk.AvailabilityZone[] {
  return subnets.map((SubnetId) => ({ ZoneName: 'local', SubnetId }));
}
