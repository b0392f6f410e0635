/** Every operation of the load balancer, CloudWatch Logs, CloudWatch, STS and Application Auto Scaling. */
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
  await elb('DescribeRules', { ListenerArn });
  const { Rules } = await elb<{ Rules: { RuleArn: string }[] }>('CreateRule', {
    ListenerArn,
    Priority: 1,
    Conditions: [
      { Field: 'path-pattern', Values: ['/old/*'] },
      { Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'v', Value: '1' }] } },
    ],
    Actions: [{ Type: 'redirect', RedirectConfig: { Path: '/new', StatusCode: 'HTTP_302' } }],
    Tags,
  });
  const RuleArn = Rules[0]?.RuleArn ?? '';
  await elb('ModifyRule', {
    RuleArn,
    Actions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
  });
  await elb('SetRulePriorities', { RulePriorities: [{ RuleArn, Priority: 2 }] });
  await elb('DescribeRules', { ListenerArn });
  await elb('DeleteRule', { RuleArn });
  await elb('ModifyListenerAttributes', {
    ListenerArn,
    Attributes: [{ Key: 'routing.http.response.server.enabled', Value: 'true' }],
  });
  await elb('DescribeListenerAttributes', { ListenerArn });
  await elb('DescribeListenerCertificates', { ListenerArn });
  await elb('DescribeAccountLimits');
  await elb('DescribeSSLPolicies');
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

export async function tourLogs(boto: Boto): Promise<void> {
  const logs = <O = Record<string, unknown>>(operation: string, input: object = {}): Promise<O> =>
    boto.call<O>('logs', operation, input);
  const logGroupName = '/tour';
  const logStreamName = 'one';
  await logs('CreateLogGroup', { logGroupName, tags: { team: 'blue' } });
  await logs('PutRetentionPolicy', { logGroupName, retentionInDays: 7 });
  await logs('DeleteRetentionPolicy', { logGroupName });
  await logs('CreateLogStream', { logGroupName, logStreamName });
  await logs('PutLogEvents', {
    logGroupName,
    logStreamName,
    // One is too old to be taken, which is an answer of its own kind.
    logEvents: [
      { timestamp: Date.now() - 400 * 86_400_000, message: 'long ago' },
      { timestamp: Date.now() - 10, message: 'first' },
      { timestamp: Date.now(), message: 'second' },
    ],
  });
  const { logGroups } = await logs<{ logGroups: { logGroupArn: string }[] }>('DescribeLogGroups', {
    logGroupNamePrefix: '/to',
  });
  const resourceArn = logGroups[0]?.logGroupArn ?? '';
  await logs('DescribeLogStreams', { logGroupName, orderBy: 'LastEventTime' });
  await logs('GetLogEvents', { logGroupName, logStreamName, startFromHead: true, limit: 1 });
  await logs('FilterLogEvents', { logGroupName, filterPattern: 'second' });
  await logs('TagResource', { resourceArn, tags: { more: '1' } });
  await logs('ListTagsForResource', { resourceArn });
  await logs('UntagResource', { resourceArn, tagKeys: ['more'] });
  await logs('TagLogGroup', { logGroupName, tags: { more: '1' } });
  await logs('ListTagsLogGroup', { logGroupName });
  await logs('UntagLogGroup', { logGroupName, tags: ['more'] });
  await logs('DeleteLogStream', { logGroupName, logStreamName });
  await logs('DeleteLogGroup', { logGroupName });
}

export async function tourAlarms(boto: Boto): Promise<void> {
  const cloudwatch = <O = Record<string, unknown>>(operation: string, input: object = {}): Promise<O> =>
    boto.call<O>('cloudwatch', operation, input);
  const AlarmName = 'tour';
  await cloudwatch('PutMetricAlarm', {
    AlarmName,
    MetricName: 'Errors',
    Namespace: 'Tour',
    Statistic: 'Sum',
    Dimensions: [{ Name: 'Service', Value: 'web' }],
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1.5,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'notBreaching',
    Tags: [{ Key: 'team', Value: 'blue' }],
  });
  await cloudwatch('SetAlarmState', { AlarmName, StateValue: 'ALARM', StateReason: 'the tour' });
  const { MetricAlarms } = await cloudwatch<{ MetricAlarms: { AlarmArn: string }[] }>('DescribeAlarms', {
    AlarmNames: [AlarmName],
  });
  await cloudwatch('DescribeAlarmHistory', { AlarmName });
  await cloudwatch('DisableAlarmActions', { AlarmNames: [AlarmName] });
  await cloudwatch('EnableAlarmActions', { AlarmNames: [AlarmName] });
  const ResourceARN = MetricAlarms[0]?.AlarmArn ?? '';
  await cloudwatch('TagResource', { ResourceARN, Tags: [{ Key: 'more', Value: '1' }] });
  await cloudwatch('ListTagsForResource', { ResourceARN });
  await cloudwatch('UntagResource', { ResourceARN, TagKeys: ['more'] });
  await cloudwatch('DeleteAlarms', { AlarmNames: [AlarmName] });
}

export async function tourRest(boto: Boto): Promise<void> {
  await boto.call('sts', 'GetCallerIdentity');
  const ServiceNamespace = 'ecs';
  await boto.call('application-autoscaling', 'DescribeScalableTargets', { ServiceNamespace });
  await boto.call('application-autoscaling', 'DescribeScalingPolicies', { ServiceNamespace });
}
