/** Finds the address at which a service is reached through its load balancer, for health checks by path. */
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  type ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { callAws } from './errors.ts';

export interface LoadBalancers {
  /**
   * Base URL (`http://name:port`) of the listener that forwards to the target group, or null if none does by its
   * default action. Rules by host or path are not followed: such services name an absolute URL instead.
   */
  baseUrl(targetGroupArn: string): Promise<string | null>;
}

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
});
