/** What a release needs of load balancers: where a service is reached, and what they think of its targets. */
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { abortable } from './abortable.ts';
import { callAws } from './errors.ts';

export interface LoadBalancers {
  /**
   * Base URL (`http://name:port`) of the listener that forwards to the target group, or null if none does by its
   * default action. Rules by host or path are not followed: such services name an absolute URL instead.
   */
  baseUrl(targetGroupArn: string): Promise<string | null>;
  targetHealth(targetGroupArn: string): Promise<readonly TargetHealth[]>;
}

export interface TargetHealth {
  /** An address, or the id of an EC2 instance. */
  readonly id: string;
  readonly port: number;
  /** `initial`, `healthy`, `unhealthy`, `draining` … */
  readonly state: string;
  /** Such as `Target.ResponseCodeMismatch`, and a sentence for people. */
  readonly reason: string | null;
  readonly description: string | null;
}

const ONE_CALL_MS = 5_000;

export const createLoadBalancers = (client: ElasticLoadBalancingV2Client): LoadBalancers => ({
  async baseUrl(targetGroupArn) {
    const { TargetGroups } = await callAws('elasticloadbalancing:DescribeTargetGroups', () =>
      client.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [targetGroupArn] })),
    );
    const loadBalancerArn = TargetGroups?.[0]?.LoadBalancerArns?.[0];
    if (!loadBalancerArn) return null;
    const { LoadBalancers: found } = await callAws('elasticloadbalancing:DescribeLoadBalancers', () =>
      client.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [loadBalancerArn] })),
    );
    const { Listeners } = await callAws('elasticloadbalancing:DescribeListeners', () =>
      client.send(new DescribeListenersCommand({ LoadBalancerArn: loadBalancerArn })),
    );
    const listener = Listeners?.find((candidate) =>
      candidate.DefaultActions?.some(
        (action) =>
          action.TargetGroupArn === targetGroupArn ||
          action.ForwardConfig?.TargetGroups?.some((group) => group.TargetGroupArn === targetGroupArn),
      ),
    );
    const name = found?.[0]?.DNSName;
    if (!listener?.Port || !name) return null;
    const secure = listener.Protocol === 'HTTPS' || listener.Protocol === 'TLS';
    return `${secure ? 'https' : 'http'}://${name}:${listener.Port}`;
  },

  async targetHealth(targetGroupArn) {
    const { TargetHealthDescriptions = [] } = await callAws('elasticloadbalancing:DescribeTargetHealth', () =>
      client.send(
        new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn }),
        abortable(ONE_CALL_MS),
      ),
    );
    return TargetHealthDescriptions.map(({ Target, TargetHealth }) => ({
      id: Target?.Id ?? '',
      port: Target?.Port ?? 0,
      state: TargetHealth?.State ?? 'unknown',
      reason: TargetHealth?.Reason ?? null,
      description: TargetHealth?.Description ?? null,
    }));
  },
});
