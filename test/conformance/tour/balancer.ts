/** Every operation of the load balancer: its rules of each kind, its targets, its settings. */
import { createServer } from 'node:http';
import { listenOn } from '../../../src/local/wire/listen.ts';
import type { Boto } from '../boto.ts';

/** Returns the target group, which has a listener and so counts targets as used. */
export async function tourBalancer(boto: Boto): Promise<string> {
  const elb = <O = Record<string, unknown>>(operation: string, input: object = {}): Promise<O> =>
    boto.call<O>('elbv2', operation, input);
  const Tags = [{ Key: 'team', Value: 'blue' }];
  const { LoadBalancers } = await elb<{ LoadBalancers: { LoadBalancerArn: string }[] }>(
    'CreateLoadBalancer',
    { Name: 'tour', Subnets: ['subnet-1'], SecurityGroups: ['sg-1'], Tags },
  );
  const LoadBalancerArn = LoadBalancers[0]?.LoadBalancerArn ?? '';
  const makeGroup = async (Name: string): Promise<string> => {
    const { TargetGroups } = await elb<{ TargetGroups: { TargetGroupArn: string }[] }>('CreateTargetGroup', {
      Name,
      Protocol: 'HTTP',
      Port: 8080,
      VpcId: 'vpc-1',
      TargetType: 'ip',
      HealthCheckPath: '/',
      Matcher: { HttpCode: '200-299' },
      Tags,
    });
    return TargetGroups[0]?.TargetGroupArn ?? '';
  };
  const TargetGroupArn = await makeGroup('tour');
  const second = await makeGroup('second');
  const { port, close } = await listenOn(() => createServer(), 0);
  await close();
  const forward = (arn: string) => [{ Type: 'forward', TargetGroupArn: arn }];
  const { Listeners } = await elb<{ Listeners: { ListenerArn: string }[] }>('CreateListener', {
    LoadBalancerArn,
    Protocol: 'HTTP',
    Port: port,
    DefaultActions: forward(second),
  });
  const ListenerArn = Listeners[0]?.ListenerArn ?? '';
  await elb('ModifyListener', { ListenerArn, DefaultActions: forward(TargetGroupArn) });
  await elb('DescribeListeners', { LoadBalancerArn });
  await tourRules(boto, ListenerArn, [TargetGroupArn, second]);
  await elb('ModifyListenerAttributes', {
    ListenerArn,
    Attributes: [{ Key: 'routing.http.response.server.enabled', Value: 'false' }],
  });
  await elb('DescribeListenerAttributes', { ListenerArn });
  await elb('DescribeListenerCertificates', { ListenerArn });
  await elb('DescribeSSLPolicies');
  await elb('DescribeAccountLimits');
  await elb('DescribeLoadBalancers', { Names: ['tour'] });
  await elb('ModifyLoadBalancerAttributes', {
    LoadBalancerArn,
    Attributes: [{ Key: 'idle_timeout.timeout_seconds', Value: '30' }],
  });
  await elb('DescribeLoadBalancerAttributes', { LoadBalancerArn });
  await elb('SetSubnets', { LoadBalancerArn, Subnets: ['subnet-1', 'subnet-2'] });
  await elb('SetSecurityGroups', { LoadBalancerArn, SecurityGroups: ['sg-2'] });
  await elb('SetIpAddressType', { LoadBalancerArn, IpAddressType: 'ipv4' });
  await elb('DescribeCapacityReservation', { LoadBalancerArn });
  await elb('ModifyTargetGroup', {
    TargetGroupArn,
    HealthCheckIntervalSeconds: 10,
    HealthyThresholdCount: 2,
  });
  await elb('ModifyTargetGroupAttributes', {
    TargetGroupArn,
    Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '1' }],
  });
  await elb('DescribeTargetGroupAttributes', { TargetGroupArn });
  await elb('DescribeTargetGroups', { LoadBalancerArn });
  const Targets = [{ Id: '127.0.0.1', Port: 1 }];
  await elb('RegisterTargets', { TargetGroupArn, Targets });
  await elb('DescribeTargetHealth', { TargetGroupArn });
  await elb('DeregisterTargets', { TargetGroupArn, Targets });
  await elb('DescribeTargetHealth', { TargetGroupArn });
  await elb('AddTags', { ResourceArns: [TargetGroupArn], Tags: [{ Key: 'more', Value: '1' }] });
  await elb('DescribeTags', { ResourceArns: [TargetGroupArn, LoadBalancerArn] });
  await elb('RemoveTags', { ResourceArns: [TargetGroupArn], TagKeys: ['more'] });
  return TargetGroupArn;
}

async function tourRules(boto: Boto, ListenerArn: string, groups: readonly string[]): Promise<void> {
  const TargetGroups = groups.map((TargetGroupArn, index) => ({ TargetGroupArn, Weight: index + 1 }));
  const kinds = [
    [[{ Field: 'path-pattern', Values: ['/api/*'] }], [{ Type: 'forward', ForwardConfig: { TargetGroups } }]],
    [
      [{ Field: 'host-header', HostHeaderConfig: { Values: ['*.example.com'] } }],
      [
        {
          Type: 'fixed-response',
          FixedResponseConfig: { StatusCode: '503', ContentType: 'text/plain', MessageBody: 'closed' },
        },
      ],
    ],
    [
      [
        { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'X-Old', Values: ['1'] } },
        { Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'version', Value: '1' }] } },
        { Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['GET'] } },
        { Field: 'source-ip', SourceIpConfig: { Values: ['127.0.0.0/8'] } },
      ],
      [
        {
          Type: 'redirect',
          RedirectConfig: { Protocol: 'HTTP', Host: 'example.com', Path: '/#{path}', StatusCode: 'HTTP_301' },
        },
      ],
    ],
  ] as const;
  for (const [index, [Conditions, Actions]] of kinds.entries())
    await boto.call('elbv2', 'CreateRule', { ListenerArn, Priority: index + 1, Conditions, Actions });
  const { Rules } = await boto.call<{ Rules: { RuleArn: string }[] }>('elbv2', 'DescribeRules', {
    ListenerArn,
  });
  const RuleArn = Rules[0]?.RuleArn ?? '';
  await boto.call('elbv2', 'ModifyRule', { RuleArn, Actions: kinds[1][1] });
  await boto.call('elbv2', 'SetRulePriorities', { RulePriorities: [{ RuleArn, Priority: 10 }] });
  await boto.call('elbv2', 'DeleteRule', { RuleArn });
}

/** The rest of the load balancer's, when nothing uses the target group any more. */
export async function tourBalancerEnd(boto: Boto): Promise<void> {
  const elb = <O = Record<string, unknown>>(operation: string, input: object = {}): Promise<O> =>
    boto.call<O>('elbv2', operation, input);
  const { LoadBalancers } = await elb<{ LoadBalancers: { LoadBalancerArn: string }[] }>(
    'DescribeLoadBalancers',
  );
  for (const { LoadBalancerArn } of LoadBalancers) {
    const { Listeners } = await elb<{ Listeners: { ListenerArn: string }[] }>('DescribeListeners', {
      LoadBalancerArn,
    });
    for (const { ListenerArn } of Listeners) await elb('DeleteListener', { ListenerArn });
    await elb('DeleteLoadBalancer', { LoadBalancerArn });
  }
  const { TargetGroups } = await elb<{ TargetGroups: { TargetGroupArn: string }[] }>('DescribeTargetGroups');
  for (const { TargetGroupArn } of TargetGroups) await elb('DeleteTargetGroup', { TargetGroupArn });
}
