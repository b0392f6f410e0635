/** Every operation of CloudWatch Logs, CloudWatch, the secrets, STS and Application Auto Scaling. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Boto } from '../boto.ts';

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
  await boto.call('application-autoscaling', 'DescribeScalingActivities', { ServiceNamespace });
  await boto.call('application-autoscaling', 'DescribeScheduledActions', { ServiceNamespace });
}

/** @param folder of the stack: the endpoint's secrets lie in `aws` there. */
export async function tourSecrets(boto: Boto, folder: string): Promise<void> {
  const arn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:tour-AbCdEf';
  await writeFile(join(folder, 'aws', 'secrets.json'), JSON.stringify({ [arn]: 'x', '/tour/key': 'y' }));
  await boto.call('secretsmanager', 'DescribeSecret', { SecretId: arn });
  await boto.call('ssm', 'DescribeParameters', {
    ParameterFilters: [{ Key: 'Name', Values: ['/tour/key'] }],
  });
}
