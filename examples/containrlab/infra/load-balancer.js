// One application load balancer with a listener and a target group for each service that the world may call.
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  ModifyTargetGroupAttributesCommand,
  waitUntilLoadBalancersDeleted,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { created, found, removed, unlessMissing } from './report.js';
import { APP, BALANCED, CONTAINER_PORT, targetGroupName } from './settings.js';

const DRAIN_SECONDS = '5';

const findLoadBalancer = async (elb) =>
  (
    await unlessMissing('LoadBalancerNotFoundException', () =>
      elb.send(new DescribeLoadBalancersCommand({ Names: [APP] })),
    )
  )?.LoadBalancers[0];

const findTargetGroup = async (elb, service) =>
  (
    await unlessMissing('TargetGroupNotFoundException', () =>
      elb.send(new DescribeTargetGroupsCommand({ Names: [targetGroupName(service)] })),
    )
  )?.TargetGroups[0];

export async function createLoadBalancer(elb, { subnets, securityGroups }) {
  const existing = await findLoadBalancer(elb);
  if (existing) {
    found(`load balancer ${APP}`);
    return existing;
  }
  const { LoadBalancers } = await elb.send(
    new CreateLoadBalancerCommand({
      Name: APP,
      Type: 'application',
      Scheme: 'internet-facing',
      Subnets: subnets,
      SecurityGroups: securityGroups,
    }),
  );
  created(`load balancer ${APP}`);
  return LoadBalancers[0];
}

/** Gives the ARN of the service's target group, with a listener that sends to it. */
export async function createTarget(elb, service, loadBalancer, { vpcId, listenerPorts }) {
  const group = (await findTargetGroup(elb, service)) ?? (await createTargetGroup(elb, service, vpcId));
  await elb.send(
    new ModifyTargetGroupAttributesCommand({
      TargetGroupArn: group.TargetGroupArn,
      Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: DRAIN_SECONDS }],
    }),
  );
  await createListener(elb, service, loadBalancer, group, listenerPorts[service]);
  return group.TargetGroupArn;
}

async function createTargetGroup(elb, service, vpcId) {
  const { TargetGroups } = await elb.send(
    new CreateTargetGroupCommand({
      Name: targetGroupName(service),
      TargetType: 'ip',
      Protocol: 'HTTP',
      Port: CONTAINER_PORT,
      VpcId: vpcId,
      HealthCheckProtocol: 'HTTP',
      HealthCheckPath: '/health',
      HealthCheckIntervalSeconds: 5,
      HealthCheckTimeoutSeconds: 4,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 3,
      Matcher: { HttpCode: '200' },
    }),
  );
  created(`target group ${targetGroupName(service)}`);
  return TargetGroups[0];
}

async function createListener(elb, service, { LoadBalancerArn }, { TargetGroupArn }, port) {
  const { Listeners } = await elb.send(new DescribeListenersCommand({ LoadBalancerArn }));
  const existing = Listeners.find((listener) => listener.Port === port);
  if (existing) {
    if (existing.DefaultActions.some((action) => action.TargetGroupArn === TargetGroupArn)) {
      return found(`listener for ${service} on port ${port}`);
    }
    throw new Error(
      `port ${port} of load balancer ${APP} leads elsewhere: choose another one for ${service}`,
    );
  }
  await elb.send(
    new CreateListenerCommand({
      LoadBalancerArn,
      Protocol: 'HTTP',
      Port: port,
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
    }),
  );
  created(`listener for ${service} on port ${port}`);
}

/** Its listeners go with it; a target group can go only after them. */
export async function removeLoadBalancer(elb) {
  const loadBalancer = await findLoadBalancer(elb);
  if (loadBalancer) {
    const { LoadBalancerArn } = loadBalancer;
    await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
    await waitUntilLoadBalancersDeleted(
      { client: elb, maxWaitTime: 300, minDelay: 1, maxDelay: 5 },
      { LoadBalancerArns: [LoadBalancerArn] },
    );
    removed(`load balancer ${APP}`);
  }
  for (const service of BALANCED) {
    const group = await findTargetGroup(elb, service);
    if (!group) continue;
    await elb.send(new DeleteTargetGroupCommand({ TargetGroupArn: group.TargetGroupArn }));
    removed(`target group ${targetGroupName(service)}`);
  }
}
