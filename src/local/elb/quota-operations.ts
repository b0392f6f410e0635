// What infrastructure tools ask besides: limits, certificates and TLS policies. There is no TLS here.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeAccountLimits.html and its neighbours
import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Operations, SdkOperation } from '../wire/operations.ts';

/** AWS's defaults for a new account; only that of condition values is kept here. */
const limits: Readonly<Record<string, string>> = {
  'application-load-balancers': '50',
  'target-groups': '3000',
  'targets-per-application-load-balancer': '1000',
  'listeners-per-application-load-balancer': '50',
  'rules-per-application-load-balancer': '100',
  'target-groups-per-action-on-application-load-balancer': '5',
  'target-groups-per-application-load-balancer': '100',
  'condition-values-per-alb-rule': '5',
  'condition-wildcards-per-alb-rule': '6',
  'certificates-per-application-load-balancer': '25',
};

export function quotaOperations(): Operations {
  const describeAccountLimits: SdkOperation<
    sdk.DescribeAccountLimitsCommandInput,
    sdk.DescribeAccountLimitsCommandOutput
  > = async () => ({ Limits: Object.entries(limits).map(([Name, Max]) => ({ Name, Max })) });

  const describeCertificates: SdkOperation<
    sdk.DescribeListenerCertificatesCommandInput,
    sdk.DescribeListenerCertificatesCommandOutput
  > = async () => ({ Certificates: [] });

  const describeSslPolicies: SdkOperation<
    sdk.DescribeSSLPoliciesCommandInput,
    sdk.DescribeSSLPoliciesCommandOutput
  > = async () => ({ SslPolicies: [] });

  return {
    DescribeAccountLimits: describeAccountLimits,
    DescribeListenerCertificates: describeCertificates,
    DescribeSSLPolicies: describeSslPolicies,
  };
}
